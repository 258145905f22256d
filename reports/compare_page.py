"""The page of a comparison: one self-contained HTML file."""

from reports import compare_table, look, templating
from reports.compare import WORSE, Comparison
from reports.figures import compared_times


def render(
    comparisons: list[Comparison], warnings: list[str], verdicts: list[list[str]], command: str
) -> str:
    """The page. `warnings`: what was overruled; `verdicts`: by comparison, what the gate says."""
    base = comparisons[0].base
    designs = {change.design for each in comparisons for change in each.changes}
    page = templating.environment().get_template("compare.html.j2")
    return page.render(
        command=command,
        base=base,
        runs=[base, *(each.new for each in comparisons)],
        headline=headline(comparisons),
        warnings=warnings,
        comparisons=[
            describe(each, number, broken)
            for number, (each, broken) in enumerate(zip(comparisons, verdicts), 1)
        ],
        overview=overview(comparisons),
        heads=compare_table.HEADS,
        method=compare_table.METHOD,
        looks=look.looks_of(sorted(designs)),
        raw=[compare_table.to_json(each) for each in comparisons],
    )


def headline(comparisons: list[Comparison]) -> str:
    """The outcome in a sentence; of several runs, how many have become worse somewhere."""
    if len(comparisons) == 1:
        return compare_table.headline(comparisons[0])
    worse = sum(each.count(WORSE) > 0 for each in comparisons)
    return f"{worse} of {len(comparisons)} runs are worse somewhere"


def describe(comparison: Comparison, number: int, broken: list[str]) -> dict:
    """What the page shows of one new run."""
    rows = [
        {
            "design": change.design,
            "texts": compare_table.row_of(change, comparison.measure),
            "kind": change.kind,
            "is_change": change.is_change,
            "note": change.note,
        }
        for change in comparison.changes
    ]
    return {
        "name": comparison.new.name,
        "headline": compare_table.headline(comparison),
        "basis": compare_table.basis(comparison),
        "geomeans": compare_table.geomeans(comparison),
        "remarks": comparison.remarks,
        "broken": broken,
        "rows": rows,
        "figure": compared_times.make(comparison, f"compared-{number}"),
    }


def overview(comparisons: list[Comparison]) -> list[dict]:
    """Of several runs, the measures that changed in any: the base, and each run's value."""
    if len(comparisons) == 1:
        return []
    by_key = [{_key(change): change for change in each.changes} for each in comparisons]
    keys = dict.fromkeys(key for changes in by_key for key in changes)
    rows = []
    for key in keys:
        found = [changes.get(key) for changes in by_key]
        if not any(change and change.is_change for change in found):
            continue
        first = next(change for change in found if change)
        measures = [each.measure for each in comparisons]
        texts = compare_table.row_of(first, measures[0])
        cells = [
            change and {"texts": compare_table.row_of(change, measure), "kind": change.kind}
            for change, measure in zip(found, measures)
        ]
        rows.append({"design": first.design, "texts": texts, "cells": cells})
    return rows


def _key(change) -> tuple:
    return change.design, change.workload, change.measure
