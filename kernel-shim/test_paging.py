"""Boots kernels whose programs have more pages than there is memory: all of them are kept, wherever
they are, and what the disk cannot do loses nothing."""

import pytest

from cli import designs, main
from cli.booting import ktap, paging, qemu
from test_boot import boot

MEMORY_MIB = 8
PAGES_MIB = 32
FEW_MIB = 10
PAGES_PER_MIB = 256
SECTORS_PER_PAGE = 8
FIRST_SLOTS = 100  # sectors of slots that are taken early on
OUTGROW = "programs_outgrow_memory"


def boot_pages(design="bitmap", mib=FEW_MIB, *, disk=None, command_line="", **options):
    """A boot whose programs work through `mib` of pages, on a disk that holds them all."""
    disk = disk or qemu.Disk(mib)
    options = {"memory_mib": MEMORY_MIB} | options
    return boot(design, command_line=f"pages={mib} {command_line}", disk=disk, **options)


def find_test(log, name=OUTGROW):
    return next(test for test in log.tests if test.name == name)


def expect_traffic(log, frames, pages):
    """What each of the four rounds must have led to, whatever the design."""
    new, again, read, last = paging.find_rounds(log)
    away = pages - frames  # pages that are in no frame behind each round, at least
    assert away > 0
    assert new["faults"] == pages and new["in"] == new["dropped"] == 0 and new["out"] >= away
    assert again["in"] >= away and again["out"] - new["out"] >= away
    assert read["in"] - again["in"] >= away
    assert last["in"] - read["in"] >= away
    assert last["faults"] > read["faults"] > again["faults"] > new["faults"]
    for each in (new, again, read, last):
        assert each["sectors"] == SECTORS_PER_PAGE * (each["in"] + each["out"])
        # All that came in has left again or is still there.
        left, came = each["out"] + each["dropped"], each["zeroed"] + each["in"]
        assert came - frames <= left <= came


@pytest.mark.parametrize("design", ["bitmap", "coremap"])
def test_a_program_works_through_four_times_the_memory(design):
    """The coremap keeps the entries of pages itself; every other design has a table beside it."""
    _, log, failure = boot_pages(design, PAGES_MIB)
    assert failure is None
    expect_traffic(log, MEMORY_MIB * PAGES_PER_MIB, PAGES_MIB * PAGES_PER_MIB)
    *_, read, last = paging.find_rounds(log)
    assert last["dropped"] > read["dropped"] > 0, "more clean pages than frames"


@pytest.mark.parametrize("design", designs.names())
def test_each_design_pages(design):
    _, log, failure = boot_pages(design)
    assert failure is None
    tests = [test for test in log.tests if "paging" in " ".join(test.diagnostics)]
    assert len(tests) == 3 and not any(test.skipped for test in tests)
    expect_traffic(log, MEMORY_MIB * PAGES_PER_MIB, FEW_MIB * PAGES_PER_MIB)


def test_free_frames_are_filled_while_pages_come_and_go():
    _, log, failure = boot_pages("coremap", command_line="fill=on")
    assert failure is None
    expect_traffic(log, MEMORY_MIB * PAGES_PER_MIB, FEW_MIB * PAGES_PER_MIB)


@pytest.mark.parametrize("design", ["coremap", "buddy"])
def test_pages_leave_high_memory_too(design):
    """Half of memory is high: it is seen through temporary maps alone."""
    done, log, failure = boot_pages(design, command_line="low=4")
    assert failure is None
    assert "# high memory: manages " in done.serial
    expect_traffic(log, MEMORY_MIB * PAGES_PER_MIB, FEW_MIB * PAGES_PER_MIB)


def test_what_fits_stays():
    _, log, failure = boot_pages(memory_mib=64)
    assert failure is None
    (*_, last) = paging.find_rounds(log)
    assert last["faults"] == last["pages"] == FEW_MIB * PAGES_PER_MIB
    assert last["in"] == last["out"] == last["dropped"] == last["sectors"] == 0


