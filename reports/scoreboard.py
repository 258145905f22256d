"""The scoreboard: a row per design, a column per question, the best of each column marked.

A column of which the run has nothing is left out and named below the table. A single value that is
missing is a sign with a number, and the reason stands below the table under that number.
"""

import statistics
from dataclasses import dataclass, field

from reports import latencies, runs_served, wording
from reports.figures import fragmentation_over_time, metadata
from reports.results import ORACLE_PASS, Results


@dataclass(frozen=True)
class Value:
    """What a design has in a column; without a number `why` says the reason."""

    number: float | None
    text: str
    note: str = ""  # in small letters beside it
    why: str | None = None


@dataclass(frozen=True)
class Column:
    """A question, its unit, and the answers by design."""

    head: str
    unit: str
    values: dict[str, Value]
    is_high_better: bool = False
    best: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scoreboard:
    """The columns that there are, why values are missing, and which columns are."""

    columns: list[Column]
    reasons: list[str] = field(default_factory=list)  # the first is number 1
    absent: list[tuple[str, str]] = field(default_factory=list)  # heads, and what measures them

    def number_of(self, value: Value) -> int | None:
        """The number under which the reason for a missing value stands."""
        return self.reasons.index(value.why) + 1 if value.why in self.reasons else None


def make(results: Results, choice: dict) -> Scoreboard:
    """Everything that the run knows of its designs, in one number each."""
    order = [entry["design"] for entry in choice["ranking"]]
    eligible = [entry["design"] for entry in choice["ranking"] if entry["eligible"]]
    made = [
        (times(results, eligible or order, order), "./assay bench"),
        (quantile(results, order, "p50_ns", "p50", "ns"), "./assay bench"),
        (quantile(results, order, "p999_ns", "p99.9", "ns"), "./assay bench"),
        (slowest(results, order), "./assay bench"),
        (exponents(results, order), "./assay bench --growth"),
        (unusable(results, order), "./assay bench"),
        (served_runs(results, order), "./assay bench"),
        (metadata_bytes(results, order), "./assay bench"),
        (weighed(results, order, "code_bytes", "code"), "./assay bench --size"),
        (weighed(results, order, "stack_bytes", "stack"), "./assay bench --size"),
    ]
    there = [mark_best(column, eligible) for column, _ in made if is_there(column)]
    absent: dict[str, list[str]] = {}
    for column, command in made:
        if not is_there(column):
            absent.setdefault(command, []).append(column.head)
    why = [value.why for column in there for value in column.values.values() if value.why]
    listed = [(wording.listed(heads), command) for command, heads in absent.items()]
    return Scoreboard(there, list(dict.fromkeys(why)), listed)


def is_there(column: Column) -> bool:
    """Has any design a number?"""
    return any(value.number is not None for value in column.values.values())


def mark_best(column: Column, eligible: list[str]) -> Column:
    """The best among the eligible designs; among all, where none of those has a number."""
    numbers = {d: v.number for d, v in column.values.items() if v.number is not None}
    among = {d: number for d, number in numbers.items() if d in eligible} or numbers
    wanted = max(among.values()) if column.is_high_better else min(among.values())
    best = frozenset(design for design, number in among.items() if number == wanted)
    return Column(column.head, column.unit, column.values, column.is_high_better, best)


def fill(order: list[str], found: dict[str, float | None], show, why, notes=None) -> dict:
    """A value per design; `why` says of a design without one what the reason is."""
    values = {}
    for design in order:
        number = found.get(design)
        if number is None:
            values[design] = Value(None, wording.ABSENT, why=why(design))
        else:
            values[design] = Value(number, show(number), (notes or {}).get(design, ""))
    return values


def times(results: Results, compared: list[str], order: list[str]) -> Column:
    """The geometric mean of the ratios to the fastest of `compared`, over workloads that all of
    these did: a mean over different workloads would compare nothing."""
    workloads = results.bench["workloads"] if results.bench else []
    compared = [d for d in compared if any(_median(results, d, w["name"]) for w in workloads)]
    shared = [
        each["name"]
        for each in workloads
        if compared and all(_median(results, d, each["name"]) for d in compared)
    ]
    best = {name: min(_median(results, d, name) for d in compared) for name in shared}
    found = {}
    for design in order:
        medians = {name: _median(results, design, name) for name in shared}
        if shared and all(medians.values()):
            ratios = [medians[name] / best[name] for name in shared]
            found[design] = statistics.geometric_mean(ratios)

    def why(design: str) -> str:
        lacking = [name for name in shared if not _median(results, design, name)]
        return f"{design} has no valid time under {wording.listed(lacking or ['any workload'])}"

    return Column("time", f"× best ({len(shared)})", fill(order, found, wording.times, why))


