"""Horizontal bars of bytes, stacked by what they are: a row per design, from 0."""

from matplotlib.ticker import MaxNLocator

from reports.figures import panels, style

ROW = 0.3
LETTER = 0.072
MAX_NAME = 18
SHADES = (1.0, 0.6, 0.25)  # of the parts, from left to right


def draw(canvas, layout, rows: list[tuple[str, tuple[float, ...], str]], looks: dict, label: str):
    """`rows`: the design, the parts of its bar, and the number behind it."""
    height = ROW * len(rows)
    names = [panels.shortened(name, MAX_NAME) for name, _, _ in rows]
    left = 0.14 + LETTER * max(map(len, names))
    room = LETTER * max(len(text) for _, _, text in rows) + 0.16
    canvas.set_size_inches(layout.width, height + 0.46)
    inner = layout.width - left - 0.14
    axis = panels.add_axis(canvas, left, 0.4, inner, height)
    axis.grid(False)
    axis.grid(axis="x", color=style.GRID)
    most = max(sum(parts) for _, parts, _ in rows) or 1
    for at, (name, parts, text) in enumerate(rows):
        start = 0.0
        for part, shade in zip(parts, SHADES):
            fill = {"color": looks[name].colour, "alpha": shade, "lw": 0}
            axis.barh(at, part, left=start, height=0.62, **fill)
            start += part
        axis.annotate(text, (start, at), (5, 0), textcoords="offset points", va="center")
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlim(0, most * inner / max(inner - room, 0.5))
    axis.set_yticks(range(len(rows)), names)
    axis.xaxis.set_major_locator(
        MaxNLocator(4 if layout is style.NARROW else 8, steps=(1, 2, 5, 10))
    )
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.9g}")
    axis.set_xlabel(label, labelpad=2)
