"""Lines of designs over something that grows, the same look in all panels."""

from reports.figures import style


def draw_line(axis, xs: list, ys: list, look, *, marks: int | None = None, phase: int = 0) -> None:
    """A line in the design's colour. Where a y is None there is a gap.

    `marks`: how many markers, from the `phase`-th point on; None is one per point. Markers tell
    lines apart in black and white.
    """
    ys = [float("nan") if y is None else y for y in ys]
    every = 1 if marks is None else max(len(xs) // marks, 1)
    marker = {"marker": look.marker, "ms": 4.8, "mfc": look.colour, "mec": style.INK, "mew": 0.6}
    places = list(range(phase * every // 5 % every, len(xs), every))
    axis.plot(xs, ys, color=look.colour, lw=1.5, zorder=3, markevery=places, **marker)
