"""Small multiples: many small panels of one kind, each with a heading, on one canvas.

Places are counted in inches, so that a figure grows with its panels and letters keep their size.
"""

import textwrap
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from reports.figures.style import GRID, NARROW, Layout


@dataclass(frozen=True)
class Frame:
    """The size of a panel in inches, and the room around it."""

    height: float
    heading: float = 0.24
    left: float = 0.5
    below: float = 0.3
    right: float = 0.14


def grid(
    canvas,
    layout: Layout,
    headings: list[str],
    frame: Frame,
    bottom: float,
    columns: int | None = None,
    places: list[tuple[int, int]] | None = None,
):
    """The axes of a panel per heading: on a wide page in `columns` (default: up to two, as there
    are panels), else in one.

    `bottom`: inches below everything, for a label. `places`: (line, column) of each, where not all
    of a matrix are there.
    """
    columns = 1 if layout is NARROW else columns or min(2, len(headings))
    places = places or [divmod(at, columns) for at in range(len(headings))]
    columns = max(columns, *(1 + column for _, column in places))
    lines = 1 + max(line for line, _ in places)
    step = frame.heading + frame.height + frame.below
    total, width = lines * step + bottom, layout.width / columns
    canvas.set_size_inches(layout.width, total)
    axes = []
    for (line, column), heading in zip(places, headings):
        x = column * width + frame.left
        y = total - line * step - frame.heading - frame.height
        inner = width - frame.left - frame.right
        axis = add_axis(canvas, x, y, inner, frame.height)
        set_heading(axis, heading, layout.letters // columns, -frame.left)
        axes.append(axis)
    return axes


def matrix(keys: list[tuple]) -> list[tuple[int, int]]:
    """(line, column) for keys of two parts: a line per first part, a column per second."""
    lines = list(dict.fromkeys(first for first, _ in keys))
    columns = list(dict.fromkeys(second for _, second in keys))
    return [(lines.index(first), columns.index(second)) for first, second in keys]


def add_axis(canvas, x: float, y: float, width: float, height: float):
    """Axes at a place in inches, with light lines across and nothing else."""
    whole, total = canvas.get_size_inches()
    axis = canvas.add_axes((x / whole, y / total, width / whole, height / total))
    axis.grid(axis="y", color=GRID)
    axis.tick_params(axis="both", length=0)
    for side in ("left", "right", "top"):
        axis.spines[side].set_visible(False)
    return axis


def set_operations(axis) -> None:
    """Numbers of operations below a panel: 0, 50 k, 1.5 M."""
    axis.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 5, 10)))
    axis.xaxis.set_major_formatter(lambda value, _: short_count(value))


def short_count(value: float) -> str:
    """A round number in little room."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"


def shortened(name: str, letters: int) -> str:
    """A name that fits."""
    return name if len(name) <= letters else f"{name[: letters - 1]}…"


def set_heading(axis, text: str, letters: int, shift: float) -> None:
    """Above the panel, `shift` inches to the right of its left border."""
    axis.annotate(
        textwrap.shorten(text, letters, placeholder=" …"),
        (0, 1), (shift * 72, 7), xycoords="axes fraction", textcoords="offset points",
        weight="bold", va="bottom", annotation_clip=False,
    )  # fmt: skip
