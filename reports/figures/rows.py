"""Rows of dots, the one form of chart here: a row per design, gathered under headings.

Places are counted in inches, so that a chart grows with its rows and letters keep their size.
"""

import textwrap
from dataclasses import dataclass

from reports.figures.style import GRID, INK, MUTED, PAPER, Layout
from reports.look import Look

ROW = 0.2
HEADING = 0.27
TICKS = 0.33
LABEL = 0.2
RIGHT = 0.12
LETTER = 0.072
MAX_NAME = 18


@dataclass(frozen=True)
class Row:
    """One design under one heading. Without a value, `note` says why."""

    design: str
    value: float | None
    text: str
    note: str | None = None
    points: tuple[float, ...] = ()
    is_hollow: bool = False


@dataclass(frozen=True)
class Group:
    """A heading and its rows."""

    heading: str
    rows: tuple[Row, ...]

    def height(self) -> float:
        return ROW * len(self.rows)


def panels(canvas, layout: Layout, groups: list[Group], label: str):
    """Yields (axis, group): each group has an axis of its own; the last one carries the label."""
    heights = [HEADING + group.height() + TICKS for group in groups]
    total = sum(heights) + LABEL
    canvas.set_size_inches(layout.width, total)
    top = total
    for group, height in zip(groups, heights):
        bottom = top - HEADING - group.height()
        axis = _add_axis(canvas, layout, groups, bottom, group.height())
        _name_rows(axis, layout, group, 0)
        _set_heading(axis, layout, group, -0.5)
        axis.set_ylim(len(group.rows) - 0.5, -0.5)
        if group is groups[-1]:
            axis.set_xlabel(label)
        yield axis, group
        top -= height


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


def draw_row(axis, row: Row, place: float, look: Look, origin: float) -> None:
    """A line from the origin to the value, its marker, the single measurements, and the number:
    beside the marker, or in a column at the right edge if there are measurements to be seen."""
    if row.value is None:
        letters = int(axis.get_window_extent().width / axis.figure.dpi / LETTER)
        note = textwrap.shorten(row.note or "", letters, placeholder=" …")
        axis.annotate(
            note, (0, place), (4, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", color=MUTED, fontsize=8.5, style="italic",
        )  # fmt: skip
        return
    axis.plot([origin, row.value], [place, place], color=look.colour, lw=1.6, alpha=0.7, zorder=2)
    if row.points:
        at = [place] * len(row.points)
        axis.plot(row.points, at, ls="", marker="|", ms=7, mew=1, color=MUTED, alpha=0.8, zorder=3)
    marker = {"marker": look.marker, "ms": 6.5, "mfc": look.colour, "mec": INK, "mew": 0.7}
    if row.is_hollow:
        marker |= {"mfc": PAPER, "mec": look.colour, "mew": 1.5}
    axis.plot([row.value], [place], ls="", clip_on=False, zorder=4, **marker)
    text = {"va": "center", "fontsize": 8.5, "annotation_clip": False}
    if row.points:  # behind the farthest repetition it would seem to be that one's
        axis.annotate(row.text, (1, place), xycoords=("axes fraction", "data"), ha="right", **text)
    else:
        end = (max(origin, row.value), place)
        axis.annotate(row.text, end, (7, 0), textcoords="offset points", **text)


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
