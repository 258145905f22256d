"""Finds the verb, makes sure that it has what it needs, runs it, and ends every error as one line.

A verb is a file `cli/verb_<name>.py` with
    SUMMARY, GROUP, EXAMPLE      text for the lists and for --help
    NEEDS                        package sets (cli/setup_packages.py); `needs(args)` may replace it
    add_arguments(parser), run(args) -> exit code
The list of verbs is read from those files without running them, so that one verb cannot break
another. Verb modules import only the standard library at the top: they are loaded before anything
is installed.
"""

import argparse
import ast
import difflib
import importlib
import os
import shlex
import signal
import sys
import time
import traceback
from dataclasses import dataclass

from cli import errors, paths
from cli.errors import AssayError, UsageError

GROUPS = {
    "start": "Start",
    "break": "Break it",
    "measure": "Measure it",
    "boot": "Boot it",
    "assay": "Assay itself",
}
ORDER = (
    "run try new list fuzz explore replay shrink findings record import bench report compare "
    "choose boot export setup test"
).split()


@dataclass(frozen=True)
class Verb:
    """What the list of verbs shows of one."""

    name: str
    summary: str
    group: str


def main(argv: list[str]) -> int:
    """Runs one verb and returns its exit code."""
    _end_like_ctrl_c(signal.SIGTERM, signal.SIGHUP)
    try:
        code = dispatch(argv)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _complain("interrupted", errors.INTERRUPTED)
    except BrokenPipeError:  # whoever read our output went away, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return errors.FAILED
    except Exception as error:
        return _complain(*explain(error))


def dispatch(argv: list[str]) -> int:
    """Picks the verb named first and runs it with the rest."""
    verbs = find_verbs()
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(overview(verbs))
        return errors.OK
    name, rest = argv[0], argv[1:]
    if name not in verbs:
        raise UsageError(unknown_verb(name, verbs))
    module = importlib.import_module(f"cli.verb_{name}")
    args = make_parser(name, module).parse_args(rest)
    args.command = shlex.join(["./assay", *argv])
    needs = module.needs(args) if hasattr(module, "needs") else module.NEEDS
    if needs:
        from cli import setup_packages

        setup_packages.ensure(needs, assume_yes=args.yes)
    return module.run(args)


def find_verbs() -> dict[str, Verb]:
    """Every verb there is, in the order in which they are listed."""
    verbs = {}
    for path in sorted((paths.ROOT / "cli").glob("verb_*.py")):
        constants = _string_constants(path.read_text())
        name = path.stem.removeprefix("verb_")
        verbs[name] = Verb(name, constants.get("SUMMARY", ""), constants.get("GROUP", "assay"))
    rank = {name: position for position, name in enumerate(ORDER)}
    return dict(sorted(verbs.items(), key=lambda item: rank.get(item[0], len(rank))))


def overview(verbs: dict[str, Verb]) -> str:
    """The text of `./assay` alone."""
    lines = ["Assay puts physical page-frame allocators on trial.", "", "  ./assay VERB [OPTIONS]"]
    for group, title in GROUPS.items():
        members = [verb for verb in verbs.values() if verb.group == group]
        if members:
            lines += ["", title]
            lines += [f"  {verb.name:<10}{verb.summary}" for verb in members]
    return "\n".join([*lines, "", "`./assay VERB --help` shows a verb's options and an example."])


def unknown_verb(name: str, verbs: dict[str, Verb]) -> str:
    """The complaint about a verb that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(name, verbs, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return f"no verb '{name}'; {hint}`./assay` lists them all"


def make_parser(name: str, module) -> argparse.ArgumentParser:
    """The parser of one verb; its --help ends with the example."""
    parser = _Parser(
        prog=f"./assay {name}",
        description=module.SUMMARY,
        epilog=f"example:\n  {module.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    parser.add_argument("--yes", action="store_true", help="install what is lacking without asking")
    return parser


def explain(error: Exception) -> tuple[str, int]:
    """An error as one line and an exit code."""
    if isinstance(error, OSError):
        error = errors.from_os_error(error)
    if isinstance(error, AssayError):
        return str(error), error.exit_code
    return internal_error(error), errors.FAILED


def internal_error(error: Exception) -> str:
    """One line about a bug of Assay's own; the traceback goes to a file, not to the user."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    text = f"internal error at {where}: {type(error).__name__}: {error}".replace("\n", " ")
    log = paths.RUNS / f"internal-error-{time.strftime('%Y%m%d-%H%M%S')}.log"
    try:
        log.parent.mkdir(exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)))
    except OSError:
        return text
    return f"{text}; details for a bug report are in {paths.from_root(log)}"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise UsageError(f"{message}; see `{self.prog} --help`")


def _string_constants(source: str) -> dict[str, str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return {}
    return {
        node.targets[0].id: node.value.value
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _end_like_ctrl_c(*signals: signal.Signals) -> None:
    def interrupt(signal_number, frame):
        raise KeyboardInterrupt

    for number in signals:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays in force
            signal.signal(number, interrupt)


def _complain(message: str, code: int) -> int:
    print(f"assay: {message}", file=sys.stderr)
    return code
