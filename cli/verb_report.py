"""The verb `report`: makes one self-contained HTML page of a run's results.

A run of `./assay fuzz` has a page of its own, the morning report.
"""

from pathlib import Path

from cli import errors, files, paths, progress, runs
from cli.errors import UsageError
from cli.verb_choose import borrow, load, pick_run
from reports.results import ResultError

SUMMARY = "make one HTML page of a run: findings, coverage, scoreboard, figures, boot"
GROUP = "measure"
EXAMPLE = "./assay report -o report.html"
NEEDS = ("report",)


def add_arguments(parser):
    parser.add_argument(
        "run",
        nargs="*",
        metavar="RUN",
        help="a run's folder (default: newest); others lend it what it lacks: growth, sizes, CPUs, "
        "instructions",
    )
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help="where to write the page (default: report.html in a new run folder)",
    )


def run(args) -> int:
    first, *others = args.run or [None]
    source = pick_run(first, newest_with_results())
    results = load(source)
    for other in others:
        results = borrow(results, load(pick_run(other, None)))
    if args.output:
        path = write_report(source, results, Path(args.output))
    else:
        folder = runs.RunFolder.create("report", command=args.command)
        path = write_report(source, results, folder.path / "report.html")
        folder.finish(exit_code=errors.OK)
    print(paths.from_root(path))
    return errors.OK


def report_step(folder, output: Path | None = None) -> Path:
    """Writes the page of a run folder into it, or to `output`; returns its path."""
    return write_report(folder.path, load(folder.path), output or folder.path / "report.html")


def newest_with_results() -> Path | None:
    """The newest finished run that fuzzed, measured or booted."""
    boots = {path.name for path in paths.RUNS.glob("*/boot*.json")}  # a file per design
    found = [run for run in map(runs.newest, ("fuzz.json", "bench.json", *boots)) if run]
    return max(found, key=lambda run: (run / runs.FINISHED).stat().st_mtime_ns, default=None)


def write_report(source: Path, results, output: Path) -> Path:
    """The page whole or not at all."""
    if output.is_dir() or not output.parent.is_dir():
        reason = "is a folder" if output.is_dir() else f"there is no folder {output.parent}"
        raise UsageError(f"{output}: {reason}; name a file with -o")
    from reports import html, morning  # matplotlib and jinja2 are there only after setup

    make = morning.render if results.is_fuzzing_alone() else html.render
    try:
        with progress.bar("drawing the report"):
            page = make(results, paths.from_root(source))
    except ResultError as error:  # such as weights in winner.json that nobody can choose by
        raise UsageError(str(error)) from None
    files.write_text(output, page)
    return output
