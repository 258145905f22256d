"""Where in the arena the used frames lie, over the operations: a raster per design."""

import numpy
from matplotlib.colors import LinearSegmentedColormap

from reports import setting, wording
from reports.figures import panels, style

KEY = "occupancy-heatmap"
SOURCES = ("timeline.json",)
TOPIC = "where in the arena the used frames lie, over time"
COMMAND = "./assay bench"
FRAME = panels.Frame(height=1.15, heading=0.3, left=0.52, below=0.28)
# One hue, evenly darker; as light at its ends as paper and ink are, so that it prints in grey.
SHADES = LinearSegmentedColormap.from_list(
    "used", ["#f4f8fc", "#a9cbe8", "#5795c9", "#1f5f9e", "#0b2a4f"]
)


def make(subject) -> style.Figure | None:
    """None, if it was not recorded."""
    timeline = subject.results.timeline
    entries = [e for e in (timeline["entries"] if timeline else []) if e["heatmap"]["used"]]
    workloads = setting.pick([entry["workload"] for entry in entries])
    shown = [
        entry
        for workload in workloads
        for design in subject.order
        for entry in entries
        if (entry["workload"], entry["design"]) == (workload, design)
    ]
    if not shown:
        return None

    def draw(canvas, layout):
        # Column by workload, where there are two of them and room for both.
        keys = shown
        if layout is not style.NARROW and len(workloads) == 2:
            keys = sorted(
                shown,
                key=lambda e: (subject.order.index(e["design"]), e["workload"] != workloads[0]),
            )
        headings = [f"{entry['design']}, {entry['workload']}" for entry in keys]
        axes = panels.grid(canvas, layout, headings, FRAME, bottom=0.72)
        for axis, entry in zip(axes, keys):
            draw_raster(axis, entry)
        draw_bar(canvas, layout)

    title = state_finding(subject, workloads[0], shown)
    return style.Figure(
        KEY,
        title,
        caption(subject.results, workloads, shown),
        SOURCES[0],
        style.render(KEY, title, draw),
    )


def draw_raster(axis, entry: dict) -> None:
    """Time to the right, frame numbers upwards."""
    used = [
        [numpy.nan if share is None else share for share in column]
        for column in entry["heatmap"]["used"]
    ]
    reach = (0, entry["operations"], 0, entry["frames"])
    picture = {"extent": reach, "origin": "lower", "aspect": "auto", "interpolation": "none"}
    axis.imshow(numpy.array(used).T, cmap=SHADES, vmin=0, vmax=1, **picture)
    axis.axvline(entry["first_measured"], color=style.MISSED, lw=1, ls=(0, (3, 2)))
    axis.grid(False)
    axis.set_yticks([0, entry["frames"]], ["0", f"{entry['frames']:,}"])
    panels.set_operations(axis)
    axis.tick_params(axis="both", labelsize=8)


def draw_bar(canvas, layout) -> None:
    """The one scale of all panels, below them."""
    canvas.text(
        0.5, 0.56 / canvas.get_size_inches()[1], "operations", ha="center", color=style.MUTED
    )
    axis = panels.add_axis(canvas, layout.width * 0.3, 0.34, layout.width * 0.4, 0.12)
    axis.imshow([numpy.linspace(0, 1, 64)], cmap=SHADES, aspect="auto", extent=(0, 100, 0, 1))
    axis.grid(False)
    axis.set_yticks([])
    axis.set_xticks([0, 50, 100], ["0 %", "50 %", "100 % used"], fontsize=8)


def touched_share(entry: dict) -> float:
    """The share of the rows in which ever a frame was used."""
    rows = list(zip(*entry["heatmap"]["used"]))
    return sum(any(row) for row in rows) / len(rows) if rows else 0.0


def state_finding(subject, workload: str, shown: list[dict]) -> str:
    """How far a design spreads over the arena."""
    shares = {e["design"]: touched_share(e) for e in shown if e["workload"] == workload}
    words = wording.compared(shares, wording.percent)
    return f"Share of the arena ever used under {workload}: {words}"


def caption(results, workloads: list[str], shown: list[dict]) -> str:
    """What a pixel is, and n."""
    heatmap = shown[0]["heatmap"]
    frames = shown[0]["frames"] // max(heatmap["rows"], 1)
    return (
        f"A pixel: the used share of {frames:,} neighbouring frames (low numbers at the bottom) at "
        f"one moment; n = {heatmap['rows']} rows by {heatmap['columns']} moments. Dashed: "
        "the measured operations begin. Even shades are frames in use among free ones; sharp "
        "borders leave long runs free. Reserved frames are white. "
        f"{setting.describe(results, workloads)}"
    )
