"""How the free frames lie, over the operations of a workload: one column of panels per workload."""

import statistics

from matplotlib.ticker import MaxNLocator

from reports import setting, wording
from reports.figures import lines, panels, style

KEY = "fragmentation-over-time"
SOURCES = ("timeline.json",)
TOPIC = "how the free frames fall apart over time"
COMMAND = "./assay bench"
FRAME = panels.Frame(height=1.2, heading=0.3, left=0.5, below=0.28)
HUGE = 512  # frames
PARTS = 75  # of a curve
MEASURES = {
    "largest": "largest free run ÷ free frames",
    "unusable_4": "unusable free, order 4",
    "unusable_9": "unusable free, order 9",
    "huge": "huge frames wholly free",
    "moves": "moves to compact, % of frames",
}


def make(subject) -> style.Figure | None:
    """None, if it was not recorded."""
    timeline = subject.results.timeline
    entries = timeline["entries"] if timeline else []
    workloads = setting.pick(
        [entry["workload"] for entry in entries if entry["samples"]["operation"]]
    )
    if not workloads:
        return None
    shown = {
        (measure, workload): curves_of(subject, workload, measure)
        for measure in MEASURES
        for workload in workloads
    }
    shown = {key: curves for key, curves in shown.items() if curves}

    def draw(canvas, layout):
        # On a phone all measures of a workload follow each other.
        keys = list(shown)
        if layout is style.NARROW:
            keys.sort(key=lambda key: workloads.index(key[1]))
        headings = [f"{MEASURES[measure]}, {workload}" for measure, workload in keys]
        places = panels.matrix(keys) if layout is style.WIDE else None
        axes = panels.grid(canvas, layout, headings, FRAME, bottom=0.2, places=places)
        for axis, key in zip(axes, keys):
            draw_panel(axis, subject, shown, key)
        canvas.text(0.5, 0, "operations", ha="center", va="bottom", color=style.MUTED)

    title = state_finding(subject, workloads[0])
    designs = subject.sort({design for curves in shown.values() for design in curves})
    return style.Figure(
        KEY,
        title,
        caption(subject.results, workloads),
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
        marks=(("band", "set-up"),),
        table=make_table(subject, workloads),
    )


def entries_of(subject, workload: str) -> dict[str, dict]:
    """By design, best first."""
    found = {
        e["design"]: e for e in subject.results.timeline["entries"] if e["workload"] == workload
    }
    return {design: found[design] for design in subject.sort(found)}


def values_of(entry: dict, measure: str) -> list[float | None]:
    """A measure over time, as a share from 0 to 1; None where it is not defined."""
    samples = entry["samples"]
    if measure == "largest":
        pairs = zip(samples["largest_free_run"], samples["free"])
        return [run / free if free else None for run, free in pairs]
    if measure == "huge":
        return samples["free_huge_share"]
    if measure == "moves":
        return [None if m is None else m / entry["usable"] for m in samples["moves"]]
    return samples["unusable"].get(measure.removeprefix("unusable_"), [])


def curves_of(subject, workload: str, measure: str) -> dict[str, list]:
    """By design; without those of which the measure is nowhere defined."""
    curves = {d: values_of(e, measure) for d, e in entries_of(subject, workload).items()}
    return {d: curve for d, curve in curves.items() if any(v is not None for v in curve)}


def draw_panel(axis, subject, shown: dict, key: tuple[str, str]) -> None:
    """The lines; all panels of a measure reach equally far."""
    measure, workload = key
    entries = entries_of(subject, workload)
    for phase, (design, curve) in enumerate(shown[key].items()):
        look = subject.looks[design]
        parts = smoothed(entries[design]["samples"]["operation"], curve)
        at, low, middle, high = (list(each) for each in zip(*parts))
        axis.fill_between(at, low, high, color=look.colour, alpha=0.2, lw=0, zorder=2)
        lines.draw_line(axis, at, middle, look, marks=5, phase=phase)
    begins = max(entries[design]["first_measured"] for design in shown[key])
    axis.axvspan(0, begins, color=style.BAND, lw=0, zorder=0)
    same = [c for (m, _), curves in shown.items() if m == measure for c in curves.values()]
    reach = max((value or 0) for curve in same for value in curve) * 100
    axis.set_ylim(0, max(min(reach * 1.08, 100), 1) if measure in ("huge", "moves") else 100)
    axis.set_xlim(0, max(entries[design]["operations"] for design in shown[key]))
    panels.set_operations(axis)
    axis.yaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    axis.tick_params(axis="both", labelsize=8)


