"""Boots kernels in QEMU: each design at several sizes, each kind of failure and of module."""

import re

import pytest

import source_hash
import unasked
from cli import build, designs, paths, runs, verb_boot
from cli.booting import calls, ktap, qemu, sequences, verdict
from cli.booting.sequences import Swarm
from cli.checks.part_fuzz import find_regressions
from cli.errors import MissingError, UsageError

LIMIT_S = 200
KERNELS = {}

# Alloc, double free, inner free, exhaust, and all of it freed, on 64 frames with a hole.
SEQUENCE = """assay-ops 1
base 1
frames 64
hole 10 6
ram junk 7
a = alloc 4
b = alloc 1 align 8
free a
free a
free b+1
e = exhaust 1
free all
"""


def kernel(design):
    if design not in KERNELS:
        KERNELS[design] = build.build("kernel", design=design) / "kernel.elf"
    return KERNELS[design]


def boot(design="bitmap", memory_mib=32, limit_s=LIMIT_S, **options):
    """One boot: its log, and why it failed."""
    done = qemu.boot(kernel(design), memory_mib=memory_mib, limit_s=limit_s, **options)
    log = ktap.parse(done.serial)
    return done, log, verdict.find_failure(done, log, limit_s)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    return runs.RunFolder.create("boot")


@pytest.fixture
def sequence(tmp_path):
    (tmp_path / "short.ops").write_text(SEQUENCE)
    return tmp_path / "short.ops"


@pytest.mark.parametrize("design", designs.names())
@pytest.mark.parametrize("memory_mib", [2, 16])
def test_each_design_boots_on_little_memory(design, memory_mib):
    _, log, failure = boot(design, memory_mib)
    assert failure is None
    assert log.design == design
    skipped = [test.name for test in log.tests if test.skipped]
    assert skipped == unasked.skipped_with()


@pytest.mark.parametrize("disk_mib", [1, 33])
def test_the_disk_keeps_what_is_written(disk_mib):
    _, log, failure = boot(disk=qemu.Disk(disk_mib))
    assert failure is None
    test = next(test for test in log.tests if test.name == "the_disk_keeps_what_is_written")
    assert test.skipped is None
    assert f"disk sectors={disk_mib * 2048}" in test.diagnostics


def test_a_bad_sector_is_told():
    faults = (qemu.DiskFault(of, sector=2**16 - 4) for of in ("read", "write"))
    _, log, failure = boot(disk=qemu.Disk(33, tuple(faults)))
    name = "the_disk_keeps_what_is_written"
    assert failure == f"1 of {log.plan} tests failed: {name}: the disk reports an error"


@pytest.mark.parametrize("design", designs.names())
def test_each_design_behaves_as_on_the_host(design, folder):
    """On a real trace, on what once broke an allocator, and on what it makes from a seed."""
    regressions = find_regressions()
    result = verb_boot.boot_step(
        folder,
        design,
        traces=["pgbench", *map(str, regressions)],
        swarm=Swarm(operations=20_000, seed=2),
    )
    assert (result["verdict"], result["reason"]) == ("pass", None)
    assert len(result["more_traces"]) == len(regressions) > 16
    assert all(trace["equal"] for trace in result["more_traces"])
    assert result["trace"]["equal"] and result["trace"]["operations"] > 100_000
    assert result["swarm"]["equal"] and result["swarm"]["operations"] >= 20_000
    assert result["swarm"]["kernel_hash"] == result["swarm"]["host_hash"]
    assert result["trace"]["kernel_hash"] == result["trace"]["host_hash"]
    assert runs.read_json(folder.path / f"boot-{design}.json")["schema"] == "assay-boot"
    assert (folder.path / f"boot-{design}.log").read_text().startswith("KTAP version 1\n1..")


def test_designs_place_by_their_policies(folder):
    hashes = {
        name: verb_boot.boot_step(folder, name, swarm=None)["trace"]["kernel_hash"]
        for name in designs.names()
    }
    assert len(set(hashes.values())) == len(hashes), "no two share one"


def test_a_wrong_allocator_fails_the_kernel_s_tests():
    done, log, failure = boot(designs.zoo()[0])
    assert done.returncode == verdict.TESTS_FAILED
    assert [test.name for test in log.failed()] == ["misuse_is_refused"]
    assert "a free inside a block" in failure


