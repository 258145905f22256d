"""What an operation costs as the arena fills up: workloads that hold an occupancy."""

import re

import numpy
from matplotlib.ticker import FixedLocator, NullLocator

from reports import setting, wording
from reports.figures import lines, panels, style
from reports.figures.time_per_operation import valid_cell

KEY = "cost-by-occupancy"
SOURCES = ("bench.json",)
TOPIC = "what an operation costs as the arena fills up"
COMMAND = "./assay bench --workloads churn_50,churn_90,churn_95,churn_99,churn_99.9,churn_100"
LEAST = 4  # fewer points are no curve
NAME = re.compile(r"churn_(\d+(?:\.\d+)?)")


def make(subject) -> style.Figure | None:
    """None, if too few occupancies were measured."""
    occupancies = occupancies_of(subject.results)
    if len(occupancies) < LEAST:
        return None
    cells = subject.results.bench["cells"]
    designs = subject.sort(c["design"] for c in cells if c["workload"] in occupancies.values())

    def draw(canvas, layout):
        frame = panels.Frame(height=2.5, heading=0.06, left=0.5, below=0.46)
        axis = panels.grid(canvas, layout, [""], frame, bottom=0.0)[0]
        axis.set_yscale("log")
        for phase, design in enumerate(designs):
            draw_design(axis, subject, design, occupancies, phase)
        axis.set_xticks(range(len(occupancies)), [f"{each:g}" for each in occupancies])
        set_ticks(axis)
        axis.set_xlabel("occupancy, % (steps are not to scale)", labelpad=2)
        axis.set_ylabel("ns per operation (log)", labelpad=2)

    title = state_finding(subject, designs, occupancies)
    return style.Figure(
        KEY,
        title,
        "Line: the median; band: the middle half of the repetitions, n = "
        f"{wording.span([len(c['repetitions_ns']) for c in cells])}. Single "
        "frames come and go at random while the occupancy is held. Lower and flatter is better. "
        f"{setting.describe(subject.results, list(occupancies.values()))}",
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
    )


def occupancies_of(results) -> dict[float, str]:
    """Occupancies in per cent with their workloads, ascending."""
    names = [each["name"] for each in results.bench["workloads"]] if results.bench else []
    found = {float(match[1]): name for name in names if (match := NAME.fullmatch(name))}
    return dict(sorted(found.items()))


def draw_design(axis, subject, design: str, occupancies: dict[float, str], phase: int) -> None:
    """The medians, and a band from the lower to the upper quartile."""
    cells = [valid_cell(subject.results, design, name) for name in occupancies.values()]
    at = range(len(cells))
    look = subject.looks[design]
    medians = [cell["median_ns"] if cell else None for cell in cells]
    none = (float("nan"),)
    spans = [numpy.percentile((c and c["repetitions_ns"]) or none, (25, 75)) for c in cells]
    low, high = zip(*spans)
    axis.fill_between(at, low, high, color=look.colour, alpha=0.25, lw=0, zorder=2)
    lines.draw_line(axis, list(at), medians, look)


def set_ticks(axis) -> None:
    """Round numbers on the logarithmic y axis, as many as fit."""
    low, high = axis.get_ylim()
    steps = (1, 2, 5) if high / low < 2000 else (1,)
    ticks = [step * 10.0**power for power in range(-3, 10) for step in steps]
    axis.yaxis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")
    axis.set_ylim(low, high)


def state_finding(subject, designs: list[str], occupancies: dict[float, str]) -> str:
    """How many times as much the fullest arena costs."""
    (first, least), (last, most) = list(occupancies.items())[0], list(occupancies.items())[-1]
    growth = {}
    for design in designs:
        cells = [valid_cell(subject.results, design, name) for name in (least, most)]
        if all(cells):
            growth[design] = cells[1]["median_ns"] / cells[0]["median_ns"]
    if not growth:
        return f"What an operation costs from {first:g} % to {last:g} % occupancy"
    words = wording.compared(growth, wording.significant)
    return f"From {first:g} % to {last:g} % occupancy, costs change by a factor of {words}"
