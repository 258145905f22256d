"""Strips: a row per workload, and in it a mark per design on an axis that all rows share.

Places are counted in inches, so that a chart grows with its rows and letters keep their size.
"""

import math
from dataclasses import dataclass

from matplotlib.ticker import FixedLocator, NullLocator

from reports.figures import panels, style

ROW = 0.33
TICKS = 0.36
LETTER = 0.068
MAX_NAME = 24
DASHES = ("-", (0, (1, 1)))  # of the yardsticks


@dataclass(frozen=True)
class Mark:
    """A design's value, and from where to where its repetitions reach."""

    design: str
    value: float
    least: float
    greatest: float


@dataclass(frozen=True)
class Row:
    """A name and its marks; `yardsticks` are values that are no design's, each of a dash of its
    own; None where one is not there."""

    name: str
    marks: tuple[Mark, ...]
    yardsticks: tuple[float | None, ...] = ()


def draw(canvas, layout, rows: list[Row], looks: dict, label: str, *, is_log: bool) -> None:
    """The rows from top to bottom. A linear axis starts at 0."""
    height, left = ROW * len(rows), 0.18 + LETTER * min(max(len(r.name) for r in rows), MAX_NAME)
    canvas.set_size_inches(layout.width, height + TICKS + 0.1)
    axis = panels.add_axis(canvas, left, TICKS, layout.width - left - 0.16, height)
    axis.grid(False)
    axis.grid(axis="x", color=style.GRID)
    set_scale(axis, rows, layout, is_log)
    for at, row in enumerate(rows):
        if at % 2:
            axis.axhspan(at - 0.5, at + 0.5, color=style.BAND, lw=0, alpha=0.55, zorder=0)
        draw_row(axis, row, at, looks)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    names = [panels.shortened(row.name, MAX_NAME) for row in rows]
    axis.set_yticks(range(len(rows)), names, fontsize=8.5)
    axis.tick_params(axis="y", pad=8)
    axis.set_xlabel(label, labelpad=2)


def draw_row(axis, row: Row, middle: int, looks: dict) -> None:
    """A line from the least to the greatest of the marks, so that they belong together."""
    for value, dash in zip(row.yardsticks, DASHES):
        if value:
            line = {"color": style.MUTED, "lw": 1.6, "ls": dash, "zorder": 2}
            axis.plot([value] * 2, [middle - 0.4, middle + 0.4], **line)
    values = [mark.value for mark in row.marks]
    if len(values) > 1:
        axis.plot([min(values), max(values)], [middle] * 2, color=style.MUTED, lw=0.8, zorder=2)
    for mark, shift in reversed(list(zip(row.marks, shifts(row)))):  # the best design on top
        look = looks[mark.design]
        reach, place = [mark.least, mark.greatest], middle + shift
        axis.plot(reach, [place] * 2, color=look.colour, lw=3.2, alpha=0.45, zorder=3)
        marker = {"marker": look.marker, "ms": 5.8, "mfc": look.colour, "mec": style.INK}
        axis.plot([mark.value], [place], ls="", mew=0.7, zorder=4, clip_on=False, **marker)


def shifts(row: Row) -> list[float]:
    """How far each mark stands from the middle of its row, in rows: equal ones stay apart."""
    count = len(row.marks)
    step = min(0.14, 0.56 / max(count - 1, 1))
    return [(at - (count - 1) / 2) * step for at in range(count)]


def set_scale(axis, rows: list[Row], layout, is_log: bool) -> None:
    """Holds every mark and yardstick."""
    reach = [v for r in rows for m in r.marks for v in (m.least, m.greatest)]
    reach += [value for row in rows for value in row.yardsticks if value]
    if not is_log:
        axis.set_xlim(0, (max(reach, default=1) or 1) * 1.04)
        style.set_linear_ticks(axis, layout)
        return
    low, high = min(reach, default=1), max(reach, default=10)
    room = max((high / low) ** 0.03, 1.03)
    axis.set_xscale("log")
    axis.set_xlim(low / room, high * room)
    decades = math.log10(high / low) * (2 if layout is style.NARROW else 1)
    steps = (1, 1.5, 2, 3, 4, 6, 8) if decades < 1 else (1, 2, 5) if decades < 5 else (1,)
    ticks = [step * 10.0**power for power in range(-3, 10) for step in steps]
    axis.xaxis.set_major_locator(FixedLocator([t for t in ticks if low / room <= t <= high * room]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")
