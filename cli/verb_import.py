"""The verb `import`: turns recorded Linux page-allocator events into operations."""

import contextlib
import gzip
import lzma
import shutil
import sys
import tempfile
import zlib
from pathlib import Path

from cli import arguments, build, paths, programs
from cli.errors import FailedError, UsageError

SUMMARY = "turn recorded Linux page-allocator events (ftrace, trace-cmd, perf) into operations"
GROUP = "measure"
EXAMPLE = "./assay import pgbench.ftrace.txt.xz -o pgbench.opsb"
NEEDS = ("build", "bench")

UNPACKERS = {".xz": lzma.open, ".gz": gzip.open}


def add_arguments(parser):
    parser.add_argument(
        "file",
        metavar="FTRACE",
        help="text of kmem:mm_page_alloc and mm_page_free as tracefs, `trace-cmd report` or "
        "`perf script` (without call chains) print it; .xz and .gz too",
    )
    help_output = "what to write: .opsb, or .ops as text"
    parser.add_argument("-o", dest="output", required=True, metavar="FILE", help=help_output)
    parser.add_argument(
        "--occupancy",
        type=arguments.percent,
        default=90,
        metavar="PERCENT",
        help="the arena is sized so that the peak fills this share (default: 90)",
    )


def run(args) -> int:
    file = Path(args.file)
    with open(file, "rb"):  # an unreadable file is named before minutes go into building
        pass
    build.build("release", ["assay-import"])
    with plain_text(file) as text:
        command = [paths.tool("release", "assay-import"), text, "-o", args.output]
        done = programs.capture([*command, "--occupancy", args.occupancy], cwd=Path.cwd())
    print(done.stdout.replace(str(text), str(file)), end="")
    print(done.stderr.replace(str(text), str(file)), end="", file=sys.stderr)
    if done.returncode not in (0, 1, 2):
        how = programs.describe_exit(done.returncode)
        raise FailedError(f"{file}: assay-import ended with {how}")
    return done.returncode


@contextlib.contextmanager
def plain_text(file: Path):
    """The path of the trace as text: the file itself, or an unpacked copy for a while."""
    unpack = UNPACKERS.get(file.suffix)
    if unpack is None:
        yield file
        return
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        text = Path(folder) / file.stem
        try:
            with unpack(file) as packed, open(text, "wb") as copy:
                shutil.copyfileobj(packed, copy)
        except (lzma.LZMAError, zlib.error, gzip.BadGzipFile, EOFError) as error:
            raise UsageError(f"{file}: cannot be unpacked: {error}; is it whole?") from None
        yield text
