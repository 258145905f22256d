"""The verb `replay`: judges a sequence of operations on a design, step by step."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

from cli import arguments, build, designs, errors, paths, plugins, programs, progress, sequences
from cli.errors import MissingError, UsageError

SUMMARY = "replay an .ops file step by step and judge it"
GROUP = "break"
EXAMPLE = "./assay replay fuzz/corpus/example.ops --design bitmap --until 5"
NEEDS = ("build", "fuzz")
STOP = "assay_next_operation"  # called in front of init and of each operation


def add_arguments(parser):
    parser.add_argument("file", metavar="FILE.ops", help="a sequence, or the folder of a finding")
    parser.add_argument(
        "--design",
        metavar="D",
        help="who is on trial, also bitmap/8 for words of 8 bits (default: the design of the "
        "finding, else all in turn)",
    )
    parser.add_argument(
        "--until", type=arguments.positive, metavar="K", help="stop after K operations"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document per design")
    parser.add_argument(
        "--gdb",
        action="store_true",
        help="replay under gdb, which stops in front of the operation that breaks the design",
    )


def run(args) -> int:
    if args.gdb and (args.json or args.until):
        raise UsageError("--gdb goes with neither --json nor --until: gdb is where it stops")
    file = sequences.find_file(args.file)
    if args.gdb:
        debug(file, sequences.candidates(args.design, file))
    return replay(file, pick_designs(args.design, file), args)


def replay(file: Path, on_trial: list[str], args) -> int:
    """Replays on one design after the other; the worst exit code counts."""
    options = ["--until", args.until] if args.until else []
    options += ["--json"] if args.json else []
    build.build("fuzz", ["assay-ops"])
    tool = paths.tool("fuzz", "assay-ops")
    worst = errors.OK
    plugins.build_named(on_trial, ["fuzz"])
    for design in (plugins.for_tool(name, "fuzz") for name in on_trial):
        code = programs.pass_through([tool, "replay", file, "--design", design, *options])
        if code == errors.USAGE:
            return code
        worst = max(worst, code)
    return worst


def pick_designs(wanted: str | None, file: Path) -> list[str]:
    """The design that is named, else the one whose finding this is, else all."""
    if wanted or sequences.design_of_finding(file):
        return sequences.candidates(wanted, file)
    return designs.names()


def debug(file: Path, names: list[str]) -> NoReturn:
    """Becomes gdb, which replays on the first of these designs that breaks."""
    gdb = shutil.which("gdb")
    if not gdb:
        raise MissingError("gdb: no such program; to install it: apt-get install gdb")
    build.build("fuzz", ["assay-ops"])
    broken = sequences.first_broken(file, names)
    progress.say(f"{broken.design}: {broken.verdict}\n{describe_stop(broken.operation)}")
    # In our place, so that Ctrl-C is gdb's alone.
    os.execv(gdb, [gdb, *gdb_arguments(file, broken)])


def describe_stop(operation: int) -> str:
    """Where gdb will stop, and how to go on."""
    what = "init" if operation == 0 else f"operation {operation}"
    return f"gdb stops in front of {what}: `finish` goes to the trial, `continue` to the verdict"


def gdb_arguments(file: Path, broken: sequences.Broken) -> list[str]:
    """Stops at the call in front of that operation, and leaves gdb to the user.

    Calls are counted, since the tool has line numbers but no variables to compare with. The leak
    checker cannot work under a debugger.
    """
    commands = [
        "set breakpoint pending on",
        "set environment ASAN_OPTIONS detect_leaks=0",
        f"break {STOP}",
        f"ignore 1 {broken.operation}",
        "run",
    ]
    told = [word for command in commands for word in ("-ex", command)]
    tool = paths.tool("fuzz", "assay-ops")
    trial = [tool, "replay", file, "--design", plugins.for_tool(broken.design, "fuzz")]
    return ["-q", *told, "--args", *(str(word) for word in trial)]
