"""A boot under gdb: where it stops, and that nothing is left of it."""

import re
import tempfile
from pathlib import Path

import pytest

from cli import build, errors, main
from cli.booting import debugger, ktap, verdict
from cli.errors import MissingError


@pytest.fixture
def machines(tmp_path, monkeypatch):
    """Machines start in here; each process that is still at work here is told by its number."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def running():
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").resolve(strict=True).is_relative_to(tmp_path):
                    yield int(process.name)
            except OSError:
                continue

    return lambda: list(running())


def boot(*commands, **options):
    told = [word for command in commands for word in ("-ex", command)]
    kernel = build.build("kernel", design="bitmap") / "kernel.elf"
    return debugger.boot(
        kernel, memory_mib=32, gdb_arguments=["-nx", "-batch", *told], **options
    )


def test_gdb_stops_at_kmain_and_goes_on_to_the_end(machines, capfd):
    done = boot("backtrace", "continue")
    shown = capfd.readouterr().out
    assert re.search(r"#0 .*kmain \(loader_magic=732803074, .*main\.cc:\d+", shown)
    assert re.search(r"#1 .*start_high \(\) at .*/boot\.S:\d+", shown)
    assert done.returncode == verdict.PASSED and done.serial.startswith("KTAP version 1\n")
    assert machines() == []


def test_gdb_stops_in_front_of_a_panic(machines, capfd):
    done = boot("continue", "backtrace", "continue", command_line="inject=panic")
    shown = capfd.readouterr().out
    assert re.search(r"#1 .*assay::kernel::panic .*\n#2 .*stop \(\)", shown)
    assert done.returncode == verdict.PANIC and "PANIC injected" in done.serial
    assert machines() == []


@pytest.mark.parametrize("last", ["quit", "detach", "shell kill -KILL $PPID"])
def test_a_closed_gdb_leaves_no_machine_behind(machines, last):
    assert boot(last) is None
    assert machines() == []


def test_a_machine_that_does_not_start_is_named(machines):
    done = boot("quit", modules={"no-such-file": Path("/no-such-file")})
    failure = verdict.find_failure(done, ktap.parse(done.serial), 60)
    assert failure.startswith("QEMU could not start the machine: ") and "no-such-file" in failure
    assert machines() == []


def test_a_missing_gdb_is_named_with_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingError, match="gdb: no such program; to .*: apt-get install gdb"):
        debugger.boot(Path("kernel.elf"), memory_mib=32)


def test_gdb_and_json_exclude_each_other(capsys):
    assert main.main(["boot", "bitmap", "--gdb", "--json"]) == errors.USAGE
    assert "--gdb does not go with --json" in capsys.readouterr().err
