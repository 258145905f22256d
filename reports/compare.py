"""What changed from one run to another, cell by cell, and how sure that is.

Times are changed if a test over the repetitions says so, after the correction for many cells, and
if the ratio leaves the noise floor, both of medians and of the fastest passes. All else that is
compared is counted, and changes if it differs. Lower is better everywhere. Needs numpy and scipy.
"""

import math
from dataclasses import dataclass, replace

from reports import noise, significance, wording
from reports.results import ORACLE_PASS, Results

BETTER, WORSE, SAME, UNCLEAR, OTHER = "better", "worse", "same", "unclear", "other"
SIGNS = {BETTER: "▼", WORSE: "▲", SAME: "=", UNCLEAR: "~", OTHER: "≠"}
NS, RATIO = "ns", "ratio"
TIME, ORACLE, FAILED, METADATA = "median", "oracle", "failed", "metadata"
INSTRUCTIONS, PLACEMENTS, CODE, STACK = "instructions", "placements", "code", "stack"
INSTRUCTIONS_FLOOR = 0.005  # a count that a page fault more or less changes a little
LARGEST_FLOOR = 0.25  # above it, times show neither a change nor that there is none
BUSY = 1.5  # the stack's median ÷ its fastest pass, from which on a reader is warned
MACHINE, WORKLOAD = "machine", "workload"


@dataclass(frozen=True)
class Run:
    """A run and what it goes by in commands."""

    name: str
    results: Results


@dataclass(frozen=True)
class Change:
    """One measure of a design, under a workload or as a whole: the base beside the new."""

    design: str
    workload: str | None
    measure: str
    kind: str
    word: str
    base: float | None = None
    new: float | None = None
    ratio: float | None = None
    interval: tuple[float, float] | None = None  # of the ratio, 95 %
    p: float | None = None  # corrected for the number of cells
    least_p: float | None = None  # what so many repetitions could come to
    floor: float | None = None
    fastest: float | None = None  # the ratio of the fastest passes, which nothing disturbed
    note: str | None = None

    @property
    def is_change(self) -> bool:
        """Whether anything is different, for better or worse."""
        return self.kind in (BETTER, WORSE, OTHER)

    @property
    def verdict(self) -> str:
        """A sign and a word."""
        return f"{SIGNS[self.kind]} {self.word}"

    def __str__(self) -> str:
        where = f"{self.design} on {self.workload}" if self.workload else self.design
        return f"{where}: {self.measure}"


@dataclass(frozen=True)
class Geomean:
    """The mean ratio of a design over the cells that both runs have, and how many those are."""

    design: str
    ratio: float
    cells: int


@dataclass(frozen=True)
class Comparison:
    """A new run against the base. `measure`: ns, or the ratio to the stack."""

    base: Run
    new: Run
    measure: str
    changes: tuple[Change, ...]
    geomeans: tuple[Geomean, ...]
    remarks: tuple[str, ...]

    def count(self, kind: str) -> int:
        """How many measures came out so."""
        return sum(change.kind == kind for change in self.changes)


class NotComparable(Exception):
    """One line: why two runs cannot be compared; `kind` is what may be overruled, if anything."""

    def __init__(self, text: str, kind: str | None = None):
        super().__init__(text)
        self.kind = kind


def compare(base: Run, news: list[Run], measure: str | None = None) -> list[Comparison]:
    """Each new run against the base. `measure` forces ns or ratio; else the ratio to the stack is
    taken where every cell has it. Raises NotComparable where nothing is common.
    """
    drafts = [_draft(base, new, measure) for new in news]
    times = [c for draft in drafts for c in draft.changes if c.p is not None]
    corrected = iter(significance.correct_for_many([change.p for change in times]))
    finished = []
    for draft in drafts:
        changes = [c if c.p is None else _judge(c, next(corrected)) for c in draft.changes]
        finished.append(replace(draft, changes=tuple(changes)))
    return finished


