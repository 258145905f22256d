"""How often each operation and each outcome occurred, a histogram per target."""

import math

from matplotlib.ticker import FixedLocator

from reports import outcomes, wording
from reports.figures import panels, style
from reports.look import BLUE, VERMILLION

KEY = "outcome-counts"
SOURCE = "fuzz.json"
HEIGHT = 0.5
STEP = HEIGHT + 0.36  # from one panel to the next
LEFT = 0.36
RIGHT = 0.1
BAR = 0.145  # at least, with its gap, so that names fit side by side
WIDEST = 0.25
LETTER = 0.064  # of a name below a bar
DECADES = {0: "1", 3: "1 k", 6: "1 M", 9: "1 G", 12: "1 T", 15: "1 P"}

CAPTION = (
    "One histogram per target, on a log axis from 1: operations, what came of them, and misuse "
    "that was refused. Targets that count the same stand above one row of names; the swarm beside "
    "a design counts for itself. A 0 in red had to happen and never did, so that nothing is shown "
    "about it; a grey 0 need not happen there."
)


def make(results) -> style.Figure:
    """Targets that count the same share their names; a log axis, since counts span decades."""
    counts = outcomes.counts_of(results.fuzz)
    groups = outcomes.alike(counts)

    def draw(canvas, layout):
        canvas.set_size_inches(layout.width, sum(height_of(group, layout) for group in groups))
        top = canvas.get_size_inches()[1]
        for group in groups:
            draw_group(canvas, layout, group, top)
            top -= height_of(group, layout)

    title = state_finding(counts)
    return style.Figure(KEY, title, CAPTION, SOURCE, style.render(KEY, title, draw))


def slots_of(group: list[outcomes.Counts]) -> list[str | None]:
    """A place per name; None is a gap between two headings."""
    slots: list[str | None] = []
    for _, names in outcomes.names_of(group):
        slots += [None, *names] if slots else names
    return slots


def columns_of(group: list[outcomes.Counts], layout) -> int:
    """Two, where the names fit below bars of half the width."""
    half = layout.width / 2 - LEFT - RIGHT
    return 2 if len(group) > 1 and half >= BAR * len(slots_of(group)) else 1


def height_of(group: list[outcomes.Counts], layout) -> float:
    """Inches for the panels and the names below the last one of each column."""
    longest = max(map(len, outcomes.labels_of(group).values()))
    lines = -(-len(group) // columns_of(group, layout))
    return lines * STEP + LETTER * longest + 0.15


def draw_group(canvas, layout, group: list[outcomes.Counts], top: float) -> None:
    """Panels column by column, with the names under the last of each."""
    slots, columns = slots_of(group), columns_of(group, layout)
    lines = -(-len(group) // columns)
    width = min(layout.width / columns - LEFT - RIGHT, WIDEST * len(slots))
    reach = max((n for each in group for n in each.by_name.values()), default=1)
    labels = outcomes.labels_of(group)
    named = {place: labels[name] for place, name in enumerate(slots) if name}
    for at, each in enumerate(group):
        column, line = divmod(at, lines)
        x = column * layout.width / columns + LEFT
        axis = panels.add_axis(canvas, x, top - (line + 1) * STEP + 0.1, width, HEIGHT)
        panels.set_heading(axis, each.target, layout.letters // columns, -LEFT)
        draw_counts(axis, each, slots, max(reach, 10))
        is_last = line == lines - 1 or each is group[-1]
        axis.set_xticks([])
        if is_last:
            axis.set_xticks(list(named), named.values(), rotation=90)


def draw_counts(axis, counts: outcomes.Counts, slots: list, reach: int) -> None:
    """Bars, and a 0 where nothing happened."""
    decades = math.log10(reach)
    for place, name in enumerate(slots):
        count = counts.by_name.get(name, 0) if name else None
        if count:
            axis.bar(place, math.log10(count) + decades * 0.02, width=0.7, color=BLUE)
        elif count == 0:
            missed = counts.is_expected(name)
            colour, weight = (VERMILLION, "bold") if missed else (style.MUTED, "normal")
            axis.text(place, 0, "0", ha="center", va="bottom", color=colour, weight=weight)
    axis.set_xlim(-0.7, len(slots) - 0.3)
    axis.set_ylim(0, decades * 1.04)
    axis.yaxis.set_major_locator(FixedLocator([each for each in DECADES if each <= decades]))
    axis.yaxis.set_major_formatter(lambda value, _: DECADES[round(value)])


def state_finding(counts: list[outcomes.Counts]) -> str:
    """Who missed what, or that nothing is missing."""
    missed = [each for each in counts if each.absent]
    if missed:
        first = f"{missed[0].target} never saw {wording.listed(missed[0].absent[:3])}"
        more = len(missed) - 1
        return f"{first}; {wording.plural(more, 'other target')} lack something" if more else first
    if all(each.required is not None for each in counts):
        return "Every operation and outcome that had to happen did, wherever they are counted"
    return "How often each operation and each outcome occurred"
