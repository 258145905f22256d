"""How every figure is drawn: sizes, axes, colours, and SVG that fits into the page.

Axis policy: a linear axis starts at 0, but that of coverage, whose question is whether it grows.
Ratios stand on a log axis with a heavy line at 1, and the axis is centred on it as soon as data lie
on both sides. Panels with scales of their own say so.
Each figure is drawn twice, for wide pages and for phones; the page shows the one that fits. Text
and axes take the page's colours (CSS variables), so that a figure follows light and dark mode and
stays legible on white where it is used alone.
"""

import io
import re
import warnings
from dataclasses import dataclass
from xml.etree import ElementTree

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator


@dataclass(frozen=True)
class Layout:
    """A size: inches wide, and how many letters of a heading fit."""

    name: str
    width: float
    letters: int


WIDE = Layout("wide", 9.0, 124)
NARROW = Layout("narrow", 3.6, 46)

# Stand-ins that become the page's colours.
INK, MUTED, GRID, PAPER = "#101112", "#606162", "#d0d1d2", "#f0f1f2"
SERVED, LACKING, MISSED, BAND = "#b0c1d2", "#8a8b8c", "#d35e01", "#e1e2e3"
VARIABLES = {
    INK: "var(--ink, #1b1f24)",
    MUTED: "var(--muted, #5b636d)",
    GRID: "var(--line, #d9dde2)",
    PAPER: "var(--paper, #ffffff)",
    SERVED: "var(--served, #cfe6f5)",
    LACKING: "var(--lacking, #a9b0b8)",
    MISSED: "var(--missed, #d55e00)",
    BAND: "var(--band, #eceef1)",
}

# A hundredth of a point cannot be seen, and pages are half as long without the digits behind it.
GEOMETRY = {"d", "x", "y", "width", "height", "transform"}
ROUNDED = re.compile(r"(\.\d\d)\d+")

SETTINGS = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's font
    "text.parse_math": False,  # a $ in a name is a $
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "figure.facecolor": "none",
}


@dataclass(frozen=True)
class Table:
    """What stands below a figure in numbers."""

    heads: tuple[str, ...]
    kinds: tuple[str, ...]  # of each column: design, text, num or code
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    best: frozenset[tuple[int, int]] = frozenset()  # row and column of what is the best of its kind


@dataclass(frozen=True)
class Figure:
    """A figure on the page. The title states the finding, the caption units and n."""

    key: str
    title: str
    caption: str
    source: str
    svgs: dict[str, str]  # by the layout's name
    designs: tuple[str, ...] = ()  # for the legend
    marks: tuple[tuple[str, str], ...] = ()  # for the legend: a class of the style sheet, a text
    table: Table | None = None


def render(key: str, title: str, draw) -> dict[str, str]:
    """Draws both layouts: `draw(canvas, layout)` fills the canvas and sets its height."""
    svgs = {}
    for layout in (WIDE, NARROW):
        salt = f"{key}-{layout.name}"  # the same input gives the same SVG
        settings = {**SETTINGS, "svg.hashsalt": salt}
        with matplotlib.rc_context(settings):
            canvas = Canvas(figsize=(layout.width, 3))
            FigureCanvasSVG(canvas)
            draw(canvas, layout)
            output = io.StringIO()
            with warnings.catch_warnings():
                # A letter that the font here lacks, the reader's font may have.
                warnings.filterwarnings("ignore", "Glyph .* missing")
                canvas.savefig(output, format="svg", transparent=True)
        svgs[layout.name] = _fit_into_page(output.getvalue(), f"{key}-{layout.name}", title)
    return svgs


def set_linear_ticks(axis, layout: Layout) -> None:
    """Round numbers, as many as fit."""
    axis.xaxis.set_major_locator(MaxNLocator(5 if layout is NARROW else 9, steps=(1, 2, 5, 10)))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")


def _fit_into_page(svg: str, prefix: str, title: str) -> str:
    """Takes off what only a file needs, and makes ids unique in the page."""
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.split("}")[-1] in ("metadata", "style"):
                parent.remove(child)
    text = ElementTree.tostring(root, encoding="unicode")
    referenced = set(re.findall(r"#([\w.-]+)", text))
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
        element.text, element.tail = _trim(element.text), _trim(element.tail)
        attributes = {name.split("}")[-1]: value for name, value in element.attrib.items()}
        element.attrib.clear()
        for name, value in attributes.items():
            if name != "id":
                value = ROUNDED.sub(r"\1", value) if name in GEOMETRY else value
                element.set(name, _adapt(value, prefix))
            elif value in referenced:
                element.set("id", f"{prefix}-{value}")
    view = root.get("viewBox")
    root.attrib.clear()
    root.attrib |= {"viewBox": view, "role": "img", "aria-label": title}
    return ElementTree.tostring(root, encoding="unicode")


def _adapt(value: str, prefix: str) -> str:
    """An attribute with the page's colours, font and ids."""
    value = re.sub(r"^#(?=m)", f"#{prefix}-", value).replace("url(#", f"url(#{prefix}-")
    value = re.sub(r"font: (?:(\w+) )?([\d.]+)px [^;]+", _font, value)
    for stand_in, variable in VARIABLES.items():
        value = value.replace(stand_in, variable)
    return value


def _font(found: re.Match) -> str:
    weight = f"font-weight: {found[1]}; " if found[1] else ""
    return f"{weight}font-size: {found[2]}px"


def _trim(text: str | None) -> str | None:
    return text if text and text.strip() else None
