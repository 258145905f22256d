"""The verb `shrink`: the shortest sequence that breaks a design as the given one does."""

import re
from pathlib import Path

from cli import build, errors, paths, plugins, programs, progress, sequences
from cli.errors import FailedError, UsageError

SUMMARY = "make a failing .ops file as short as it gets"
GROUP = "break"
EXAMPLE = "./assay shrink found.ops --design canary -o short.ops"
NEEDS = ("build", "fuzz")
FORMS = (".ops", ".opsb")


def add_arguments(parser):
    parser.add_argument(
        "file", metavar="FILE.ops", help="a sequence that breaks a design; text or bytes"
    )
    parser.add_argument(
        "--design",
        metavar="D",
        help="who is broken (default: the design of the finding, else the first on trial that is)",
    )
    parser.add_argument(
        "-o", "--output", metavar="OUT", help="where it goes (default: FILE.shortest.ops)"
    )


def run(args) -> int:
    file = sequences.find_file(args.file)
    output = choose_output(file, args.output)
    names = sequences.candidates(args.design, file)
    build.build("fuzz", ["assay-ops"])
    broken = sequences.first_broken(file, names)
    progress.say(f"shrinking on {broken.design}: {broken.verdict}")
    told = shrink(file, broken.design, output)
    print(f"{told}\n\n{read_text(output)}")
    print(f"written: {output}")
    print(f"replay:  ./assay replay {output} --design {broken.design}")
    return errors.OK


def choose_output(file: Path, wanted: str | None) -> Path:
    """Where the short sequence goes: never over the long one."""
    output = Path(wanted) if wanted else file.with_suffix(".shortest.ops")
    if output.suffix not in FORMS:
        raise UsageError(f"{output}: name it .ops for text or .opsb for bytes")
    if output.resolve() == file.resolve():
        raise UsageError(f"{output}: is the input, which stays as it is; name another with -o")
    if not output.resolve().parent.is_dir():
        raise UsageError(f"{output}: there is no folder {output.parent}")
    return output


def shrink(file: Path, design: str, output: Path) -> str:
    """Writes the shortest sequence to `output`; returns what the tool says of it."""
    tool = paths.tool("fuzz", "assay-ops")
    on_trial = plugins.for_tool(design, "fuzz")
    command = [tool, "shrink", file.resolve(), "--design", on_trial, "-o", output.resolve()]
    done = programs.capture(command)
    if done.returncode == errors.USAGE:
        raise UsageError(re.sub("^assay-ops: ", "", done.cause()))
    if not done.ok:
        raise FailedError(f"assay-ops shrink: {done.cause()}")
    return done.stdout.strip()


def read_text(output: Path) -> str:
    """The sequence as text; bytes are for others to read."""
    return f"{output.read_text()}" if output.suffix == ".ops" else "(bytes)\n"
