"""Instructions per call in the kernel: exact, the same in every run, and as they were before."""

import argparse
import subprocess
import sys

import pytest

from cli import build, designs, paths, runs, verb_boot
from cli.booting import costs, golden, ktap, qemu, verdict
from cli.errors import UsageError

MODULE = b"A\x01\x00\x80\x02\x00\x00\x08\x02\x08\x02\xff"  # 256 frames; alloc 1; free it; twice
FEW = ("--workloads", "single_pair,mixed_90,fail_512")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    return runs.RunFolder.create("boot")


def boot(tmp_path, **options):
    (tmp_path / "m").write_bytes(MODULE)
    kernel = build.build("kernel", design="bitmap") / "kernel.elf"
    done = qemu.boot(kernel, memory_mib=32, modules={"m": tmp_path / "m"}, **options)
    log = ktap.parse(done.serial)
    return done, log, verdict.find_failure(done, log, 60)


@pytest.mark.parametrize("design", designs.names())
def test_each_design_costs_what_it_did(design, folder):
    counted = costs.count(folder, [design])
    if counted["kernel_compiler"] not in golden.read():
        pytest.skip(f"nothing is expected of {counted['kernel_compiler']}: {golden.RENEW}")
    changes = golden.find_changes(counted)
    assert not changes, "\n".join([*changes, f"if that is wanted: {golden.RENEW}"])


def test_no_other_load_changes_a_count(folder):
    build.build("release", ["assay-bench", "assay-ops"])
    alone = costs.count_one(folder, "bitmap", FEW)
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert costs.count_one(folder, "bitmap", FEW) == alone
    finally:
        busy.kill()
        busy.wait()


def test_every_call_behind_the_set_up_is_counted(tmp_path):
    for set_up, calls in ((0, 2), (2, 1), (4, 0)):
        done, _, failure = boot(tmp_path, icount=True, command_line=f"costs={set_up}")
        assert failure is None
        (cell,) = costs.read(done.serial, "bitmap", [])["cells"]
        counted = {call["call"]: (call["count"], call["max_at"]) for call in cell["calls"]}
        first = {"allocate_one": (calls, set_up + 1), "free": (calls, set_up + 2)}
        assert cell["operations"] == 4 and counted.keys() <= first.keys()
        assert counted == (first if calls else {})


def test_a_clock_that_does_not_count_instructions_is_noticed(tmp_path):
    _, _, failure = boot(tmp_path, command_line="costs=0")
    assert "calls_cost_instructions: empty calls differ: only under -icount shift=0" in failure


@pytest.mark.parametrize("option", ["x", "0,0", "0x", "4294967296", ",0"])
def test_set_ups_that_are_no_list_are_refused(tmp_path, option):
    done, _, failure = boot(tmp_path, icount=True, command_line=f"costs={option}")
    assert done.returncode == verdict.BAD_BOOT
    assert failure.endswith("costs= is not a number of set-up operations for each module")


@pytest.mark.parametrize(
    "options, words",
    [
        (["--renew"], "--renew goes with --costs"),
        (["--costs", "--gdb"], "--costs does not go with --gdb"),
        (["--costs", "--calls"], "--costs does not go with --calls"),
        (["--costs", "--disk", "64"], "--costs does not go with --disk"),
        (["--costs", "--trace", "pgbench"], "--costs does not go with --trace"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, words):
    parser = argparse.ArgumentParser()
    verb_boot.add_arguments(parser)
    with pytest.raises(UsageError, match=words):
        verb_boot.run(parser.parse_args(options))


@pytest.mark.parametrize("option", ["--swarm=x", "--swarm=-1", "--swarm=4000000001", "--seed=1.5"])
def test_numbers_of_a_swarm_that_are_none_are_refused(option, capsys):
    parser = argparse.ArgumentParser()
    verb_boot.add_arguments(parser)
    with pytest.raises(SystemExit) as refused:
        parser.parse_args([option])
    assert refused.value.code == 2 and "is not a number of 0 to " in capsys.readouterr().err


def test_somebody_elses_allocator_is_refused(folder):
    name = designs.find("impls/plugin/examples/byte_bitmap", designs.names())
    with pytest.raises(UsageError, match="byte_bitmap: no costs of somebody else's allocator"):
        costs.count(folder, [name])