def obstacles(base: Run, new: Run) -> list[NotComparable]:
    """Why the times of two runs say nothing about each other: the machine, or the workloads."""
    one, other = base.results.bench, new.results.bench
    if not (one and other):
        return []
    found = [
        NotComparable(
            f"{name}: {one['machine'][name]} in {base.name}, {other['machine'][name]} in "
            f"{new.name}: times of two machines say nothing about a design",
            MACHINE,
        )
        for name in ("cpu", "cores")
        if one["machine"][name] != other["machine"][name]
    ]
    workloads = {each["name"]: each for each in other["workloads"]}
    for each in one["workloads"]:
        twin = workloads.get(each["name"])
        if twin and each["sha256"] != twin["sha256"]:
            what = f"{each['frames']:,} and {twin['frames']:,} frames"
            what = what if each["frames"] != twin["frames"] else "the same name and size"
            found.append(
                NotComparable(
                    f"workload {each['name']}: not the same operations in {base.name} and "
                    f"{new.name} ({what}; {wording.short_hash(each['sha256'])} and "
                    f"{wording.short_hash(twin['sha256'])})",
                    WORKLOAD,
                )
            )
    return found


def _draft(base: Run, new: Run, measure: str | None) -> Comparison:
    """The comparison with p values that are not yet corrected, nor judged."""
    pairs = _pairs(base, new)
    sizes = _size_changes(base.results, new.results)
    if not pairs and not sizes:
        raise NotComparable(
            f"{base.name} and {new.name} have nothing in common: no design under the same "
            "workload, and no size of the same design"
        )
    measure = _pick_measure(pairs, measure, base, new)
    changes, ratios = [], {}
    for one, other in pairs:
        of_cell = _cell_changes(one, other, base.results.bench, new.results.bench, measure)
        changes += of_cell
        ratios.setdefault(one["design"], []).extend(
            change.ratio for change in of_cell if change.measure == TIME and change.ratio
        )
    means = [
        Geomean(design, significance.geometric_mean(own), len(own))
        for design, own in ratios.items()
        if own
    ]
    remarks = _remarks(base, new, pairs, measure)
    changes += [*_metadata_changes(pairs), *sizes]
    return Comparison(base, new, measure, tuple(changes), tuple(means), tuple(remarks))


def _pairs(base: Run, new: Run) -> list[tuple[dict, dict]]:
    """The cells that both runs have."""
    if not (base.results.bench and new.results.bench):
        return []
    cells = base.results.bench["cells"]
    twins = [(cell, new.results.cell(cell["design"], cell["workload"])) for cell in cells]
    return [(cell, twin) for cell, twin in twins if twin]


def _pick_measure(pairs, wanted: str | None, base: Run, new: Run) -> str:
    timed = [(a, b) for a, b in pairs if _is_timed(a) and _is_timed(b)]
    lacking = [
        f"{a['design']} on {a['workload']}"
        for a, b in timed
        if not (a.get("repetitions_ratio") and b.get("repetitions_ratio"))
        or a.get("yardstick") != b.get("yardstick")
    ]
    if wanted == RATIO and lacking:
        raise NotComparable(
            f"{base.name}, {new.name}: no ratio to the stack on both sides for {lacking[0]}; "
            "compare with --measure ns"
        )
    return wanted or (NS if lacking else RATIO)


def _is_timed(cell: dict) -> bool:
    return cell["oracle"] == ORACLE_PASS and bool(cell["repetitions_ns"])


def _cell_changes(one: dict, other: dict, base: dict, new: dict, measure: str) -> list[Change]:
    """Everything about one cell."""
    right, still_right = one["oracle"] == ORACLE_PASS, other["oracle"] == ORACLE_PASS
    place = {"design": one["design"], "workload": one["workload"]}
    if not (right and still_right):
        if right == still_right:
            return [Change(**place, measure=ORACLE, kind=SAME, word="wrong in both")]
        kind, word = (BETTER, "right now") if still_right else (WORSE, "wrong now")
        note = one["oracle"] if still_right else other["oracle"]
        return [Change(**place, measure=ORACLE, kind=kind, word=word, note=note)]
    changes = []
    own = one.get("sequence_sha256") != other.get("sequence_sha256")
    note = "other operations, since the design served others" if own else None
    if one["repetitions_ns"] and other["repetitions_ns"]:
        changes.append(_time_change(place, one, other, base, new, measure, note))
    else:
        changes.append(Change(**place, measure=TIME, kind=SAME, word="no time", note=note))
    changes.append(_failed_change(place, one, other))
    counts = (one.get("instructions"), other.get("instructions"))
    changes.append(_counted(place, INSTRUCTIONS, *counts, ("fewer", "more"), INSTRUCTIONS_FLOOR))
    if not own and one["placement_hash"] != other["placement_hash"]:
        known = is_same_program(base, new, one, other)
        note = "though the program and the operations are the same" if known else None
        word = "moved"
        changes.append(Change(**place, measure=PLACEMENTS, kind=OTHER, word=word, note=note))
    return [change for change in changes if change]


