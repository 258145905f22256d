"""The tail of the latencies: which share of the calls took longer, a panel per kind of call."""

from matplotlib.ticker import FixedLocator, NullLocator

from reports import latencies, setting, wording
from reports.figures import panels, style

KEY = "latency-tail"
SOURCES = ("latency.json",)
TOPIC = "how long the slowest calls take"
COMMAND = "./assay bench"
FRAME = panels.Frame(height=1.6, left=0.5, below=0.48)
SHARES = {0.5: "p50", 0.1: "p90", 0.01: "p99", 1e-3: "p99.9", 1e-4: "p99.99",
          1e-5: "10⁻⁵", 1e-6: "10⁻⁶", 1e-7: "10⁻⁷"}  # fmt: skip


def make(subject) -> style.Figure | None:
    """None, if it was not measured."""
    results = subject.results
    workloads = latencies.workloads_of(results)
    kinds = [
        (call, workload)
        for call in latencies.CALLS
        for workload in workloads
        if latencies.by_design(results, workload, call)
    ]
    if not kinds:
        return None
    found = {kind: latencies.by_design(results, kind[1], kind[0]) for kind in kinds}
    every = [call for calls in found.values() for call in calls.values()]
    reach = reach_of(every, results.latency["timer"]["floor_ns"])

    def draw(canvas, layout):
        headings = [f"{latencies.CALLS[call]}, {workload}" for call, workload in kinds]
        places = panels.matrix(kinds) if layout is style.WIDE else None
        axes = panels.grid(canvas, layout, headings, FRAME, bottom=0.0, places=places)
        for axis, kind in zip(axes, kinds):
            set_axes(axis, *reach)
            axis.axvspan(reach[0], results.latency["timer"]["floor_ns"], color=style.BAND, lw=0)
            for design in subject.sort(found[kind]):
                draw_tail(axis, found[kind][design], subject.looks[design])

    title = state_finding(subject)
    designs = subject.sort({design for calls in found.values() for design in calls})
    return style.Figure(
        KEY,
        title,
        caption(results, workloads, every),
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(designs),
        marks=(("band", "faster than the timer can tell"),),
        table=make_table(subject, workloads),
    )


def reach_of(calls: list[dict], floor: float) -> tuple[float, float, float]:
    """The shortest and the longest time, and the smallest share, of all panels."""
    points = [point for call in calls for point in latencies.slower(call)]
    shortest = min(min(x for x, _ in points), floor or 1) / 1.25
    return max(shortest, 0.1), max(x for x, _ in points) * 1.4, min(y for _, y in points) / 1.8


def set_axes(axis, shortest: float, longest: float, least: float) -> None:
    """Both logarithmic, alike in all panels."""
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(shortest, longest)
    axis.set_ylim(least, 1.3)
    axis.set_yticks([share for share in SHARES if share >= least])
    axis.yaxis.set_major_formatter(lambda value, _: SHARES.get(value, ""))
    axis.tick_params(axis="y", labelsize=8)
    axis.yaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_locator(FixedLocator([10.0**power for power in range(0, 11)]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: short_time(value))
    axis.set_xlabel("a call takes longer than (log)", labelpad=2)


def short_time(value: float) -> str:
    """1 ns, 10 µs, 100 ms."""
    for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if value >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g} ns"


def draw_tail(axis, call: dict, look) -> None:
    """The line, a mark at each quantile of the table, and a larger one at the slowest call."""
    points = latencies.slower(call)
    axis.plot(*zip(*points), color=look.colour, lw=1.5, zorder=3, drawstyle="steps-post")
    marker = {"marker": look.marker, "mfc": look.colour, "mec": style.INK, "ls": "", "zorder": 4}
    least = points[-1][1]
    at = {call[name]: share for name, share in latencies.QUANTILES.items() if share >= least}
    marks = [(ns, share) for ns, share in at.items() if ns is not None]
    if marks:
        axis.plot(*zip(*marks), ms=4, mew=0.5, **marker)
    axis.plot(*zip(points[-1]), ms=6.5, mew=0.9, clip_on=False, **marker)


def state_finding(subject) -> str:
    """What one request in a thousand takes."""
    workload = latencies.main_workload(subject.results)
    if workload is None:
        return "How long the slowest calls take"
    calls = latencies.by_design(subject.results, workload, latencies.ONE)
    values = {d: calls[d]["p999_ns"] for d in subject.sort(calls)}
    values = {design: value for design, value in values.items() if value is not None}
    if not values:
        return "How long the slowest calls take"
    words = wording.compared(values, wording.nanoseconds)
    return f"One allocate(1) in a thousand takes longer than {words} ({workload})"


def make_table(subject, workloads: list[str]) -> style.Table:
    """The quantiles, and how to see the slowest call of each design."""
    rows = []
    for call, name in latencies.CALLS.items():
        for workload in workloads:
            found = latencies.by_design(subject.results, workload, call)
            for design in subject.sort(found):
                rows.append(make_row(subject, design, workload, name, found[design]))
    heads = ("Design", "Call", "Workload", "Calls", "p50", "p99", "p99.9", "max", "max is")
    heads += ("Costliest", "To see the costliest")
    kinds = ("design", "text", "text", *["num"] * 5, "text", "num", "code")
    return style.Table(heads, kinds, tuple(rows), TABLE_CAPTION)


TABLE_CAPTION = (
    "All passes perform the same calls. Where that of max took less than half as long in another "
    "pass, the machine was slow and not the design: noise; else work. The costliest call is the "
    "one whose fastest pass is the longest: what is left when noise is gone. A context switch near "
    "the call is said, where one was seen."
)


def make_row(subject, design: str, workload: str, name: str, call: dict) -> tuple[str, ...]:
    """A design's quantiles, and its slowest call."""
    times = [call[key] for key in ("p50_ns", "p99_ns", "p999_ns", "max_ns")]
    shown = [wording.nanoseconds(each) for each in times]
    worst = max(call["worst"], key=lambda each: each["ns"], default=None)
    costliest = latencies.costliest(call)
    head = (design, name, workload, wording.count(call["count"]), *shown, describe_worst(worst))
    if costliest is None:
        return (*head, wording.ABSENT, wording.ABSENT)
    entry = subject.results.entry(subject.results.latency, design, workload)
    run_name = subject.run_of("latency")
    command = latencies.replay_command(run_name, entry, costliest["operation"])
    return (*head, wording.nanoseconds(costliest["again_ns"]), command)


def describe_worst(worst: dict | None) -> str:
    """Noise or work, and whether a context switch was seen."""
    if worst is None:
        return wording.ABSENT
    noise = latencies.is_noise(worst)
    kind = "not repeated" if noise is None else "noise" if noise else "work"
    return kind + (", context switch" if worst["disturbed"] else "")


def caption(results, workloads: list[str], calls: list[dict]) -> str:
    """What is timed and how often."""
    timer, passes = results.latency["timer"], results.latency.get("passes")
    counts = [call["count"] for call in calls]
    clock = {"tsc": "the processor's time-stamp counter", "steady_clock": "the system's clock"}
    return (
        "A point says which share of the calls took longer, both axes logarithmic and alike in all "
        "panels: the further left and the lower, the better. Marks: p50, p90, p99, p99.9; at the "
        f"end the slowest call, which is never dropped. n = {wording.span(counts)} "
        f"calls per line{f' of {passes} passes' if passes else ''}. Timed by "
        f"{clock.get(timer['clock'], timer['clock'])}, which itself takes {timer['floor_ns']:.3g} "
        f"ns (shaded) and is not subtracted. {setting.describe(results, workloads)}"
    )
