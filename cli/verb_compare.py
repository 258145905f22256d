"""The verb `compare`: what changed from one run to others, and a gate against regressions."""

import argparse
import json
import os
import sys
import textwrap
from pathlib import Path

from cli import errors, files, paths, progress, table
from cli.errors import UsageError
from cli.verb_choose import load, pick_run

SUMMARY = "what changed from one run to others: ratios, how sure, and a gate"
GROUP = "measure"
EXAMPLE = "./assay compare runs/20250301-120000-bench runs/latest --fail 'median>5%'"
NEEDS = ("report",)

COLOURS = {"better": "\033[32m", "worse": "\033[31m"}
PLAIN = "\033[0m"
WIDTH = 100  # of prose


def add_arguments(parser):
    parser.add_argument("base", metavar="BASE", help="the run that the others are compared with")
    parser.add_argument("new", nargs="+", metavar="NEW", help="a run's folder or its name")
    parser.add_argument("--all", action="store_true", help="also what did not change")
    parser.add_argument(
        "--measure",
        choices=("ns", "ratio"),
        help="what stands for time: nanoseconds, or the ratio to the stack (default: the ratio, "
        "where both runs have it)",
    )
    parser.add_argument(
        "--fail",
        action="append",
        default=[],
        type=rule,
        metavar="RULE",
        help="end with 1 beyond it: median>5%%, failed>1pp, metadata>2%%, instructions>1%%, "
        "code>2%%, stack>2%%; may be given again",
    )
    parser.add_argument(
        "--different-machines",
        action="store_true",
        help="compare times of two machines all the same",
    )
    parser.add_argument(
        "--different-workloads",
        action="store_true",
        help="compare workloads of one name with other operations all the same",
    )
    parser.add_argument("-o", dest="output", metavar="FILE.html", help="write a page as well")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def rule(text: str):
    """A rule of the gate; the grammar is told where it is none."""
    from reports import gate  # needs numpy, which is there only after setup

    try:
        return gate.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(args) -> int:
    from reports import compare, compare_page, compare_table

    base, *news = [open_run(name) for name in (args.base, *args.new)]
    warnings = [text for new in news for text in overrule(base, new, args)]
    try:
        comparisons = compare.compare(base, news, args.measure)
        verdicts = [apply_gate(args.fail, comparison) for comparison in comparisons]
    except compare.NotComparable as error:
        raise UsageError(str(error)) from None
    code = errors.FAILED if any(map(any, verdicts)) else errors.OK
    if args.output:
        write_page(args, compare_page.render(comparisons, warnings, verdicts, args.command))
    if args.json:
        document = {
            "schema": "assay-comparison",
            "schema_version": 1,
            "command": args.command,
            "warnings": warnings,
            "comparisons": [compare_table.to_json(comparison) for comparison in comparisons],
            "broken_rules": verdicts,
        }
        print(json.dumps(document, indent=1, ensure_ascii=False))
        return code
    for text in warnings:
        progress.say(f"warning: {text}")
    print("\n\n".join(summarize(*each, args.all) for each in zip(comparisons, verdicts)))
    if args.output:
        print(f"\npage: {args.output}")
    return code


def open_run(name: str):
    """A run that has something to compare."""
    from reports import compare

    folder = pick_run(name, None)
    results = load(folder)
    if not (results.bench or results.size):
        raise UsageError(f"{name}: nothing was measured in this run; `./assay bench` makes one")
    return compare.Run(paths.from_root(folder), results)


def overrule(base, new, args) -> list[str]:
    """What keeps two runs from being compared: an error, or a warning if the user wants it so."""
    from reports import compare

    allowed = {
        compare.MACHINE: args.different_machines,
        compare.WORKLOAD: args.different_workloads,
    }
    options = {
        compare.MACHINE: "--different-machines",
        compare.WORKLOAD: "--different-workloads",
    }
    found = compare.obstacles(base, new)
    for obstacle in found:
        if not allowed[obstacle.kind]:
            raise UsageError(f"{obstacle}; {options[obstacle.kind]} compares them all the same")
    return [str(obstacle) for obstacle in found]


def apply_gate(rules, comparison) -> list[str]:
    """A line for each regression: wrong cells in any case, and what breaks a rule."""
    from reports import compare_table, gate

    lines = [f"{c}: {c.word}: {c.note}" for c in gate.broken_designs(comparison)]
    if lines:
        return lines  # a rule may have nothing left to judge, and need not
    for text, changes in gate.judge(rules, comparison).items():
        lines += [f"{text}: {each}: {compare_table.difference(each)}" for each in changes]
    return lines


def write_page(args, page: str) -> None:
    """The page, whole or not at all."""
    output = Path(args.output)
    if output.is_dir() or not output.parent.is_dir():
        reason = "is a folder" if output.is_dir() else f"there is no folder {output.parent}"
        raise UsageError(f"{output}: {reason}; name a file with -o")
    files.write_text(output, page)


def summarize(comparison, broken: list[str], everything: bool) -> str:
    """The table of a comparison, what it rests on, and which rules are broken."""
    from reports import compare_table

    changes = compare_table.shown(comparison, everything)
    lines = [
        f"{comparison.new.name} against {comparison.base.name}",
        compare_table.headline(comparison) + ("" if everything else "; --all shows the rest"),
        "",
    ]
    if changes:
        rows = [compare_table.row_of(change, comparison.measure) for change in changes]
        heads = [head for head in compare_table.HEADS if any(r[head] != "–" for r in rows)]
        drawn = table.render([heads, *([row[head] for head in heads] for row in rows)])
        lines += [*colour(drawn.splitlines(), changes), ""]
        lines += [f"  {c.design} on {c.workload}: {c.note}" for c in changes if c.note]
    prose = [compare_table.basis(comparison), compare_table.METHOD]
    prose += [compare_table.geomeans(comparison), *comparison.remarks]
    lines += [textwrap.fill(text, WIDTH, subsequent_indent="  ") for text in prose if text]
    return "\n".join([*lines, *(f"REGRESSION  {text}" for text in broken)])


def colour(lines: list[str], changes) -> list[str]:
    """The verdicts in the colour of their direction, on a terminal that has not declined it."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return lines
    painted = lines[:2]
    for line, change in zip(lines[2:], changes):
        paint = COLOURS.get(change.kind)
        coloured = f"{paint}{change.verdict}{PLAIN}"
        painted.append(line.replace(change.verdict, coloured, 1) if paint else line)
    return painted
