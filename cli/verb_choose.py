"""The verb `choose`: ranks the designs of a run by the written rule and says why."""

import json
import textwrap
from pathlib import Path

from cli import errors, paths, runs, table
from cli.errors import UsageError
from reports import choose, results, wording
from reports.results import ResultError, Results

SUMMARY = "rank the designs of a run by the written rule and name the winner"
GROUP = "measure"
EXAMPLE = "./assay choose runs/20250301-120000-run"
NEEDS = ()


def add_arguments(parser):
    add_run_argument(parser)
    parser.add_argument("--json", action="store_true", help="print the choice as one JSON document")


def add_run_argument(parser):
    """The run that is looked at; `report` has it as well."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run's folder (default: newest)")


def run(args) -> int:
    newest = runs.newest("winner.json") or runs.newest("bench.json")
    folder = pick_run(args.run, newest)
    choice = choose.choose(load(folder))
    if args.json:
        print(json.dumps(choice, indent=1, ensure_ascii=False))
    else:
        print(f"{paths.from_root(folder)}\n\n{summarize(choice)}")
    return errors.OK if choice["winner"] else errors.FAILED


def choose_step(folder) -> dict:
    """Applies the rule to what the run folder holds so far and writes winner.json."""
    choice = choose.choose(load(folder.path))
    folder.write_json("winner.json", choice)
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
    names = list(dict.fromkeys(name for entry in choice["ranking"] for name in entry["ratios"]))
    rows = [["design", "rank", "score", *names]]
    for entry in choice["ranking"]:
        rank = wording.ABSENT if entry["rank"] is None else str(entry["rank"])
        ratios = [wording.significant(entry["ratios"].get(name)) for name in names]
        rows.append([entry["design"], rank, wording.significant(entry["score"]), *ratios])
    lines = [table.render(rows), "ratios: time per served operation ÷ the best eligible one's", ""]
    lines += [
        f"{entry['design']} is not eligible: {entry['reason']}"
        for entry in choice["ranking"]
        if not entry["eligible"]
    ]
    lines += [choose.explain_winner(choice), "", textwrap.fill(f"The rule: {choice['rule']}", 88)]
    return "\n".join(lines)