def _time_change(place, one, other, base, new, measure, note) -> Change:
    field = "repetitions_ratio" if measure == RATIO else "repetitions_ns"
    before, after = one[field], other[field]
    ratio = significance.ratio_of_medians(before, after)
    workload = place["workload"]
    change = Change(
        **place,
        measure=TIME,
        kind=SAME,
        word="the same program",
        base=significance.median(before),
        new=significance.median(after),
        ratio=ratio,
        interval=significance.interval_of_ratio(before, after),
        floor=noise.floor_between(base, new, workload, by_ratio=measure == RATIO),
        fastest=noise.fastest_ratio(base, new, one, other, by_ratio=measure == RATIO),
        note=note,
    )
    if is_same_program(base, new, one, other):
        return change
    least = significance.least_p_value(len(before), len(after))
    return replace(change, p=significance.p_value(before, after), least_p=least)


def is_same_program(base: dict, new: dict, one: dict, other: dict) -> bool:
    """Whether a cell was measured with the very same binaries: then it cannot have changed."""
    hashes = [base.get("binary_sha256"), new.get("binary_sha256")]
    if one.get("foreign") or other.get("foreign"):
        hashes += [each.get("plugin_sha256", {}).get(one["design"]) for each in (base, new)]
    return None not in hashes and hashes[0::2] == hashes[1::2]


def _judge(change: Change, p: float) -> Change:
    """The verdict on a time, from its corrected p value."""
    beyond = noise.is_beyond(change.ratio, change.floor)
    if change.fastest is not None:
        one_way = (change.fastest > 1) == (change.ratio > 1)
        beyond = beyond and one_way and noise.is_beyond(change.fastest, change.floor)
    if change.floor > LARGEST_FLOOR:
        kind, word = UNCLEAR, "noise"
    elif p < significance.LEVEL and beyond:
        kind, word = (WORSE, "slower") if change.ratio > 1 else (BETTER, "faster")
    elif not any(noise.is_beyond(border, change.floor) for border in change.interval):
        kind, word = SAME, "same"
    else:
        kind, word = UNCLEAR, "noise"
    return replace(change, p=p, kind=kind, word=word)


def failed_share(cell: dict) -> float | None:
    """Failed requests ÷ requests; ÷ operations in results that do not count allocations apart."""
    whole = cell.get("allocated", cell["served"]) + cell["failed"]
    return cell["failed"] / whole if whole else None


def _failed_change(place, one: dict, other: dict) -> Change | None:
    before, after = failed_share(one), failed_share(other)
    if before is None or after is None:
        return None
    kind = SAME if before == after else WORSE if after > before else BETTER
    word = {SAME: "same", WORSE: "more fail", BETTER: "fewer fail"}[kind]
    return Change(**place, measure=FAILED, kind=kind, word=word, base=before, new=after)


def _counted(place, measure, before, after, words, floor=0.0) -> Change | None:
    """A number that is the same each time; None if one side lacks it."""
    if before is None or after is None:
        return None
    ratio = after / before if before else 1.0 if after == before else math.inf
    kind, word = SAME, "same"
    if ratio in (0, math.inf) or noise.is_beyond(ratio, floor):
        kind, word = (WORSE, words[1]) if after > before else (BETTER, words[0])
    values = {"base": before, "new": after, "ratio": ratio, "floor": floor or None}
    return Change(**place, measure=measure, kind=kind, word=word, **values)


def _metadata_changes(pairs) -> list[Change]:
    """Metadata of each design, once for each size of the arena."""
    changes = {}
    for one, other in pairs:
        if one["frames"] == other["frames"]:
            place = {"design": one["design"], "workload": f"{one['frames']:,} frames"}
            values = (one["metadata_bytes"], other["metadata_bytes"])
            change = _counted(place, METADATA, *values, ("smaller", "larger"))
            changes.setdefault((*place.values(), *values), change)
    return list(changes.values())


