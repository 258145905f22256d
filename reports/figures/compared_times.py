"""Times of a new run ÷ those of the base: every cell with its interval and the band of noise."""

import math

from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, NullLocator

from reports import compare, wording
from reports.figures import rows, style
from reports.look import looks_of

SOURCE = "bench.json"
STEPS = (1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100, 1000)
APART = {style.WIDE: 0.25, style.NARROW: 0.45}  # of the way from 1 to an end, at least
LABEL = "time, new ÷ base (log scale; left of 1 is faster)"


def make(comparison: compare.Comparison, key: str) -> style.Figure | None:
    """A group per workload on one axis, centred on 1; None if no time was measured in both."""
    timed = [c for c in comparison.changes if c.measure == compare.TIME and c.ratio]
    if not timed:
        return None
    workloads = list(dict.fromkeys(change.workload for change in timed))
    by_workload = {name: [c for c in timed if c.workload == name] for name in workloads}
    groups = [rows.Group(name, tuple(map(make_row, by_workload[name]))) for name in workloads]
    looks = looks_of(list(dict.fromkeys(change.design for change in timed)))

    def draw(canvas, layout):
        label = "time, new ÷ base (log scale)" if layout is style.NARROW else LABEL
        axis, starts = rows.shared(canvas, layout, groups, label)
        set_scale(axis, timed, rows.room_for_numbers(layout, groups), layout)
        axis.axvline(1, color=style.INK, lw=1.4, zorder=1.5)
        for name, start in zip(workloads, starts):
            for offset, change in enumerate(by_workload[name]):
                draw_change(axis, change, start + offset, looks[change.design])

    title = state_finding(timed)
    return style.Figure(key, title, caption(comparison), SOURCE, style.render(key, title, draw))


def make_row(change: compare.Change) -> rows.Row:
    """A design's row; its number stands at the right edge."""
    return rows.Row(change.design, change.ratio, f"{change.ratio:.2f}× {change.verdict}")


def set_scale(axis, timed: list[compare.Change], room: float, layout) -> None:
    """A log axis that reaches as far to either side of 1; its ticks are each other's inverse."""
    ends = [end for change in timed for end in (change.ratio, *change.interval, 1 + change.floor)]
    reach = max(abs(math.log(end)) for end in ends) * 1.05
    axis.set_xscale("log")
    axis.set_xlim(math.exp(-reach), math.exp(-reach + 2 * reach * room))
    steps, border = [], reach
    for step in reversed(STEPS):
        if reach * APART[layout] <= math.log(step) <= border:
            steps.append(step)
            border = math.log(step) - reach * APART[layout]
    axis.xaxis.set_major_locator(FixedLocator([*(1 / step for step in steps), 1, *steps]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}×")


def draw_change(axis, change: compare.Change, place: float, look) -> None:
    """The band of noise, the interval, and the ratio: filled if it is a change."""
    low = 1 / (1 + change.floor)
    band = Rectangle((low, place - 0.5), 1 + change.floor - low, 1, color=style.GRID, lw=0)
    axis.add_patch(band)
    axis.plot(change.interval, [place] * 2, color=look.colour, lw=2, alpha=0.8, zorder=2)
    marker = {"marker": look.marker, "ms": 6.5, "mfc": look.colour, "mec": style.INK, "mew": 0.7}
    if not change.is_change:
        marker |= {"mfc": style.PAPER, "mec": look.colour, "mew": 1.5}
    axis.plot([change.ratio], [place], ls="", zorder=4, **marker)
    axis.annotate(
        make_row(change).text, (1, place), xycoords=("axes fraction", "data"), ha="right",
        va="center", fontsize=8.5, annotation_clip=False,
        weight="bold" if change.is_change else "normal",
        color=style.INK if change.is_change else style.MUTED,
    )  # fmt: skip


def state_finding(timed: list[compare.Change]) -> str:
    """How many times changed, and the largest change."""
    changed = [change for change in timed if change.is_change]
    if not changed:
        return f"No time changed in {wording.plural(len(timed), 'cell')}"
    slower = sum(change.ratio > 1 for change in changed)
    counts = f"{slower} slower, {len(changed) - slower} faster of {len(timed)}"
    most = max(changed, key=lambda change: max(change.ratio, 1 / change.ratio))
    return f"{counts}; most of all {most.design} on {most.workload}, {most.ratio:.2f}×"


def caption(comparison: compare.Comparison) -> str:
    """What a mark is."""
    basis = {
        compare.NS: "nanoseconds per unit of work",
        compare.RATIO: "the ratio to the stack, which took turns with each design",
    }
    return (
        f"Marker and number: ratio of medians of {basis[comparison.measure]}. Line: its 95 % "
        "interval (bootstrap over the repetitions). Grey: the noise floor. Filled and bold: a "
        "change, significant and beyond the floor. Left of 1 is faster."
    )
