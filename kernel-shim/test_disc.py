"""Images that GRUB boots: the same verdict as without it, with modules and command line."""

import pytest

import unasked
from cli import build, main, paths, verb_boot
from cli.booting import disc, ktap, qemu, sequences
from cli.booting.sequences import Swarm
from cli.errors import FailedError, MissingError

SWARM = Swarm(operations=20_000, seed=7)
MEMORY_MIB = 64
LIMIT_S = 300
SEQUENCE = "assay-ops 1\nbase 1\nframes 64\na = alloc 4\nfree a\nfree a\ne = exhaust 1\n"


@pytest.fixture
def short(tmp_path):
    (tmp_path / "short one.ops").write_text(SEQUENCE)
    return tmp_path / "short one.ops"


def test_an_image_boots_to_the_same_verdict(short, tmp_path, monkeypatch, capsys):
    """Two modules, the swarm and an option, as `./assay boot` hands them over without GRUB."""
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    target = tmp_path / "assay.iso"
    options = f"--memory {MEMORY_MIB} --low 8 --fill --swarm {SWARM.operations} --seed {SWARM.seed}"
    traces = ["--trace", str(short), "--trace", "pgbench"]
    command = ["boot", "buddy", "--iso", str(target), *options.split(), *traces]
    assert main.main(command) == 0
    assert f"written: {target}" in capsys.readouterr().out
    assert not (tmp_path / "runs").exists(), "nothing was booted"
    done = qemu.boot(target, memory_mib=MEMORY_MIB, from_disc=True, limit_s=LIMIT_S)
    build.build("release", ["assay-ops", "assay-swarm"])
    modules = sequences.as_modules(verb_boot.find_traces(traces[1::2]), "buddy", tmp_path)
    host = [sequences.replay_on_host(name, file, "buddy") for name, file in modules.items()]
    swarm = sequences.swarm_on_host(SWARM, MEMORY_MIB, "buddy")
    result = verb_boot.judge(done, "buddy", MEMORY_MIB, LIMIT_S, host, swarm)
    assert (result["verdict"], result["reason"]) == ("pass", None)
    seen = [result["trace"], *result["more_traces"], result["swarm"]]
    assert len(seen) == 3 and all(each["equal"] for each in seen)
    skipped = [test.name for test in ktap.parse(done.serial).tests if test.skipped]
    assert skipped == unasked.skipped_with("--trace", "--swarm", "--fill"), "all has come through"


@pytest.mark.parametrize(
    ("options", "expected"), [([], verb_boot.SWARM.of("bitmap")), (["--swarm", "0"], None)]
)
def test_an_image_has_the_swarm_that_a_boot_has(options, expected, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(disc, "write", lambda target, *rest: (target.touch(), seen.append(rest)))
    command = ["boot", "bitmap", "--iso", str(tmp_path / "x.iso"), "--memory", "64", *options]
    assert main.main(command) == 0
    ((_, modules, command_line),) = seen
    assert list(modules) == [verb_boot.TRACE]
    assert command_line == (expected.option(64) if expected else "")


def test_an_image_may_fail_as_a_kernel_does(tmp_path):
    target = tmp_path / "assay.iso"
    kernel = build.build("kernel", design="bitmap") / "kernel.elf"
    disc.write(target, kernel, {}, "inject=divide")
    done = qemu.boot(target, memory_mib=MEMORY_MIB, from_disc=True, limit_s=LIMIT_S)
    reason = verb_boot.judge(done, "bitmap", MEMORY_MIB, LIMIT_S)["reason"]
    assert reason.startswith("panic: ") and "divide" in reason


@pytest.mark.parametrize(
    ("program", "error"), [("false", FailedError), ("no-such-program", MissingError)]
)
def test_where_grub_fails_no_image_is_left(program, error, tmp_path, monkeypatch):
    kernel = build.build("kernel", design="bitmap") / "kernel.elf"
    target = tmp_path / "assay.iso"
    target.write_text("an older one")
    monkeypatch.setattr(disc, "PROGRAM", program)
    with pytest.raises(error, match=program):
        disc.write(target, kernel, {})
    assert target.read_text() == "an older one"
    assert [path.name for path in tmp_path.iterdir()] == ["assay.iso"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--calls"], "--iso does not go with --calls"),
        (["--gdb"], "--iso does not go with --gdb"),
        (["--trace", "nobody"], "no trace 'nobody'"),
    ],
)
def test_bad_input_is_one_line(options, words, tmp_path, capsys):
    assert main.main(["boot", "bitmap", "--iso", str(tmp_path / "x.iso"), *options]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert main.main(["boot", "bitmap", "--iso", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