@pytest.mark.parametrize(("design", "cpus"), [("bitmap", 2), ("coremap", 4)])
def test_cpus_page_at_once(design, cpus):
    _, log, failure = boot_pages(design, command_line=f"cpus={cpus}", cpus=cpus)
    assert failure is None
    (line,) = find_test(log, "cpus_page_at_once").diagnostics
    told = {name: int(number) for name, number in paging.NUMBER.findall(line)}
    assert told["cpus"] == cpus
    assert min(told[name] for name in ("runs", "in", "out", "shootdowns")) > 0


def test_without_a_disk_nothing_leaves():
    _, log, failure = boot("bitmap", MEMORY_MIB, command_line=f"pages={FEW_MIB}")
    assert f"{OUTGROW}: there is no disk" in failure


def test_a_full_swap_area_is_told():
    _, log, failure = boot_pages(disk=qemu.Disk(3))
    assert "no frame is free, and the swap area is full" in failure
    assert [test.name for test in log.failed()] == [OUTGROW]


def test_a_slot_that_cannot_be_written_is_left_out():
    bad = FIRST_SLOTS * SECTORS_PER_PAGE + 3
    disk = qemu.Disk(FEW_MIB + 1, (qemu.DiskFault("write", sector=bad),))
    done, log, failure = boot_pages(disk=disk)
    assert failure is None
    slot = FIRST_SLOTS * SECTORS_PER_PAGE
    said = f"# paging sector {slot} cannot be written, its slot is left out: the disk reports"
    assert said in done.serial
    expect_traffic(log, MEMORY_MIB * PAGES_PER_MIB, FEW_MIB * PAGES_PER_MIB)


def test_a_disk_that_takes_nothing_loses_nothing():
    """All pages that were made are in memory, and as the program left them."""
    _, log, _ = boot_pages(disk=qemu.Disk(FEW_MIB, (qemu.DiskFault("write"),)))
    said = " ".join(find_test(log).diagnostics)
    assert "no frame is free, and the swap area cannot be written" in said
    kept = find_kept(log)
    assert kept["wrong"] == 0 and kept["kept"] > MEMORY_MIB * PAGES_PER_MIB / 2
    assert find_test(log, "a_full_swap_loses_nothing").ok


def test_a_page_is_read_twice_before_it_is_given_up():
    bad = FIRST_SLOTS * SECTORS_PER_PAGE
    disk = qemu.Disk(FEW_MIB, (qemu.DiskFault("read", sector=bad, once=True),))
    done, log, failure = boot_pages(disk=disk)
    assert failure is None
    assert done.serial.count(f"# paging sector {bad} cannot be read: the disk reports") == 1


def test_a_page_that_cannot_be_read_takes_no_other_with_it():
    disk = qemu.Disk(FEW_MIB, (qemu.DiskFault("read", sector=FIRST_SLOTS * SECTORS_PER_PAGE),))
    _, log, failure = boot_pages(disk=disk)
    assert "the page cannot be read from the swap area" in failure
    said = " ".join(find_test(log).diagnostics)
    assert said.count("cannot be read: the disk reports") == 2
    kept = find_kept(log)
    assert kept["wrong"] == 0 and kept["kept"] == kept["of"] - 1 == FEW_MIB * PAGES_PER_MIB - 1


def find_kept(log: ktap.Log) -> dict:
    """What a kernel found of the pages whose program it had ended."""
    lines = (line for line in find_test(log).diagnostics if line.startswith("paging kept="))
    return {name: int(number) for name, number in paging.NUMBER.findall(next(lines))}


@pytest.mark.parametrize(
    ("options", "words"),
    [
    (["--pages", "0"], "'0' is not a number of 1 to 2048"),
        (["--pages", "many"], "'many' is not a number of 1 to 2048"),
        (["--pages", "0"], "'0' is not a number of 1 to 2048"),
        (["--pages", "many"], "'many' is not a number of 1 to 2048"),
        (["--costs", "--pages", "32"], "--costs does not go with --pages"),
        (["--iso", "x.iso", "--pages", "32"], "--iso does not go with --pages"),
    ],
)
def test_bad_input_is_one_line(options, words, capsys):
    assert main.main(["boot", "bitmap", *options]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
