"""The verb `test`: every check. The last line of stdout is 'N passed, N failed, N skipped'."""

import importlib
import time
from collections import Counter

from cli import errors, main, progress
from cli.checks.check import FAILED, PASSED, SKIPPED, Check
from cli.errors import UsageError

SUMMARY = "every check; the last line is 'N passed, N failed, N skipped'"
GROUP = "assay"
EXAMPLE = "./assay test --fast"
NEEDS = ()

PARTS = (
    "lint",
    "unit",
    "explore",
    "zoo",
    "plugins",
    "mutants",
    "fuzz",
    "bench",
    "reports",
    "kernel",
)


def add_arguments(parser):
    help_parts = f"{' '.join(PARTS)} (default: all)"
    parser.add_argument("parts", nargs="*", metavar="PART", help=help_parts)
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--fast", action="store_true", help="under a minute on a built tree")
    scope.add_argument("--full", action="store_true", help="takes hours")
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="PART",
        help="leave a part out and count it as skipped; may be given more than once",
    )


def needs(args) -> tuple[str, ...]:
    """The package sets of the parts that will run."""
    sets = [name for part in chosen_parts(args) for name in load(part).NEEDS]
    return tuple(dict.fromkeys(sets))


def run(args) -> int:
    scope = "fast" if args.fast else "full" if args.full else "default"
    outcomes = Counter()
    for part in chosen_parts(args):
        outcomes += run_part(part, scope)
    for part in dict.fromkeys(args.skip):
        print(f"{part:<8} skipped (--skip {part})")
        outcomes[SKIPPED] += 1
    print(summarize(outcomes))
    return errors.FAILED if outcomes[FAILED] else errors.OK


def chosen_parts(args) -> list[str]:
    """The parts to run: those named, or all, without those skipped."""
    for name in (*args.parts, *args.skip):
        if name not in PARTS:
            raise UsageError(f"no part '{name}'; there are: {', '.join(PARTS)}")
    wanted = args.parts or PARTS
    return [part for part in PARTS if part in wanted and part not in args.skip]


def load(part: str):
    """The module of a part: NEEDS, and run(scope) that yields checks."""
    return importlib.import_module(f"cli.checks.part_{part}")


def run_part(part: str, scope: str) -> Counter:
    """Runs a part; shows what failed at once, and its result, time and repetition at the end."""
    command = " ".join(["./assay test", part, *([f"--{scope}"] if scope != "default" else [])])
    progress.say(f"── {part}")
    started = time.monotonic()
    outcomes = Counter()
    for check in checks_of(part, scope):
        outcomes[check.outcome] += 1
        if check.outcome != PASSED:
            show(check)
    seconds = time.monotonic() - started
    print(f"{part:<8} {summarize(outcomes):<40} {seconds:6.1f} s   repeat: {command}", flush=True)
    return outcomes


def checks_of(part: str, scope: str):
    """The checks of a part. One that cannot run has failed, and so has one without a check."""
    count = 0
    try:
        for count, check in enumerate(load(part).run(scope), 1):
            yield check
    except Exception as error:
        message, _ = main.explain(error)
        yield Check(f"{part} could not run to its end", FAILED, message)
    else:
        if count == 0:
            yield Check(f"{part} has no check", FAILED)


def show(check: Check) -> None:
    """A check that did not pass, and why."""
    print(f"  {check.outcome}: {check.name}")
    for line in check.detail.splitlines():
        print(f"      {line}")
    if check.repeat:
        print(f"      repeat: {check.repeat}")


def summarize(outcomes: Counter) -> str:
    return f"{outcomes[PASSED]} passed, {outcomes[FAILED]} failed, {outcomes[SKIPPED]} skipped"
