"""Time as a ratio to the best eligible design, by workload, and the score that decides."""

from matplotlib.ticker import FixedLocator, NullLocator

from reports import wording
from reports.figures import rows, style
from reports.look import looks_of

KEY = "ratio-to-best"
SOURCE = "bench.json"
LABEL = "times as long as the best eligible design (log scale; lower is better)"
SHORT_LABEL = "× the best eligible design (log scale)"
SCORE = "Score: the geometric mean of these ratios"


def make(results, choice) -> style.Figure:
    """A group per workload and one for the score, on one axis."""
    ranking = [entry for entry in choice["ranking"] if was_measured(results, entry["design"])]
    looks = looks_of([entry["design"] for entry in choice["ranking"]])
    absent = "no valid measurement" if choice["winner"] else "nobody is eligible"
    groups = [
        rows.Group(each["title"], tuple(make_row(entry, each["name"], absent) for entry in ranking))
        for each in results.bench["workloads"]
    ]
    groups.append(rows.Group(SCORE, tuple(make_score(entry) for entry in ranking)))

    def draw(canvas, layout):
        label = SHORT_LABEL if layout is style.NARROW else LABEL
        axis, starts = rows.shared(canvas, layout, groups, label)
        set_scale(axis, groups, rows.room_for_numbers(layout, groups), layout)
        axis.axvline(1, color=style.INK, lw=1.4, zorder=1)
        for group, start in zip(groups, starts):
            for offset, row in enumerate(group.rows):
                rows.draw_row(axis, row, start + offset, looks[row.design], 1)

    title, text = state_finding(choice), caption(results, ranking)
    return style.Figure(KEY, title, text, SOURCE, style.render(KEY, title, draw))


def was_measured(results, design: str) -> bool:
    """Has the design any cell?"""
    return any(cell["design"] == design for cell in results.bench["cells"])


def make_row(entry: dict, workload: str, absent: str) -> rows.Row:
    """A design's ratio under a workload; `absent` says why there may be none."""
    ratio = entry["ratios"].get(workload)
    out = not entry["eligible"]
    return rows.Row(entry["design"], ratio, wording.times(ratio), absent, is_hollow=out)


def make_score(entry: dict) -> rows.Row:
    """A design's score."""
    return rows.Row(entry["design"], entry["score"], wording.times(entry["score"]), "not eligible")


def set_scale(axis, groups, room: float, layout) -> None:
    """A log axis that holds all ratios and their numbers; centred where both sides are used."""
    values = [row.value for group in groups for row in group.rows if row.value] + [1.0]
    low, high = min(values), max(max(values), 1.5)
    if low < 1:
        low, high = min(low, 1 / high), max(high, 1 / low)
    axis.set_xscale("log")
    axis.set_xlim(low / 1.03, low * (high / low) ** room * 1.03)
    span = high / low if layout is style.WIDE else (high / low) ** 2
    steps = (1, 1.5, 2, 3, 4, 6) if span < 12 else (1, 2, 5) if span < 500 else (1,)
    ticks = [step * 10.0**power for power in range(-6, 10) for step in steps]
    axis.xaxis.set_major_locator(FixedLocator([t for t in ticks if low / 1.02 <= t <= high * 1.02]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,g}×")


def state_finding(choice: dict) -> str:
    """Who wins by how much."""
    ranked = [entry for entry in choice["ranking"] if entry["eligible"]]
    if not ranked:
        return "Nobody is eligible, so there is nothing to compare with"
    first = f"{ranked[0]['design']} scores {wording.times(ranked[0]['score'])}"
    if len(ranked) == 1:
        return f"{first}, the only eligible design"
    others = [f"{entry['design']} {wording.times(entry['score'])}" for entry in ranked[1:]]
    return f"{first}, {wording.listed(others)}"


def caption(results, ranking: list[dict]) -> str:
    """What a ratio is, and n."""
    count = len(results.bench["workloads"])
    hollow = "Hollow: not eligible; such a design may lie below 1× and has no score. "
    return (
        "Median time per served operation, divided by that of the best eligible design under the "
        f"same workload (1×, the heavy line). The score is the geometric mean of {count} ratios. "
        f"{'' if all(entry['eligible'] for entry in ranking) else hollow}Lower is better."
    )