def test_a_wrong_allocator_fails_the_swarm():
    _, log, failure = boot(designs.zoo()[0], command_line="swarm=1,10000,256")
    assert [test.name for test in log.failed()] == ["misuse_is_refused", "swarm_passes_the_trial"]
    assert "swarm_passes_the_trial: sequence 1 of the swarm: C5: op " in failure


def test_another_seed_is_another_swarm(folder):
    """On a small machine, in small arenas."""
    swarms = [
        verb_boot.boot_step(
            folder, "buddy", memory_mib=2, traces=["none"], swarm=Swarm(operations=5000, seed=seed)
        )["swarm"]
        for seed in (7, 8)
    ]
    assert all(swarm["equal"] and swarm["frames"] == 128 for swarm in swarms)
    assert swarms[0]["kernel_hash"] != swarms[1]["kernel_hash"]


@pytest.mark.parametrize(
    "option", ["7", "1,2", "1,0,64", "1,100,0", "1,100,65537", "x,1,1", "1,1,1,", "1,4294967296,1"]
)
def test_a_swarm_that_nobody_can_make_is_refused(option):
    done, _, failure = boot(command_line=f"swarm={option}")
    assert done.returncode == verdict.BAD_BOOT
    assert failure == "panic: bad boot: swarm= is not SEED,OPERATIONS,FRAMES"


def test_a_swarm_needs_room():
    _, log, failure = boot(memory_mib=16, command_line="swarm=1,10000,65536")
    assert [test.name for test in log.failed()] == ["swarm_passes_the_trial"]
    assert "sequence 1 of the swarm: its arena of " in failure and "do not fit into" in failure


# Grows, with holes and misuse refused; single frames only; misuse panics; all addresses short.
SOUND = ["examples/byte_bitmap", "examples/xv6_like", "tests/panic_path", "tests/short_addresses"]


def boot_plugin(folder, name, **options):
    design = verb_boot.pick_design(str(paths.ROOT / "impls" / "plugin" / name))
    return verb_boot.boot_step(folder, design, **options)


@pytest.mark.parametrize("name", SOUND)
def test_somebody_elses_allocator_boots_as_it_is(name, folder):
    result = boot_plugin(folder, name, swarm=Swarm(operations=20_000))
    assert (result["verdict"], result["reason"]) == ("pass", None)
    assert result["swarm"]["kernel_hash"] == result["swarm"]["host_hash"]
    assert result["trace"]["kernel_hash"] == result["trace"]["host_hash"]
    assert result["trace"]["operations"] > 100_000


def test_its_bugs_show_in_the_kernel_too(folder):
    result = boot_plugin(folder, "examples/os161_like", swarm=None)
    assert result["reason"] == (
        "panic: the allocator returned with a lock held, taken by spinlock_acquire"
    )
    log = (folder.path / "boot-os161_like.log").read_text()
    assert "a free inside a block" in log and "not ok 12 misuse_is_refused" in log


def test_each_machine_has_its_own_statics(folder):
    """It wears out: the trial's machine as on the host, and the kernel's is none the worse."""
    result = boot_plugin(folder, "tests/local_statics", swarm=None)
    reason = re.sub(r"of \d+ tests", "of N tests", result["reason"])
    assert "1 of N tests failed: traces_pass_the_trial: C2: op 36751 'alloc 1'" in reason
    assert result["trace"]["kernel_hash"] == result["trace"]["host_hash"]


WITH_MUCH_DATA = """#include "assay_plugin.h"
static unsigned char used[6 << 20];
static assay_run ram;
static void init(const assay_map *map) { ram = map->usable[0]; }
static uint32_t allocate(uint32_t count, uint32_t alignment) {
  for (uint32_t i = 0; i < ram.count; ++i) {
    if (!used[i]) return used[i] = 1, ram.first + i;
  }
  return ASSAY_NONE;
}
static int64_t release(uint32_t first) { used[first - ram.first] = 0; return ASSAY_DONE; }
ASSAY_PLUGIN(.contract = {.largest_run = 1}, .init = init, .allocate = allocate, .free = release);
"""


def test_an_image_may_be_larger_than_one_entry_of_the_directory_maps(folder, tmp_path):
    (tmp_path / "roomy").mkdir()
    (tmp_path / "roomy" / "adapter.c").write_text(WITH_MUCH_DATA)
    design = verb_boot.pick_design(str(tmp_path / "roomy"))
    result = verb_boot.boot_step(folder, design, memory_mib=64, traces=["none"], swarm=None)
    assert (result["verdict"], result["kernel_bytes"] > 24 << 20) == ("pass", True)


