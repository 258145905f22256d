"""How many instructions single calls take in the booted kernel, the dearest of them too."""

from reports import latencies, wording
from reports.figures import strips, style

KEY = "instructions-in-kernel"
SOURCES = ("kernel-costs.json",)
TOPIC = "how many instructions the dearest calls take in the booted kernel"
COMMAND = "./assay boot --costs"
LABEL = "instructions of one call (log)"
CALLS = latencies.CALLS
WORKLOADS = ("trace_pgbench", "mixed_90", "orders_90", "lifetimes")  # drawn; the table has all
MOST_ROWS = 16  # where none of these was counted
FAILING = ("fail_full", "fail_checkerboard", "fail_512")
SHORT = {"allocate_one": "1 frame", "allocate_run": "run", "allocate_failed": "failed"}
HEADS = ("Design", "Call", "Workload", "Calls", "Mean", "p50", "p99", "p99.9", "max", "max at")


def make(subject) -> style.Figure | None:
    """None, if nothing was counted."""
    document = subject.results.kernel_costs
    counted = by_kind(document) if document else {}
    if not counted:
        return None
    drawn = [kind for kind in counted if is_drawn(*kind)] or list(counted)[:MOST_ROWS]
    rows = [strips.Row(name_of(*kind), marks_of(subject, counted[kind])) for kind in drawn]

    def draw(canvas, layout):
        strips.draw(canvas, layout, rows, subject.looks, LABEL, is_log=True)

    title = state_finding(counted)
    return style.Figure(
        KEY,
        title,
        "Mark: what 999 of 1,000 calls do not exceed; line: from the median to the dearest call. "
        "i686, -O2, in the booted kernel, counted exactly: the same in every run, with no "
        "scheduler and no other load in it (n = 1: it does not scatter). An empty call is left "
        "out. An instruction is not a cycle: no cache and no TLB are in it. Lower is better. "
        f"Compiler: {document['kernel_compiler']}. Arenas of {document['frames']:,} frames, that "
        "of a trace its own.",
        SOURCES[0],
        style.render(KEY, title, draw),
        designs=tuple(subject.sort({each["design"] for each in document["cells"]})),
        table=make_table(subject, counted),
    )


def by_kind(document: dict) -> dict[tuple[str, str], dict[str, dict]]:
    """(call, workload) → design → its figures; calls in the order of CALLS, workloads as listed."""
    names = [workload["name"] for workload in document["workloads"]]
    found = {(call, workload): {} for call in CALLS for workload in names}
    for cell in document["cells"]:
        for call in cell["calls"]:
            found[call["call"], cell["workload"]][cell["design"]] = call
    return {kind: designs for kind, designs in found.items() if designs}


def is_drawn(call: str, workload: str) -> bool:
    return workload in WORKLOADS or call == "allocate_failed" and workload in FAILING


def name_of(call: str, workload: str) -> str:
    """What a row is called: there is little room."""
    return workload if workload in FAILING else f"{SHORT.get(call, call)}: {workload}"


def marks_of(subject, calls: dict[str, dict]) -> tuple[strips.Mark, ...]:
    """A log axis has no 0."""
    return tuple(
        strips.Mark(design, *(max(calls[design][key], 1) for key in ("p99_9", "p50", "max")))
        for design in subject.sort(calls)
    )


def state_finding(counted: dict) -> str:
    """The dearest allocate(1) of the trace, or of what else was counted."""
    kind = next((k for k in counted if k == ("allocate_one", WORKLOADS[0])), next(iter(counted)))
    dearest = {design: call["max"] for design, call in counted[kind].items()}
    words = wording.compared(dearest, lambda n: f"{n:,} instructions")
    return f"The dearest {CALLS[kind[0]]} in the kernel takes {words} ({kind[1]})"


def make_table(subject, counted: dict) -> style.Table:
    """Every workload and call."""
    rows = tuple(
        (
            design,
            CALLS[call],
            workload,
            wording.count(each["count"]),
            f"{each['mean']:,.1f}",
            *(wording.count(each[key]) for key in ("p50", "p99", "p99_9", "max", "max_at")),
        )
        for (call, workload), designs in counted.items()
        for design, each in ((design, designs[design]) for design in subject.sort(designs))
    )
    kinds = ("design", "text", "text", *["num"] * 7)
    caption = "Instructions. max at: the first operation of the workload that cost so much."
    return style.Table(HEADS, kinds, rows, caption)