def _size_changes(base: Results, new: Results) -> list[Change]:
    """Code and stack of the designs that both runs weighed."""
    if not (base.size and new.size):
        return []
    weighed = {each["design"]: each for each in new.size["designs"]}
    changes = []
    for one in base.size["designs"]:
        if other := weighed.get(one["design"]):
            place = {"design": one["design"], "workload": None}
            code = [each["code_bytes"] + each["constant_bytes"] for each in (one, other)]
            changes.append(_counted(place, CODE, *code, ("smaller", "larger")))
            stack = [each.get("stack_bytes") for each in (one, other)]
            changes.append(_counted(place, STACK, *stack, ("smaller", "larger")))
    return [change for change in changes if change]


def _remarks(base: Run, new: Run, pairs, measure: str) -> list[str]:
    """What a reader must know before believing the verdicts."""
    one, other = base.results.bench, new.results.bench
    if not pairs:
        return []
    remarks = _missing_remarks(base, new)
    for run, bench in ((base, one), (new, other)):
        load = bench["machine"]["load"]
        if load and load[0] > 0.5 * bench["machine"]["cores"]:
            remarks.append(f"{run.name}: load {load[0]:g} when it began: something else ran, too.")
        busy = noise.disturbance(bench)
        if busy > BUSY:
            remarks.append(
                f"{run.name}: the stack's median was {wording.times(busy)} its fastest pass: "
                "measure again while nothing else runs."
            )
        if bench.get("smoke"):
            remarks.append(f"{run.name}: a smoke run; its times mean nothing.")
    if one["machine"]["kernel"] != other["machine"]["kernel"]:
        remarks.append("The machine ran another kernel.")
    few = [
        f"{a['design']} on {a['workload']}"
        for a, b in pairs
        if _is_timed(a)
        and _is_timed(b)
        and significance.least_p_value(len(a["repetitions_ns"]), len(b["repetitions_ns"]))
        >= significance.LEVEL
    ]
    if few:
        remarks.append(
            f"Too few repetitions to show any change of time: {wording.listed(few[:3])}"
            f"{f' and {len(few) - 3} more' if len(few) > 3 else ''}."
        )
    return [*remarks, *_drift_remarks(one, other, measure)]


def _missing_remarks(base: Run, new: Run) -> list[str]:
    """What only one of the runs has."""
    remarks = []
    for run, twin in ((base, new), (new, base)):
        shared = {cell["workload"] for cell in twin.results.bench["cells"]}
        cells = run.results.bench["cells"]
        workloads = list(dict.fromkeys(c["workload"] for c in cells if c["workload"] not in shared))
        lone = [
            f"{c['design']} on {c['workload']}"
            for c in cells
            if c["workload"] in shared and not twin.results.cell(c["design"], c["workload"])
        ]
        noun = "workload" if len(workloads) == 1 else "workloads"
        only = [f"the {noun} {_shortened(workloads)}"] if workloads else []
        only += [_shortened(lone)] if lone else []
        if only:
            remarks.append(f"Only in {run.name}: {'; '.join(only)}.")
    return remarks


def _shortened(names: list[str]) -> str:
    """The first three, and how many follow."""
    return f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"


def _drift_remarks(one: dict, other: dict, measure: str) -> list[str]:
    """How much the stack itself, which no commit changes, became slower or faster."""
    medians = [
        {c["workload"]: c["median_ns"] for c in bench.get("references", []) if _is_stack(c)}
        for bench in (one, other)
    ]
    common = [name for name in medians[0] if name in medians[1]]
    if not common:
        return []
    drift = significance.geometric_mean([medians[1][name] / medians[0][name] for name in common])
    if not noise.is_beyond(drift, max(noise.floor_of(one, n) for n in common)):
        return []
    effect = (
        "what the designs did not share of it is in the floor"
        if measure == RATIO
        else "what the designs share of it is in the floor; --measure ratio divides by it"
    )
    cells = wording.plural(len(common), "workload")
    return [
        f"The stack itself took {wording.times(drift)} the time (geometric mean of {cells}): the "
        f"machine, or where the loop lies; {effect}."
    ]


def _is_stack(cell: dict) -> bool:
    return cell["design"] == noise.STACK and bool(cell["median_ns"])