def test_an_arena_that_it_does_not_take_is_named(folder, tmp_path):
    (tmp_path / "vast").mkdir()
    text = WITH_MUCH_DATA.replace("= {", "= {.smallest_arena = 1 << 16, .largest_arena = 1 << 16, ")
    (tmp_path / "vast" / "adapter.c").write_text(text)
    design = verb_boot.pick_design(str(tmp_path / "vast"))
    result = verb_boot.boot_step(folder, design, memory_mib=64, traces=["none"], swarm=None)
    assert result["reason"].startswith("panic: bad memory: of ")
    assert result["reason"].endswith("its contract wants at least 65536 frames, no holes")


WITH_CALLS = {"traces": ["none"], "swarm": None, "memory_mib": 32, "with_calls": True}


@pytest.mark.parametrize("design", designs.names())
def test_what_the_kernel_asks_of_its_frames_goes_on_the_host_as_there(design, folder):
    result = verb_boot.boot_step(folder, design, **WITH_CALLS)
    assert (result["verdict"], result["reason"]) == ("pass", None)
    assert [each["instance"] for each in result["calls"]] == ["low", "high"]
    for each in result["calls"]:
        text = (folder.path / each["file"]).read_text()
        assert len(re.findall(" = alloc |^free |^grow ", text, re.MULTILINE)) == each["calls"]
        assert each["equal"] and each["calls"] > 1000
    text = (folder.path / f"boot-{design}.low.calls.ops").read_text()
    assert re.search("^grow 1024 ", text, re.MULTILINE), "the second phase"
    assert "  # inside_block" in text and "  # none" in text


def test_calls_of_somebody_elses_allocator_are_compared_too(folder):
    result = boot_plugin(folder, "tests/panic_path", **WITH_CALLS)
    assert (result["verdict"], result["calls"][0]["equal"]) == ("pass", True)


def test_a_log_of_calls_that_lies_is_found(folder):
    done, _, failure = boot(memory_mib=16, command_line="calls=on", has_debug_console=True)
    assert failure is None

    def problem_with(stream):
        return calls.find_problem(calls.check("bitmap", stream, folder.path))

    placed = re.search(rb"a\x01\x01\0\0\0\x01\0\0\0(....)", done.debug, re.DOTALL)
    assert problem_with(done.debug) is None
    elsewhere = done.debug[: placed.start(1)] + b"\xfe\0\0\0" + done.debug[placed.end(1) :]
    assert problem_with(elsewhere).startswith(
        "the calls of low: operation 1 'a = alloc 1': 254 in the kernel, 1 here"
    )
    left_out = done.debug[: placed.start()] + done.debug[placed.end() :]
    assert "its end speaks of" in problem_with(left_out)
    assert "ends in the middle" in problem_with(done.debug[:-6])


def test_a_boot_that_fails_leaves_its_calls_up_to_there(folder):
    result = verb_boot.boot_step(folder, "bitmap", command_line="inject=panic", **WITH_CALLS)
    assert result["reason"] == "panic: injected" and result["calls"][0]["equal"]
    shown = verb_boot.summarize(result, folder)
    assert "fails in the kernel" in shown and "boot-bitmap.low.calls.ops" in shown


def test_a_wrong_allocator_shows_in_its_calls_on_the_host(folder):
    result = verb_boot.boot_step(folder, designs.zoo()[0], **WITH_CALLS)
    assert result["calls"][0]["problem"].startswith("on the host C5: op ")


@pytest.mark.parametrize(
    "option, words",
    [("on", "there is no debug console at port 0xE9"), ("yes", "calls= takes only 'on'")],
)
def test_calls_that_cannot_be_sent_are_named(option, words):
    done, _, failure = boot(command_line=f"calls={option}")
    assert done.returncode == verdict.BAD_BOOT and words in failure


def test_memory_above_4_gib_is_left_out_with_a_word():
    done, _, failure = boot("coremap", memory_mib=4096)
    assert failure is None
    assert "# left out 1024 MiB of RAM above 4 GiB\n" in done.serial