def quantile(results: Results, order: list[str], name: str, head: str, unit: str) -> Column:
    """A quantile of allocate(1) under one workload."""
    calls = _calls(results)
    found = {design: call[name] for design, call in calls.items()}
    values = fill(order, found, wording.significant, _why_no_latency(results))
    return Column(head, unit, values)


def slowest(results: Results, order: list[str]) -> Column:
    """The costliest allocate(1), by its fastest pass; beside it what the slowest call took once."""
    calls = _calls(results)
    known = {design: latencies.costliest(call) for design, call in calls.items()}
    found = {d: each["again_ns"] for d, each in known.items() if each}
    notes = {d: f"once {wording.nanoseconds(call['max_ns'])}" for d, call in calls.items()}
    values = fill(order, found, wording.significant, _why_no_latency(results), notes)
    return Column("max", "ns", values)


def exponents(results: Results, order: list[str]) -> Column:
    """The steepest growth of any call with the arena."""
    steepest: dict[str, float] = {}
    for each in results.growth["fits"] if results.growth else []:
        if each["exponent"] is not None:
            steepest[each["design"]] = max(steepest.get(each["design"], -9), each["exponent"])

    def show(value: float) -> str:
        return f"{value:.2f}".replace("-", "\u2212")

    values = fill(order, steepest, show, lambda d: f"{d} was not measured in arenas of three sizes")
    return Column("growth", "exponent", values)


def unusable(results: Results, order: list[str]) -> Column:
    """The share of the free frames that is of no use for huge frames, at the end of a workload."""
    workload, found = fragmentation_over_time.unusable_at_end_of(results)
    values = fill(order, found, wording.percent, lambda d: f"no timeline of {d} under {workload}")
    return Column("unusable", "order 9, %", _without_sign(values))


def served_runs(results: Results, order: list[str]) -> Column:
    """The share of requests for runs of all lengths that is served at 90 % occupancy."""
    found = runs_served.success_by_design(results)
    values = fill(order, found, wording.percent, lambda d: f"{d} was not asked for runs at 90 %")
    return Column("runs", "at 90 %, %", _without_sign(values), is_high_better=True)


def metadata_bytes(results: Results, order: list[str]) -> Column:
    """In the largest arena that was measured."""
    found = metadata.bytes_per_frame(results)
    values = fill(order, found, wording.significant, lambda d: f"{d} was not measured")
    return Column("metadata", "B/frame", values)


def weighed(results: Results, order: list[str], name: str, head: str) -> Column:
    """Bytes of the design linked alone."""
    designs = results.size["designs"] if results.size else []
    found = {each["design"]: each.get(name) for each in designs}
    what = "stack depth" if name == "stack_bytes" else "code size"
    is_open = name == "stack_bytes"
    least = {e["design"]: "at least" for e in designs if is_open and e.get("stack_not_counted")}
    values = fill(order, found, wording.count, lambda d: f"no {what} of {d} is known", least)
    return Column(head, "bytes", values)


def _median(results: Results, design: str, workload: str) -> float | None:
    cell = results.cell(design, workload)
    return cell["median_ns"] if cell and cell["oracle"] == ORACLE_PASS else None


def _calls(results: Results) -> dict[str, dict]:
    workload = latencies.main_workload(results)
    return latencies.by_design(results, workload, latencies.ONE) if workload else {}


def _why_no_latency(results: Results):
    workload = latencies.main_workload(results)
    return lambda design: f"no latency of {design} under {workload}"


def _without_sign(values: dict[str, Value]) -> dict[str, Value]:
    """The unit stands in the head."""
    return {
        design: Value(each.number, each.text.removesuffix(" %"), each.note, each.why)
        for design, each in values.items()
    }
