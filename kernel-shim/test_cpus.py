"""Boots kernels on machines with several CPUs."""

import functools
import re

import pytest

from cli import build, designs
from cli.booting import ktap, qemu, verdict
from test_boot import LIMIT_S, boot

MOST_BOOTS = 10
BEFORE_THE_STORM = "cpus_look_into_high_memory_at_once"


def boot_with(cpus, design="bitmap", **options):
    """A boot on as many CPUs as the kernel is told of."""
    return boot(design, command_line=f"cpus={cpus}", cpus=cpus, **options)


@functools.cache
def plain_boot(cpus, design="bitmap"):
    """The one boot that all tests look at which ask for nothing else."""
    return boot_with(cpus, design)


def find_test(log, name):
    return next(test for test in log.tests if test.name == name)


@pytest.mark.parametrize("cpus", [2, 3, 4])
def test_all_cpus_come_up(cpus):
    done, log, failure = plain_boot(cpus)
    assert failure is None
    assert f"# cpus {cpus}\n" in done.serial
    assert find_test(log, "all_cpus_come_up").skipped is None


def test_one_cpu_has_nothing_to_show():
    _, log, failure = boot()
    assert failure is None
    assert find_test(log, "all_cpus_come_up").skipped == "not asked for (cpus=N)"


def test_a_cpu_that_does_not_come_is_named():
    done, _, failure = boot(command_line="cpus=3", cpus=2)
    assert done.returncode == 249
    assert "1 of 2 other CPUs came up" in failure


def test_more_cpus_than_wanted_sleep():
    done, _, failure = boot(command_line="cpus=2", cpus=4)
    assert failure is None
    assert "# cpus 2\n" in done.serial


def test_too_many_cpus_are_refused():
    _, _, failure = boot(command_line="cpus=5")
    assert "cpus= must be a number from 1 to 4" in failure


@pytest.mark.parametrize("design", designs.names())
@pytest.mark.parametrize("cpus", [2, 4])
def test_a_storm_of_all_cpus_does_no_harm_to_any_design(cpus, design):
    done, log, failure = plain_boot(cpus, design)
    assert failure is None
    assert find_test(log, "cpus_storm_the_allocator").ok
    names = ["cpu", "seed", "operations", "allocated", "failed", "freed", "unmapped"]
    part = "# storm " + " ".join(rf"{name}=(\d+)" for name in names)
    parts = [[int(number) for number in each] for each in re.findall(part, done.serial)]
    assert [cpu for cpu, *_ in parts] == ([0, 1] if cpus == 2 else list(range(1, cpus)))
    assert len({seed for _, seed, *_ in parts}) == len(parts)
    for _, _, operations, allocated, _, freed, unmapped in parts:
        assert operations >= 100_000 and allocated == freed > 5000 and unmapped > 25
    assert int(re.search(r"# storm samples=(\d+) of CPU 0", done.serial)[1]) > 1000
    exchanges, samples = re.search(r"# storm exchanges=(\d+) samples=(\d+)", done.serial).groups()
    assert int(exchanges) >= 20_000 and int(samples) >= 5000
    sent = int(re.search(r"# storm interrupts=(\d+)", done.serial)[1])
    assert 0 < sent <= (cpus - 1) * sum(unmapped for *_, unmapped in parts)


@pytest.mark.parametrize("cpus", [2, 4])
def test_what_is_unmapped_is_gone_on_all_cpus(cpus):
    done, log, failure = plain_boot(cpus)
    assert failure is None
    assert find_test(log, "what_is_unmapped_is_gone_on_all_cpus").skipped is None
    sent, rounds = re.search(r"# shootdowns sent (\d+) in (\d+) rounds", done.serial).groups()
    assert int(sent) == 2 * int(rounds) * (cpus - 1) > 0