@pytest.mark.parametrize("low, heap", [("4", "c0400000"), ("32", "c2000000"), ("768", "f0000000")])
def test_low_memory_ends_where_it_is_told_to_and_the_heap_begins_there(low, heap):
    done, _, failure = boot("buddy", memory_mib=64, command_line=f"low={low}")
    assert failure is None
    assert f"# kernel heap 0x{heap} to 0xf7ffffff\n" in done.serial


@pytest.mark.parametrize("low", ["0", "772", "18", "x", "99999999999"])
def test_another_low_memory_is_refused(low):
    done, _, failure = boot(command_line=f"low={low}")
    assert done.returncode == verdict.BAD_BOOT
    assert failure == "panic: bad boot: low= must be a multiple of 4 from 4 to 768 (MiB)"


@pytest.mark.parametrize("design", designs.names())
def test_filled_frames_stay_as_they_were_filled(design):
    _, log, failure = boot(design, memory_mib=24, command_line="fill=on")
    assert failure is None
    assert [test.name for test in log.tests if test.skipped] == unasked.skipped_with("--fill")


def test_somebody_elses_allocator_manages_low_memory_only(folder):
    boot_plugin(folder, "examples/xv6_like", memory_mib=1024, traces=["none"], swarm=None)
    log = (folder.path / "boot-xv6_like.log").read_text()
    assert "high frames: somebody else's allocator manages low memory only\n" in log


@pytest.mark.parametrize(
    "fault, code, words",
    [
        ("triple", 0, "triple fault: the machine reset itself without a word"),
        ("panic", verdict.PANIC, "panic: injected"),
        ("pagefault", verdict.PANIC, "panic: #PF page fault, write to 0x00bad000, which is not"),
        ("stack_overflow", verdict.PANIC, "panic: #DF double fault, the kernel's stack ran over"),
        ("page_table", verdict.PANIC, "to the direct map: its page table is missing, error code"),
        ("empty", verdict.PANIC, "panic: kalloc: "),
        ("divide", verdict.PANIC, "panic: #DE divide error"),
        ("leak", verdict.TESTS_FAILED, "every_frame_came_back: free frames: got"),
        ("quit", verdict.PASSED, "incomplete log: the plan promises"),
        ("own_code", 1, "QEMU ended with exit code 1, which is no code of the kernel; the last"),
        ("nonsense", verdict.BAD_BOOT, "panic: bad boot: inject= names no fault"),
    ],
)
def test_each_injected_fault_is_told_apart(fault, code, words):
    done, _, failure = boot(command_line=f"inject={fault}")
    assert (done.returncode, done.timed_out) == (code, False)
    assert failure.startswith(words) or words in failure


@pytest.mark.parametrize(
    "fault, words",
    [
        ("double_free", "the page is free already"),
        ("free_part", "no page starts there"),
        ("free_block", "a block of 4 frames starts there, not of one"),
        ("free_inside", r"it lies inside a block, frames \d+\.\.\d+"),
        ("free_reserved", "the page is reserved: nobody was ever given it"),
        ("free_stolen", "the page was stolen, which is for good"),
        ("free_outside", "it lies outside low memory"),
    ],
)
def test_kfree_names_the_misuse(fault, words):
    done, _, failure = boot(command_line=f"inject={fault}")
    assert done.returncode == verdict.PANIC
    assert re.fullmatch(f"panic: kfree of 0xc[0-9a-f]{{7}}: {words}", failure)


def boot_step_with(folder, fault, **more):
    options = {"traces": ["none"], "swarm": None, "command_line": f"inject={fault}"}
    return verb_boot.boot_step(folder, "bitmap", **options, **more)


def test_a_panic_says_who_called_whom(folder):
    result = boot_step_with(folder, "divide")
    calls = result["backtrace"]
    # The call in between is a jump, which leaves no frame.
    files = ["inject.cc", "main.cc", "main.cc", "boot/boot.S"]
    assert [call["file"] for call in calls] == [f"kernel-shim/{file}" for file in files]
    assert calls[0]["function"] == "divide_by_zero()"
    assert [call["function"] for call in calls][2:] == ["kmain", "start_high"]
    lines = (paths.ROOT / "kernel-shim" / "inject.cc").read_text().splitlines()
    assert "divl" in lines[calls[0]["line"] - 1]
    assert f"\n  kernel-shim/inject.cc:{calls[0]['line']}: divide_by_zero()\n" in (
        verb_boot.summarize(result, folder)
    )


