"""What a choice may be based on: each criterion gives every design a cost, the lower the better.

A criterion is measured in parts of equal weight, such as the workloads of a group. Costs are above
0, so that a design's ratio to the best one is at least 1.
"""

import fnmatch
import math
import statistics
from dataclasses import dataclass

from reports import noise, wording
from reports.results import ORACLE_PASS, Results

# The groups of workloads, by name; a workload belongs to the first one that fits.
GROUPS = {
    "traces": ("trace_*",),
    "failing": ("fail_*",),
    "worst": ("worst_*",),
    "runs": ("mixed_*", "orders_*", "lifetimes*", "ageing*"),
    "single": (
        *("single_pair", "fill", "fill_drain", "free_random", "refill_random", "churn_*"),
        *("allocate_one", "free_one"),
    ),
    "other": ("*",),
}
TIMES = {"time": "time under every workload"} | {
    f"time_{group}": f"time under the workloads of the group '{group}' ({', '.join(patterns)})"
    for group, patterns in GROUPS.items()
}
ALL = TIMES | {
    "failed": "share of requests that failed, where they need not",
    "contiguous": "share of requests for runs of any length that failed at 90 % occupancy",
    "p999": "the slowest kind of call at its 99.9th percentile",
    "worst_call": "the slowest call of all, by the fastest pass of that call",
    "metadata": "bytes of metadata per frame",
    "code": "bytes of i686 code and constants",
    "stack": "bytes of the deepest i686 stack",
}

# Failing every request is as bad as taking ten times as long: a share is a cost from 1 to 10.
WORST_SHARE = 10
LEAST_METADATA = 1 / 8  # bytes per frame: less than a bit for each is no merit any more
LATENCY_FLOOR = 0.1  # rare calls: from run to run they differ more than medians do
OCCUPANCY = 0.9


@dataclass(frozen=True)
class Part:
    """One figure of a criterion: the cost of each eligible design, and what of it is noise."""

    criterion: str
    name: str
    weight: float
    costs: dict[str, float]
    floor: float = 0.0

    def ratios(self) -> dict[str, float]:
        """Each cost as a multiple of the best one."""
        best = min(self.costs.values())
        return {design: cost / best for design, cost in self.costs.items()}


class _Missing(Exception):
    """Why a criterion has no data."""


def measure(
    results: Results, eligible: list[str], weights: dict[str, float]
) -> tuple[list[Part], list[str]]:
    """The parts of every criterion that has a weight and data for all eligible designs; and for
    each of the others a line that says why it is left out.
    """
    parts, left_out = [], []
    for criterion, weight in weights.items() if eligible else []:
        try:
            figures = _FIGURES.get(criterion, _time)(results, eligible, criterion)
        except _Missing as why:
            left_out.append(f"{criterion}: {why}")
            continue
        share = weight / len(figures)
        parts += [Part(criterion, name, share, costs, floor) for name, costs, floor in figures]
    return parts, left_out


def group_of(workload: str) -> str:
    """The group that a workload counts in."""
    return next(
        group
        for group, patterns in GROUPS.items()
        if any(fnmatch.fnmatchcase(workload, pattern) for pattern in patterns)
    )


def cost_of_share(failed: float) -> float:
    """A share of failed requests as a cost from 1, none failed, to 10, all failed."""
    return 1 + (WORST_SHARE - 1) * failed


def _time(results: Results, eligible, criterion):
    names = [each["name"] for each in results.bench["workloads"]]
    _, _, group = criterion.partition("_")
    names = [name for name in names if not group or group_of(name) == group]
    if not names:
        raise _Missing(f"no workload of the group '{group}' was measured")
    return [
        (
            name,
            {design: results.cell(design, name)["median_ns"] for design in eligible},
            noise.floor_of(results.bench, name),
        )
        for name in names
    ]