@pytest.mark.parametrize(
    "fault, words",
    [
        ("sleep_locked", "a CPU would sleep with the memory's lock"),
        ("sleep_masked", "a CPU would sleep with interrupts off"),
        ("sleep_twice", "a CPU has the sleeping lock that it waits for"),
        ("sleep_given", "a CPU gives back a sleeping lock that it has not got"),
        ("unlock", "the memory's lock is given back by who has it not"),
        ("unlock_twice", "the memory's lock is given back by who has it twice"),
    ],
)
def test_each_misuse_of_a_lock_is_told(fault, words):
    done, _, failure = boot(command_line=f"inject={fault}")
    assert (done.returncode, failure) == (verdict.PANIC, f"panic: {words}")


@pytest.mark.parametrize("cpus", [2, 4])
def test_who_waits_for_a_lock_sleeps_until_it_is_given_back(cpus):
    done, log, failure = plain_boot(cpus)
    assert failure is None
    assert find_test(log, "who_waits_for_a_sleeping_lock_sleeps").skipped is None
    counts = re.findall(r"# sleeping lock taken (\d+) times, sleeps (\d+)", done.serial)
    assert len(counts) == cpus, "all at once, then the boot CPU with each other one"
    assert sum(int(sleeps) for _, sleeps in counts) > 0


def test_cpus_that_panic_at_once_do_not_mix_their_lines():
    for _ in range(5):
        done, log, failure = boot(command_line="cpus=4 inject=panic_on_all", cpus=4)
        assert done.returncode == verdict.PANIC
        assert re.fullmatch(r"panic: injected on CPU [0-3]", failure)
        end = done.serial[done.serial.index("PANIC") :]
        cpu = failure[-1]
        where = "" if cpu == "0" else f"# on CPU {cpu}\n"
        assert re.fullmatch(rf"PANIC injected on CPU {cpu}\n{where}# backtrace[ 0-9a-fx]+\n", end)
        assert len(log.backtrace) > 1


@pytest.mark.parametrize("cpus", [2, 4])
def test_a_stack_that_runs_over_on_another_cpu_is_told(cpus):
    options = {"command_line": f"cpus={cpus} inject=stack_overflow_elsewhere", "cpus": cpus}
    done, _, failure = boot(**options)
    assert done.returncode == verdict.PANIC
    assert failure.startswith("panic: #DF double fault, the kernel's stack ran over")
    assert f"\n# on CPU {cpus - 1}\n# backtrace 0xc0" in done.serial


@pytest.mark.parametrize(
    "fault, words",
    [
        ("frame_8_no_ram", "which is no RAM"),
        ("frame_8_taken", "which holds what the loader left"),
    ],
)
def test_where_other_cpus_cannot_begin_they_are_refused(fault, words):
    done, _, failure = boot(command_line=f"cpus=2 inject={fault}", cpus=2)
    assert done.returncode == verdict.BAD_MEMORY
    assert failure == f"panic: bad memory: other CPUs begin in frame 8, {words}"


def is_caught_by_the_storm(failure, last_test):
    """It says so, or the kernel broke in it: what it did not break may fail later."""
    return failure is not None and (
        "cpus_storm_the_allocator" in failure or last_test == BEFORE_THE_STORM
    )


def test_the_storm_catches_a_broken_lock():
    """Races are a matter of luck: it may take some boots. However the kernel breaks, it does not
    pass; and the same kernel passes on one CPU."""
    image = build.build("kernel", design="bitmap", broken_lock=True) / "kernel.elf"
    seen = []
    for _ in range(MOST_BOOTS):
        options = {"cpus": 4, "command_line": "cpus=4 hang=5"}
        done = qemu.boot(image, memory_mib=32, limit_s=LIMIT_S, **options)
        log = ktap.parse(done.serial)
        seen.append((verdict.find_failure(done, log, LIMIT_S), log.tests[-1].name))
        if is_caught_by_the_storm(*seen[-1]):
            break
    assert is_caught_by_the_storm(*seen[-1]), seen
    done = qemu.boot(image, memory_mib=32, limit_s=LIMIT_S)
    assert verdict.find_failure(done, ktap.parse(done.serial), LIMIT_S) is None