def test_calls_of_a_stack_that_ran_over_are_shown_once(folder):
    shown = verb_boot.summarize(boot_step_with(folder, "stack_overflow"), folder)
    line = r"\n  kernel-shim/inject.cc:\d+: recurse\(unsigned int\) \(\d\d times\)\n"
    assert re.search(line, shown)


def test_a_backtrace_does_not_follow_a_wrong_frame_pointer():
    done, log, failure = boot(command_line="inject=lost_frame")
    assert done.returncode == verdict.PANIC and failure.startswith("panic: #UD invalid opcode")
    assert len(log.backtrace) == 1
    assert log.last_line.startswith("# the backtrace ends at frame pointer 0xf00df00c, which is")


def test_a_design_has_no_undefined_behaviour_that_a_boot_shows(folder):
    result = verb_boot.boot_step(folder, "bitmap", swarm=Swarm(operations=100_000), ubsan=True)
    assert (result["verdict"], result["reason"]) == ("pass", None)


def test_undefined_behaviour_is_caught_and_named(folder):
    result = boot_step_with(folder, "undefined", ubsan=True)
    words = "panic: undefined behaviour: an addition overflows, at eip 0xc0"
    assert result["reason"].startswith(words)
    call = result["backtrace"][0]
    line = (paths.ROOT / call["file"]).read_text().splitlines()[call["line"] - 1]
    assert (call["function"], line) == ("overflow()", "  largest = largest + 1;")


def test_a_design_that_accepts_double_frees_fails():
    done, log, failure = boot("double_free_accepted")
    assert done.returncode == verdict.TESTS_FAILED
    assert [test.name for test in log.failed()] == ["misuse_is_refused"]
    assert "a double free (frame " in failure and "gave a free, expected" in failure


@pytest.mark.parametrize(
    "design, options, words",
    [
        ("free_list", "", "a free frame at 0xc.* was written to: I4: a link back is wrong$"),
        ("free_list", " fill=on", "check_free_list: byte 8 of free frame .* is no longer as it"),
        ("bitmap", " fill=on", "check_free_list: byte 0 of free frame .* is no longer as it"),
    ],
)
def test_a_free_frame_that_is_written_to_is_noticed(design, options, words):
    done, _, failure = boot(design, command_line=f"inject=free_list{options}")
    assert done.returncode == verdict.PANIC
    assert re.match("panic: " + words, failure)


def test_a_bitmap_keeps_nothing_in_free_frames_that_could_be_spoiled():
    _, _, failure = boot("bitmap", command_line="inject=free_list")
    assert failure is None


def test_a_hang_with_interrupts_off_is_ended_by_the_host():
    done, _, failure = boot(command_line="inject=hang hang=1", limit_s=5)
    assert done.timed_out
    assert failure.startswith("hang: the kernel did not stop within 5 s, nor did its watchdog; the")


def test_a_hang_in_a_trial_is_ended_by_the_kernel_and_the_operation_is_named(sequence, tmp_path):
    modules = sequences.as_modules([sequence], "bitmap", tmp_path)
    options = {"modules": modules, "icount": True}
    done, _, failure = boot(command_line="inject=hang_in_trial hang=1", **options)
    assert (done.returncode, done.timed_out) == (verdict.HANG, False)
    assert failure == "hang: short: operation 3 'free a' did not return within 1 s"


def test_a_hang_in_a_test_is_ended_by_the_kernel_and_the_test_is_named():
    """A refused double free makes the zoo's circular_list walk in a circle."""
    done, _, failure = boot("circular_list", command_line="hang=1", icount=True)
    assert (done.returncode, done.timed_out) == (verdict.HANG, False)
    where = "requests_that_cannot_be_served_fail"
    assert failure == f"hang: {where}: it said nothing within 1 s"


@pytest.mark.parametrize("value", ["0", "x", "1s", "-1", "1000000000"])
def test_a_limit_that_is_none_is_refused(value):
    done, _, failure = boot(command_line=f"hang={value}")
    assert done.returncode == verdict.BAD_BOOT
    assert failure == "panic: bad boot: hang= is no number from 1 to 999999999"


