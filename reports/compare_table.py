"""A comparison in words and numbers: the same on the terminal and on the page."""

import math

from reports import compare, significance, wording
from reports.compare import Change, Comparison

HEADS = ("design", "workload", "measure", "change", "verdict", "base", "new", "95 %", "p", "floor")
NAMES = {
    compare.ORACLE: "oracle",
    compare.FAILED: "failed requests",
    compare.METADATA: "metadata bytes",
    compare.INSTRUCTIONS: "instructions",
    compare.PLACEMENTS: "placements",
    compare.CODE: "i686 code bytes",
    compare.STACK: "i686 stack bytes",
}
TIME_NAMES = {compare.NS: "time, ns", compare.RATIO: "time ÷ stack's"}
METHOD = (
    f"faster, slower: p < {significance.LEVEL:g} (Mann-Whitney U over the repetitions, corrected "
    "for the number of cells after Benjamini and Hochberg) and the ratios of medians and of "
    "fastest passes are beyond the noise floor; same: its 95 % interval lies within the floor; "
    "noise: neither is shown"
)


def shown(comparison: Comparison, everything: bool) -> list[Change]:
    """What is listed: all, or what changed."""
    return [change for change in comparison.changes if everything or change.is_change]


def row_of(change: Change, measure: str) -> dict[str, str]:
    """A change as texts, by HEADS."""
    lines = {
        "design": change.design,
        "workload": change.workload or wording.ABSENT,
        "measure": NAMES.get(change.measure) or TIME_NAMES[measure],
        "base": value(change, change.base),
        "new": value(change, change.new),
        "change": difference(change),
        "95 %": interval(change),
        "p": p_value(change.p),
        "floor": f"{change.floor:.1%}" if change.floor else wording.ABSENT,
        "verdict": change.verdict,
    }
    return {head: text.replace("%", " %").replace("  %", " %") for head, text in lines.items()}


def value(change: Change, number: float | None) -> str:
    """A measured value."""
    if number is None:
        return wording.ABSENT
    if change.measure == compare.FAILED:
        return wording.percent(number)
    if change.measure in (compare.TIME, compare.INSTRUCTIONS):
        return wording.significant(number)
    return wording.count(round(number))


def difference(change: Change) -> str:
    """A ratio; percentage points where shares are compared."""
    if change.measure == compare.FAILED:
        return f"{(change.new - change.base) * 100:+.2f} pp"
    if change.ratio is None:
        return wording.ABSENT
    return "from 0" if math.isinf(change.ratio) else ratio(change.ratio)


def ratio(number: float) -> str:
    """Three digits behind the point, since near 1 they matter: 0.987×."""
    return f"{number:.3f}×" if number < 9.9995 else wording.times(number)


def interval(change: Change) -> str:
    """The interval of the ratio."""
    if change.interval is None:
        return wording.ABSENT
    low, high = change.interval
    return f"{low:.3f}–{high:.3f}"


def p_value(p: float | None) -> str:
    """A corrected p value; what is not nothing is never shown as 0."""
    if p is None:
        return wording.ABSENT
    return "< 0.0001" if p < 0.0001 else f"{p:.2g}"


def headline(comparison: Comparison) -> str:
    """The outcome in a sentence."""
    worse, better = comparison.count(compare.WORSE), comparison.count(compare.BETTER)
    other, all_of_them = comparison.count(compare.OTHER), len(comparison.changes)
    if not (worse or better or other):
        return f"Nothing changed in {wording.plural(all_of_them, 'measurement')}"
    parts = [f"{number:,} {word}" for number, word in ((worse, "worse"), (better, "better"))]
    parts += [f"{other:,} different"] if other else []
    return f"{wording.listed(parts)} of {wording.plural(all_of_them, 'measurement')}"


def basis(comparison: Comparison) -> str:
    """What stands for the time."""
    if comparison.measure == compare.NS:
        return "time: median nanoseconds per unit of work"
    return (
        "time: median ratio to a bare stack of frame numbers, which took turns with each design, "
        "so that a machine that is slow for a while slows down both"
    )


def geomeans(comparison: Comparison) -> str:
    """The mean of each design, with how many cells are in it."""
    each = [
        f"{mean.design} {ratio(mean.ratio)} ({wording.plural(mean.cells, 'cell')})"
        for mean in comparison.geomeans
    ]
    return f"geometric mean of time, new ÷ base: {', '.join(each)}" if each else ""


def to_json(comparison: Comparison) -> dict:
    """The comparison for programs; an infinite ratio is null."""
    changes = [vars(change) | {"is_change": change.is_change} for change in comparison.changes]
    for change in changes:
        if change["ratio"] is not None and math.isinf(change["ratio"]):
            change["ratio"] = None
    return {
        "base": comparison.base.name,
        "new": comparison.new.name,
        "measure": comparison.measure,
        "headline": headline(comparison),
        "changes": changes,
        "geomeans": [vars(mean) for mean in comparison.geomeans],
        "remarks": list(comparison.remarks),
    }
