"""Quick and able to serve: the slowest call in a thousand against the runs that are served."""

import math

from matplotlib.ticker import FixedLocator, NullLocator

from reports import latencies, runs_served, wording
from reports.figures import latency_tail, panels, style
from reports.figures.metadata import bytes_per_frame

KEY = "pareto"
SOURCES = ("latency.json", "contiguous.json")
TOPIC = "who is quick at the tail and serves long runs at once"
COMMAND = "./assay bench"
LEAST_AREA, AREA = 36, 14  # square points: of a marker without metadata, and per byte per frame


def make(subject) -> style.Figure | None:
    """None, unless a design has both."""
    points = points_of(subject)
    if not points:
        return None
    best = undominated(points)

    def draw(canvas, layout):
        frame = panels.Frame(height=2.6, heading=0.12, left=0.56, below=0.5)
        axis = panels.grid(canvas, layout, [""], frame, bottom=0.0)[0]
        draw_points(axis, layout, subject, points, best)

    title = state_finding(points, best)
    workload = latencies.main_workload(subject.results)
    sizes = bytes_per_frame(subject.results)
    return style.Figure(
        KEY,
        title,
        f"Across: the time that one allocate(1) in a thousand exceeds under {workload} (log; "
        "further left is better). Up: the share of requests of all lengths that is served at "
        f"{runs_served.OCCUPANCY:.0%} occupancy (higher is better). ".replace("%", "\u00a0%")
        + ("A marker's area grows with metadata per frame. " if sizes else "")
        + "The line joins designs that no other beats in both. n: see the two figures that it is "
        "made from.",
        " and ".join(SOURCES),
        style.render(KEY, title, draw),
    )


def points_of(subject) -> dict[str, tuple[float, float]]:
    """By design: ns at p99.9 of allocate(1), and the share served at 90 %."""
    workload = latencies.main_workload(subject.results)
    if workload is None:
        return {}
    calls = latencies.by_design(subject.results, workload, latencies.ONE)
    success = runs_served.success_by_design(subject.results)
    return {
        design: (calls[design]["p999_ns"], success[design])
        for design in subject.sort(success)
        if design in calls and calls[design]["p999_ns"]
    }


def undominated(points: dict[str, tuple[float, float]]) -> list[str]:
    """Those that no other equals or beats in both and beats in one, from the quickest on."""

    def beats(a, b):
        return a[0] <= b[0] and a[1] >= b[1] and a != b

    best = [d for d in points if not any(beats(points[o], points[d]) for o in points)]
    return sorted(best, key=lambda design: points[design])


def draw_points(axis, layout, subject, points: dict, best: list[str]) -> None:
    """A marker per design with its name, and the border line."""
    sizes = bytes_per_frame(subject.results)
    xs = [x for x, _ in points.values()]
    axis.set_xscale("log")
    room = max((max(xs) / min(xs)) ** 0.14, 1.3)
    axis.set_xlim(min(xs) / room, max(xs) * room)
    ys = [y * 100 for _, y in points.values()]
    low, high = min(ys), max(ys)
    spread = max(high - low, 4)
    axis.set_ylim(max(low - spread * 0.2, -4), min(high + spread * 0.25, 104))
    axis.plot(*zip(*[(points[d][0], points[d][1] * 100) for d in best]), color=style.MUTED, lw=1)
    below = names_below(points, axis.get_xlim(), axis.get_ylim())
    for design, (x, y) in points.items():
        look = subject.looks[design]
        width = math.sqrt(LEAST_AREA + AREA * sizes.get(design, 0))
        marker = {"marker": look.marker, "ms": width, "mfc": look.colour, "mec": style.INK}
        axis.plot([x], [y * 100], ls="", mew=0.8, zorder=4, clip_on=False, **marker)
        weight = "bold" if design in best else "normal"
        is_below = design in below
        shift = (width / 2 + 4) * (-1 if is_below else 1)
        axis.annotate(
            panels.shortened(design, 18), (x, y * 100), (0, shift), ha="center",
            va="top" if is_below else "bottom", textcoords="offset points",
            weight=weight, annotation_clip=False,
        )  # fmt: skip
    is_close = max(xs) / min(xs) < 20 and layout is style.WIDE
    steps = (1, 1.5, 2, 3, 5, 7) if is_close else (1, 2, 5)
    ticks = [step * 10.0**power for power in range(0, 10) for step in steps]
    axis.xaxis.set_major_locator(
        FixedLocator([t for t in ticks if min(xs) / room <= t <= max(xs) * room])
    )
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: latency_tail.short_time(value))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g} %" if value <= 100 else "")
    axis.set_xlabel("p99.9 of allocate(1) (log)", labelpad=2)


def names_below(points: dict, across: tuple, up: tuple) -> set[str]:
    """Whose name stands below its marker, since a neighbour's stands above."""
    width = math.log(across[1] / across[0])
    places = {
        design: (math.log(x) / width, y * 100 / (up[1] - up[0]))
        for design, (x, y) in points.items()
    }
    below: set[str] = set()
    for design in sorted(places, key=places.get):
        x, y = places[design]
        for other in sorted(places, key=places.get):
            is_before = places[other] < (x, y) and other not in below
            if is_before and abs(places[other][0] - x) < 0.22 and abs(places[other][1] - y) < 0.12:
                below.add(design)
    return below


def state_finding(points: dict, best: list[str]) -> str:
    """Whom nobody beats in both."""
    if len(points) == 1:
        return f"Tail and served runs of {best[0]}, the only design with both"
    if len(best) == 1:
        return f"{best[0]} is best in both: the tail of allocate(1) and the runs that it serves"
    if len(best) == len(points):
        return "Every design trades the tail of allocate(1) for the runs that it serves"
    return f"Between a short tail and served runs, nobody beats {wording.listed(best)} in both"