def test_ticks_fall_at_the_same_instructions_where_those_are_the_time():
    logs = {boot(icount=True)[0].serial for _ in range(2)}
    assert len(logs) == 1
    assert re.search(r"^# ticks [1-9]\d* since boot\nok \d+ ticks_come_unless", *logs, re.MULTILINE)


def test_a_failed_boot_is_a_failed_result(folder, sequence):
    swarm = Swarm(operations=100)
    result = verb_boot.boot_step(
        folder, "bitmap", traces=[str(sequence)], swarm=swarm, command_line="inject=panic"
    )
    assert (result["verdict"], result["reason"]) == ("fail", "panic: injected")
    assert result["trace"]["kernel_hash"] is None and not result["trace"]["equal"]
    assert result["swarm"]["kernel_hash"] is None and not result["swarm"]["equal"]


def test_a_text_sequence_runs_in_the_kernel_as_on_the_host(folder, sequence):
    result = verb_boot.boot_step(
        folder, "free_list", traces=[str(sequence)], swarm=None, memory_mib=16
    )
    assert (result["verdict"], result["trace"]["operations"]) == ("pass", 7)
    lines = [line for test in result["tests"] for line in test["diagnostics"]]
    (outcomes,) = [line for line in lines if line.startswith("outcomes ")]
    assert "none=1" in outcomes and "refused=2" in outcomes


@pytest.mark.parametrize(
    "content, words",
    [
        (b"\x00garbage", "module m: byte 0: does not start with the byte 'A'"),
        (b"", "module m: byte 0: is cut short"),
        (b"A\x02", "is of a version other than 1"),
        (b"A\x01\x00\x10\x00\x00\x12", "frees a block that was never named"),
        (b"A\x01\x00\x10\x00\x00\x08\xf8", "module m: byte 7: is cut short"),
        (b"A\x01\x00\xff\xff\xff\xff\x0f\x00\x00\xff", "is larger than the design can manage"),
        (b"A\x01\x00\xff\xff\x0f\x00\x00\x08\xff", "do not fit into"),
        (b"A\x01\x00\x80\x80\x20\x00\x00\xff", "longer than the addresses for them"),
    ],
)
def test_an_unusable_module_fails_its_test_and_nothing_else(tmp_path, content, words):
    (tmp_path / "m").write_bytes(content)
    done, log, failure = boot("coremap", modules={"m": tmp_path / "m"})
    assert done.returncode == verdict.TESTS_FAILED and words in failure
    assert [test.name for test in log.failed()] == ["traces_pass_the_trial"]


def test_a_module_beyond_ram_is_refused(tmp_path):
    (tmp_path / "big").write_bytes(bytes(20 << 20))
    done, _, failure = boot(memory_mib=16, modules={"big": tmp_path / "big"})
    assert done.returncode == verdict.BAD_BOOT
    assert failure.startswith("panic: bad boot: the module big at 0x")
    assert "does not lie in RAM" in failure


@pytest.mark.parametrize("design", ["bitmap", "coremap"])
def test_a_module_larger_than_the_first_4_mib_widens_the_entry_map(design, tmp_path):
    (tmp_path / "big").write_bytes(bytes(6 << 20))
    done, log, _ = boot(design, 800, modules={"big": tmp_path / "big"}, command_line="low=768")
    assert "the entry map was widened to " in done.serial
    assert [test.name for test in log.failed()] == ["traces_pass_the_trial"]


def test_ram_above_4_gib_alone_is_refused():
    done, _, failure = boot(command_line="inject=no_ram")
    assert done.returncode == verdict.BAD_MEMORY
    assert failure == (
        "panic: bad memory: there is no RAM below 768 MiB; 31 MiB lie above 4 GiB, where i686 does "
        "not reach"
    )


def test_too_little_ram_for_the_allocator_s_table_is_refused(tmp_path):
    """A module leaves one frame less behind the kernel than the table has, and some in front."""
    for size in range(680 << 10, 0, -4096):
        (tmp_path / "big").write_bytes(bytes(size))
        done, _, failure = boot("coremap", 2, modules={"big": tmp_path / "big"})
        if "does not lie in RAM" not in failure:
            break
    assert done.returncode == verdict.BAD_MEMORY
    assert failure.startswith("panic: bad memory: the allocator's metadata takes 2 frames, and no ")


