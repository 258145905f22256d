"""The view `./assay bench --table`: what designs cost as a multiple of what the reference does.

The reference is a stack of frame numbers, called through a function as the designs are. It takes
turns with each design, pass by pass; the ratios are formed there, and medians are shown.
"""

from cli import table
from reports import wording

FRAMES = 262_144
PAIR = "single_pair"
LONGEST = 512  # frames: order 9

# Column heads and workloads. Of single frames the stack does the same; else it does pairs.
SINGLE = {
    "pair": PAIR,
    "fill": "fill",
    "free random": "free_random",
    "churn 50 %": "churn_50",
    "churn 90 %": "churn_90",
    "churn 99 %": "churn_99",
}
ORDERS = {"orders 0–9": "orders_90"}
FAILING = {"full": "fail_full", "checkerboard": "fail_checkerboard", "512 frames": "fail_512"}
WORKLOADS = [*SINGLE.values(), *ORDERS.values(), *FAILING.values()]


def summarize(result: dict) -> str:
    """Two tables: single frames, and what the stack cannot do, in pairs of the stack."""
    cells = {(cell["design"], cell["workload"]): cell for cell in result["cells"]}
    references = {(cell["design"], cell["workload"]): cell for cell in result["references"]}
    designs = list(dict.fromkeys(design for design, _ in cells))
    stacks = list(dict.fromkeys(design for design, _ in references))
    measured = {workload for _, workload in (*cells, *references)}
    parts = []
    if heads := [head for head in SINGLE if SINGLE[head] in measured]:
        rows = [["design", *heads]]
        for name in [*designs, *stacks]:
            found = [(cells | references).get((name, SINGLE[head])) for head in heads]
            rows.append([name, *(describe(cell) for cell in found)])
        parts += [table.render(rows), "time ÷ the stack's on the same workload", ""]
    rows = [["design", *pair_heads(measured), "bytes/frame"]]
    for name in designs:
        rows.append([name, *pair_columns(cells, name, measured), bytes_per_frame(cells, name)])
    parts += [table.render(rows), *pair_legend(measured), ""]
    return "\n".join([*parts, describe_run(result)])


def pair_heads(measured: set[str]) -> list[str]:
    """The columns of the second table that there are results for."""
    orders = [head for head in ORDERS if ORDERS[head] in measured]
    failing = [head for head in FAILING if FAILING[head] in measured]
    return [*orders, *(["order 9 failed"] if orders else []), *failing]


def pair_columns(cells: dict, name: str, measured: set[str]) -> list[str]:
    """A design's row of the second table, without its memory."""
    columns = []
    if ORDERS["orders 0–9"] in measured:
        cell = cells.get((name, ORDERS["orders 0–9"]))
        columns += [describe(cell), failed_share(cell, LONGEST)]
    failing = [workload for workload in FAILING.values() if workload in measured]
    return columns + [describe(cells.get((name, workload))) for workload in failing]


def pair_legend(measured: set[str]) -> list[str]:
    """What the second table shows, column by column."""
    lines = []
    if ORDERS["orders 0–9"] in measured:
        lines.append("orders 0–9: an allocate and a free at 90 % occupancy ÷ the stack's pair")
    failing = [head for head in FAILING if FAILING[head] in measured]
    if failing:
        lines.append(f"{', '.join(failing)}: a request that must fail ÷ the stack's pair")
    return lines


def describe(cell: dict | None) -> str:
    """The median ratio and how much it scatters, as a share of it."""
    if cell is None or cell["ratio"] is None:
        return wording.ABSENT
    return f"{wording.significant(cell['ratio'])} ±{cell['ratio_mad'] / cell['ratio']:.0%}"


def failed_share(cell: dict | None, frames: int) -> str:
    """The share of the requests for so many frames that failed."""
    rows = cell["requests"] if cell else []
    row = next((row for row in rows if row["frames"] == frames), None)
    return wording.percent(row["failed"] / row["requests"]) if row else wording.ABSENT


def bytes_per_frame(cells: dict, name: str) -> str:
    """Metadata, in the largest arena that was measured."""
    own = [cell for (design, _), cell in cells.items() if design == name]
    if not own:
        return wording.ABSENT
    largest = max(own, key=lambda cell: cell["frames"])
    return f"{largest['metadata_bytes'] / largest['frames']:.3f}"


def describe_run(result: dict) -> str:
    """How the figures came about, and what has none."""
    sizes = sorted({workload["frames"] for workload in result["workloads"]})
    frames = " and ".join(f"{size:,}" for size in sizes)
    lines = [
        f"{frames} frames; medians of {result['repetitions']} repetitions ± their median deviation"
    ]
    lines += [
        f"{cell['design']} on {cell['workload']}: {cell['oracle']}"
        for cell in result["cells"]
        if cell["oracle"] != "pass"
    ]
    return "\n".join([*lines, *foreign_notes(result)])


def foreign_notes(result: dict) -> list[str]:
    """Which way the figures of plug-ins lean, and what they were not measured on, a line each."""
    foreign = dict.fromkeys(cell["design"] for cell in result["cells"] if cell.get("foreign"))
    lines = []
    if foreign:
        lines.append(
            f"{', '.join(foreign)}: called through a table of functions, the adapter's, which "
            "designs are not: this leans against them by about a nanosecond"
        )
    left_out = {}
    for each in result.get("left_out", []):
        key = (each["design"], each["reason"])
        left_out.setdefault(key, {})[each["workload"]] = True
    return lines + [
        f"{design} is left out of {', '.join(workloads)}: {reason}"
        for (design, reason), workloads in left_out.items()
    ]