def smoothed(operations: list[int], curve: list[float | None]) -> list[tuple]:
    """(operation, least, median, greatest) in per cent, of each of at most PARTS parts: what goes
    up and down between two operations would hide everything else. Parts without a value are left
    out.
    """
    width = -(-len(curve) // PARTS)
    parts = []
    for start in range(0, len(curve), width):
        found = [value * 100 for value in curve[start : start + width] if value is not None]
        if found:
            at = operations[min(start + width // 2, len(curve) - 1)]
            parts.append((at, min(found), statistics.median(found), max(found)))
    return parts


def last(values: list[float | None]) -> float | None:
    """At the end, or the last time that it was defined."""
    return next((value for value in reversed(values) if value is not None), None)


def final_values(subject, workload: str, measure: str) -> dict[str, float]:
    """By design, at the end of a workload."""
    ends = {d: last(c) for d, c in curves_of(subject, workload, measure).items()}
    return {design: value for design, value in ends.items() if value is not None}


def unusable_at_end_of(results) -> tuple[str | None, dict[str, float]]:
    """The unusable-free index at order 9 behind the last operation, and of which workload."""
    entries = results.timeline["entries"] if results.timeline else []
    for workload in setting.pick([entry["workload"] for entry in entries]):
        ends = {
            e["design"]: last(values_of(e, "unusable_9"))
            for e in entries
            if e["workload"] == workload
        }
        if found := {design: value for design, value in ends.items() if value is not None}:
            return workload, found
    return None, {}


def state_finding(subject, workload: str) -> str:
    """What is left of huge frames."""
    shares = final_values(subject, workload, "huge")
    if not shares:
        return f"How the free frames lie under {workload}"
    words = wording.compared(shares, wording.percent)
    return f"Huge frames wholly free at the end of {workload}: {words}"


def make_table(subject, workloads: list[str]) -> style.Table:
    """Every measure behind the last operation, and the failures up to there."""
    rows = []
    for workload in workloads:
        for design, entry in entries_of(subject, workload).items():
            ends = [last(values_of(entry, measure)) for measure in MEASURES]
            failed = entry["samples"]["failed"]
            numbers = [*map(wording.percent, ends), wording.count(failed[-1] if failed else None)]
            rows.append((design, workload, *numbers))
    heads = ("Design", "Workload", "Largest run ÷ free", "Unusable, order 4", "Unusable, order 9")
    heads += ("Huge frames free", "Moves", "Failed requests")
    kinds = ("design", "text", *["num"] * 6)
    return style.Table(heads, kinds, tuple(rows), "Behind the last operation.")


def caption(results, workloads: list[str]) -> str:
    """What each measure is, and how often it was taken."""
    entries = [e for e in results.timeline["entries"] if e["workload"] in workloads]
    counts = [len(entry["samples"]["operation"]) for entry in entries]
    frames = [entry["frames"] for entry in entries]
    return (
        "Unusable free, order k: the share of the free frames that lies outside of free, aligned "
        f"blocks of 2^k; 0 is good. Huge frames: aligned blocks of {HUGE} frames. Moves: the least "
        "number of frames that would have to be moved until each huge frame is full or empty. "
        "Largest free run and free huge frames: higher is better, the others lower. Line: the "
        f"median of up to {PARTS} spans; band: from the least to the greatest in each. Shaded: "
        f"set-up. n = {wording.span(counts)} moments per line, taken from what was handed "
        f"out, not from the design's own books; {wording.span(frames)} "
        f"frames. {setting.describe(results, workloads)}"
    )