def _failed(results: Results, eligible, criterion):
    names = [w["name"] for w in results.bench["workloads"] if group_of(w["name"]) != "failing"]
    if not names:
        raise _Missing("only requests that must fail were measured")
    costs = {}
    for design in eligible:
        cells = [results.cell(design, name) for name in names]
        costs[design] = cost_of_share(statistics.fmean(map(failed_share, cells)))
    return [("failed", costs, 0.0)]


def failed_share(cell: dict) -> float:
    """Failed requests ÷ requests (÷ operations, where allocations are not counted apart)."""
    whole = cell.get("allocated", cell["served"]) + cell["failed"]
    return cell["failed"] / whole if whole else 0.0


def _metadata(results: Results, eligible, criterion):
    costs = {}
    for design in eligible:
        cells = [c for c in results.bench["cells"] if c["design"] == design and c["frames"]]
        largest = max(cells, key=lambda cell: cell["frames"], default=None)
        if largest is None:
            raise _Missing(f"{design} was measured in no arena with frames")
        costs[design] = max(largest["metadata_bytes"] / largest["frames"], LEAST_METADATA)
    return [("metadata", costs, 0.0)]


def _size(results: Results, eligible, criterion):
    _demand(results.size, "size.json", "./assay bench --size")
    weighed = {each["design"]: each for each in results.size["designs"]}
    costs = {}
    for design in eligible:
        if design not in weighed:
            raise _Missing(f"size.json has nothing of {design}")
        each = weighed[design]
        code, stack = each["code_bytes"] + each["constant_bytes"], each.get("stack_bytes")
        cost = code if criterion == "code" else stack
        if not cost:
            raise _Missing(f"size.json has none for {design}")
        costs[design] = cost
    return [(criterion, costs, 0.0)]


def _latency(results: Results, eligible, criterion):
    _demand(results.latency, "latency.json", "./assay bench")
    names = [w for w in dict.fromkeys(e["workload"] for e in results.latency["entries"])]
    figures = []
    for name in names:
        entries = {design: results.entry(results.latency, design, name) for design in eligible}
        if all(entry and entry["calls"] for entry in entries.values()):
            least = max(results.latency["timer"]["floor_ns"], 1)  # what is below is the timer
            costs = {d: max(_slowest(e, criterion), least) for d, e in entries.items()}
            figures.append((name, costs, LATENCY_FLOOR))
    if not figures:
        raise _Missing("latency.json has no workload with calls of all eligible designs")
    return figures


def _slowest(entry: dict, criterion: str) -> float:
    """Of the kinds of call the slowest, in ns."""
    if criterion == "p999":
        return max(call["p999_ns"] or 0 for call in entry["calls"])
    worst = [each for call in entry["calls"] for each in call["worst"]]
    times = [each["ns"] if each["again_ns"] is None else each["again_ns"] for each in worst]
    return max(times, default=0)


def _contiguous(results: Results, eligible, criterion):
    _demand(results.contiguous, "contiguous.json", "./assay bench")
    costs = {}
    for design in eligible:
        entry = results.entry(results.contiguous, design)
        cells = entry["cells"] if entry else []
        cells = [cell for cell in cells if math.isclose(cell["occupancy"], OCCUPANCY)]
        shares = [1 - c["served"] / c["requests"] for c in cells if c["requests"]]
        if not shares:
            raise _Missing(f"contiguous.json has no requests of {design} at 90 % occupancy")
        costs[design] = cost_of_share(statistics.fmean(shares))
    return [(criterion, costs, 0.0)]


def _demand(document, file: str, command: str) -> None:
    if not document:
        raise _Missing(f"the run has no {file} (`{command}`)")


_FIGURES = {
    "failed": _failed,
    "contiguous": _contiguous,
    "p999": _latency,
    "worst_call": _latency,
    "metadata": _metadata,
    "code": _size,
    "stack": _size,
}


def describe(weights: dict[str, float]) -> str:
    """Each criterion in words with its weight."""
    return wording.listed([f"{ALL[name]} ({weight:g})" for name, weight in weights.items()])
