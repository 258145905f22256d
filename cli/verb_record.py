"""The verb `record`: the machine's own page-allocator events while a command runs."""

import argparse
import gzip
import lzma
import re
import shlex
import signal
import subprocess
from pathlib import Path

from cli import arguments, errors, files, progress, tracing
from cli.errors import FailedError, UsageError

SUMMARY = "record this machine's page-allocator events while a command runs (root)"
GROUP = "measure"
EXAMPLE = "./assay record -o build.ftrace.txt.xz -- make -j2"
NEEDS = ()

PACKERS = {".xz": lzma.open, ".gz": gzip.open}
TASK = re.compile(r"^\s*.*-(\d+\s+(?:\(\s*[\d-]+\)\s+)?\[\d+\])")
EVENT = re.compile(r": mm_page_(?:alloc|free): ")


def add_arguments(parser):
    help_output = "ftrace's text; .xz and .gz are packed"
    parser.add_argument("-o", dest="output", required=True, metavar="FILE", help=help_output)
    parser.add_argument(
        "--buffer",
        type=arguments.size,
        default=arguments.size("64M"),
        metavar="SIZE",
        help="of the kernel's buffer for each CPU; an event takes some 40 bytes (default: 64M)",
    )
    parser.add_argument(
        "--keep-names",
        action="store_true",
        help="keep the names of tasks; without it each is called 'task', since all of the machine "
        "is recorded, not only the command",
    )
    help_program = "what to run meanwhile, behind --"
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="COMMAND", help=help_program)


def run(args) -> int:
    program = args.program[1:] if args.program[:1] == ["--"] else args.program
    if not program:
        raise UsageError(f"no command to run; for example: {EXAMPLE}")
    output = Path(args.output)
    with files.replacing(output) as temporary:  # a folder that cannot be written to is named first
        with tracing.Instance(tracing.find(), args.buffer) as instance:
            instance.start()
            ended = run_program(program)
            instance.stop()
            progress.say(f"writing {output}")
            lost = instance.lost()
            events = write(instance.lines(), temporary, output.suffix, args.keep_names)
        if events == 0:
            raise FailedError(f"{shlex.join(program)}: {ended}, and no event was recorded")
    print(f"{shlex.join(program)}: {ended}")
    print(f"{output}: {events:,} events; {describe_lost(lost)}")
    imported = f"{output.name.split('.')[0]}.opsb"
    print(f"  ./assay import {shlex.quote(str(output))} -o {shlex.quote(imported)}")
    return errors.OK


def run_program(program: list[str]) -> str:
    """Runs the command on our own terminal. Returns: how it ended, in words."""
    try:
        code = subprocess.call(program)
    except OSError as error:
        raise UsageError(f"{program[0]}: cannot be run: {error.strerror}") from None
    if code < 0:
        return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def write(lines, path: Path, ending: str, keep_names: bool) -> int:
    """Writes the text, packed as the ending of its final name says. Returns: how many events."""
    events = 0
    with PACKERS.get(ending, open)(path, "wt", encoding="utf-8") as file:
        for line in lines:
            events += 1 if EVENT.search(line) else 0
            file.write(line if keep_names else without_name(line))
    return events


def without_name(line: str) -> str:
    """The line with the name of its task blanked; its number stays."""
    return line if line.startswith("#") else TASK.sub(r"            task-\1", line)


def describe_lost(lost: int) -> str:
    """What became of events for which there was no room."""
    if lost == 0:
        return "none were lost"
    return f"{lost:,} more were lost; ask for larger buffers by --buffer"
