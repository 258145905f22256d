"""The verb `choose`: ranks the designs of a run by a written rule and says why."""

import json
import textwrap
from pathlib import Path

from cli import errors, paths, runs, table
from cli.errors import UsageError
from reports import choose, results, weights, wording
from reports.results import ResultError, Results

SUMMARY = "rank the designs of a run by what matters to whom, and name the winner"
GROUP = "measure"
EXAMPLE = "./assay choose runs/20250301-120000-run --weights kernel"
NEEDS = ()

WINNER = "winner.json"


def add_arguments(parser):
    parser.add_argument(
        "run",
        nargs="*",
        metavar="RUN",
        help="a run's folder (default: newest); others lend it what it lacks: sizes, fuzzing",
    )
    parser.add_argument(
        "--weights",
        metavar="NAME|FILE",
        default=weights.DEFAULT,
        help=f"what counts how much: {', '.join(weights.names())}, or a file like those in "
        f"reports/weights/ (default: {weights.DEFAULT})",
    )
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help=f"where to write the choice (default: {WINNER} in a new run folder)",
    )
    parser.add_argument("--json", action="store_true", help="print the choice as one JSON document")


def run(args) -> int:
    try:
        wanted = weights.find(args.weights)
    except ResultError as error:
        raise UsageError(str(error)) from None
    first, *others = args.run or [None]
    newest = runs.newest("bench.json", "fuzz.json") or runs.newest("bench.json")
    folder = pick_run(first, newest)
    measured = load(folder)
    for other in others:
        measured = borrow(measured, load(pick_run(other, None)))
    choice = choose.choose(measured, wanted) | {"run": paths.from_root(folder)}
    choice["plugins"] = (measured.bench or {}).get("plugins", {})
    code = errors.OK if choice["winner"] else errors.FAILED
    path = keep(args, choice, code)
    if args.json:
        print(json.dumps(choice, indent=1, ensure_ascii=False))
    else:
        print(f"{paths.from_root(folder)}\n\n{summarize(choice)}\n\nchoice: {path}")
    return code


def borrow(measured: Results, other: Results) -> Results:
    """What another run lends."""
    try:
        return results.lend(measured, other)
    except ResultError as error:
        raise UsageError(str(error)) from None


def keep(args, choice: dict, code: int) -> str:
    """Writes the choice where it is wanted; a finished run is never changed. Returns the path."""
    folder = None if args.output else runs.RunFolder.create("choose", command=args.command)
    if folder:
        path = folder.write_json(WINNER, choice)
        folder.finish(exit_code=code)
        return paths.from_root(path)
    output = Path(args.output)
    if output.is_dir() or not output.parent.is_dir():
        reason = "is a folder" if output.is_dir() else f"there is no folder {output.parent}"
        raise UsageError(f"{output}: {reason}; name a file with -o")
    header = runs.RunFolder(output.parent, "choose", None, args.command)
    return str(header.write_json(output.name, choice))


def choose_step(folder) -> dict:
    """Applies the rule to what the run folder holds so far and writes winner.json."""
    choice = choose.choose(load(folder.path), weights.find(weights.DEFAULT))
    folder.write_json(WINNER, choice)
    return choice


def pick_run(wanted: str | None, newest: Path | None) -> Path:
    """The run that the user named, by path or by name, else the newest that fits."""
    if wanted is None:
        if newest is None:
            raise UsageError("there is no run yet that fits; `./assay run` makes one")
        return newest
    for path in (Path(wanted), paths.RUNS / wanted):
        if path.is_dir():
            return path.resolve()
    raise UsageError(f"{wanted}: no such run; `ls {paths.from_root(paths.RUNS)}` shows them all")


def load(folder: Path) -> Results:
    """The checked results of a run; what is wrong with them is one line."""
    try:
        return results.load(folder)
    except ResultError as error:
        raise UsageError(str(error)) from None


def summarize(choice: dict) -> str:
    """The ranking, the reasons and the rule."""
    by_time = set(choice["weights"]["weights"]) == {"time"}
    columns = "ratios" if by_time else "criteria"
    names = list(dict.fromkeys(name for entry in choice["ranking"] for name in entry[columns]))
    ranking = choice["ranking"]
    ranks = [wording.ABSENT if each["rank"] is None else str(each["rank"]) for each in ranking]
    rows = [["design", *(each["design"] for each in ranking)], ["rank", *ranks]]
    rows.append(["score", *(wording.significant(each["score"]) for each in ranking)])
    for name in names:
        rows.append([name, *(wording.significant(each[columns].get(name)) for each in ranking)])
    what = "time per served operation" if by_time else "cost"
    lines = [table.render(rows), f"ratios: {what} ÷ the best eligible one's", ""]
    lines += [f"not counted: {text}" for text in choice["left_out"]]
    lines += [
        f"{entry['design']} is not eligible: {entry['reason']}"
        for entry in choice["ranking"]
        if not entry["eligible"]
    ]
    reasons = [choose.explain_winner(choice), *choose.explain_why(choice)]
    rule = f"The rule: {choice['rule']}"
    return "\n".join([*lines, textwrap.fill(" ".join(reasons), 100), "", textwrap.fill(rule, 100)])
