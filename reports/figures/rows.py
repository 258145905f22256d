"""Rows under headings, a row per design: the form of a comparison's chart.

Places are counted in inches, so that a chart grows with its rows and letters keep their size.
"""

import textwrap
from dataclasses import dataclass

from reports.figures.style import GRID, PAPER, Layout

ROW = 0.2
HEADING = 0.27
TICKS = 0.33
LABEL = 0.2
RIGHT = 0.12
LETTER = 0.072
MAX_NAME = 18


@dataclass(frozen=True)
class Row:
    """One design under one heading: its value, and how that is written."""

    design: str
    value: float
    text: str


@dataclass(frozen=True)
class Group:
    """A heading and its rows."""

    heading: str
    rows: tuple[Row, ...]


def shared(canvas, layout: Layout, groups: list[Group], label: str):
    """One axis for all groups. Returns: the axis, and where the rows of each group begin on it."""
    lead = HEADING / ROW
    starts, place = [], 0.0
    for group in groups:
        starts.append(place + lead)
        place += lead + len(group.rows)
    height = place * ROW
    canvas.set_size_inches(layout.width, height + TICKS + LABEL)
    axis = _add_axis(canvas, layout, groups, TICKS + LABEL, height)
    for group, start in zip(groups, starts):
        _name_rows(axis, layout, group, start)
        _set_heading(axis, layout, group, start - 0.5)
    axis.set_ylim(place - 0.5, -0.5)
    axis.set_yticks([])
    axis.set_xlabel(label)
    return axis, starts


def left_of(groups: list[Group]) -> float:
    """Inches for the names."""
    longest = max(len(row.design) for group in groups for row in group.rows)
    return 0.16 + LETTER * min(longest, MAX_NAME)


def room_for_numbers(layout: Layout, groups: list[Group]) -> float:
    """How much further than the largest value an axis must reach for its number to fit."""
    longest = max(len(row.text) for group in groups for row in group.rows)
    inches = layout.width - RIGHT - left_of(groups)
    return inches / (inches - LETTER * longest - 0.16)


def _add_axis(canvas, layout: Layout, groups: list[Group], bottom: float, height: float):
    width, total = canvas.get_size_inches()
    left = left_of(groups)
    place = (left / width, bottom / total, (width - left - RIGHT) / width, height / total)
    axis = canvas.add_axes(place)
    axis.grid(axis="x", color=GRID)
    axis.tick_params(axis="both", length=0)
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    axis.set_yticks([])
    return axis


def _name_rows(axis, layout: Layout, group: Group, start: float) -> None:
    for offset, row in enumerate(group.rows):
        name = row.design if len(row.design) <= MAX_NAME else f"{row.design[: MAX_NAME - 1]}…"
        axis.annotate(
            name, (0, start + offset), (-7, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", ha="right", annotation_clip=False,
        )  # fmt: skip


def _set_heading(axis, layout: Layout, group: Group, top: float) -> None:
    axis.annotate(
        textwrap.shorten(group.heading, layout.letters, placeholder=" …"),
        (0, top), (1, 4), xycoords=("figure fraction", "data"), textcoords="offset points",
        weight="bold", va="bottom", annotation_clip=False,
        bbox={"fc": PAPER, "ec": "none", "pad": 1},  # lines that run through all groups pass behind
    )  # fmt: skip