def test_several_modules_are_replayed_in_turn(tmp_path):
    one = b"A\x01\x00\x10\x00\x00\x08\x02\xff"  # 16 frames; alloc 1; free it; the end
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(one)
    modules = {name: tmp_path / name for name in ("first", "second")}
    _, log, failure = boot(modules=modules)
    assert failure is None
    assert [(trace.name, trace.operations) for trace in log.traces] == [("first", 2), ("second", 2)]
    assert log.traces[0].hash == log.traces[1].hash


def test_more_modules_than_the_kernel_has_room_for_are_refused(tmp_path):
    (tmp_path / "one").write_bytes(b"A\x01\x00\x10\x00\x00\x08\x02\xff")
    done, log, failure = boot(modules={f"m{i}": tmp_path / "one" for i in range(64)})
    assert failure is None and len(log.traces) == 64
    done, _, failure = boot(modules={f"m{i}": tmp_path / "one" for i in range(65)})
    assert failure == "panic: bad boot: the loader brings more than 64 modules"


def test_a_machine_that_qemu_cannot_start_is_told(tmp_path):
    done, _, failure = boot(modules={"m": tmp_path / "no-such-file"})
    assert done.returncode == verdict.QEMU_REFUSED
    assert failure.startswith("QEMU could not start the machine: ") and "open file" in failure


def test_a_missing_qemu_is_named(monkeypatch):
    image = kernel("bitmap")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="qemu-system-i386: no such program"):
        qemu.boot(image, memory_mib=32)


def test_an_unknown_trace_is_named():
    with pytest.raises(UsageError, match="no trace 'pgbnech' in bench/traces; there are: .*pgb"):
        verb_boot.find_trace("pgbnech")


def test_the_winner_of_the_newest_run_is_booted(folder):
    with pytest.raises(UsageError, match="no run has a winner yet; name the design to boot: bitm"):
        verb_boot.pick_design(None)
    folder.write_json("winner.json", {"schema": "assay-choice", "winner": "coremap"})
    folder.finish()
    assert verb_boot.pick_design(None) == "coremap"
    assert verb_boot.pick_design("free_list") == "free_list"


def test_an_image_of_another_design_is_noticed(folder):
    done, _, _ = boot("coremap")
    result = verb_boot.judge(done, "bitmap", 32, LIMIT_S)
    assert result["reason"] == "the image says that its design is coremap, not bitmap"


def test_another_hash_in_the_kernel_is_a_failure():
    done, _, _ = boot("bitmap", modules={"pgbench": verb_boot.find_trace("pgbench")}, memory_mib=64)
    host = {"name": "pgbench", "operations": ktap.parse(done.serial).traces[0].operations}
    result = verb_boot.judge(done, "bitmap", 64, LIMIT_S, [host | {"hash": "0" * 16}])
    assert result["verdict"] == "fail" and "pgbench went differently" in result["reason"]


def test_another_swarm_in_the_kernel_is_a_failure():
    done, log, _ = boot("bitmap", command_line="swarm=1,1000,64")
    host = {"seed": 1, "frames": 64, "sequences": 1, "operations": log.swarm.operations}
    for hash, outcome in ((log.swarm.hash, "pass"), ("0" * 16, "fail")):
        result = verb_boot.judge(done, "bitmap", 32, LIMIT_S, host_swarm=host | {"hash": hash})
        assert result["verdict"] == outcome
    assert "the swarm of seed 1 went differently" in result["reason"]


def test_the_source_hash_follows_every_file_of_the_design(tmp_path):
    files = {
        "impls/a/a.h": '#include "impls/shared/shared.h"\n',
        "impls/a/a.cc": "",
        "impls/shared/shared.h": "",
        "impls/shared/shared.cc": "",
        "impls/b/b.h": "",
        "oracle/zoo/zoo.h": '#include "impls/b/b.h"\n  DESIGN(wrong, Wrong)\n',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    used = source_hash.source_files(tmp_path, "a")
    assert used == sorted(name for name in files if name.startswith(("impls/a", "impls/shared")))
    assert source_hash.source_files(tmp_path, "wrong") == ["impls/b/b.h", "oracle/zoo/zoo.h"]
    assert source_hash.source_files(tmp_path, "c") == []
    hashes = {source_hash.hash_files(tmp_path, used)}
    for name in used:
        (tmp_path / name).write_text(files[name] + "// changed\n")
        hashes.add(source_hash.hash_files(tmp_path, used))
    assert len(hashes) == len(used) + 1
