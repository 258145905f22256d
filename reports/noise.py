"""The noise floor: by how much two measurements of the same thing differ, in a run or between two.

A difference below it is none, however often it was repeated. Needs the standard library only.
"""

import math
import statistics

LEAST = 0.01  # no run is trusted to tell less than 1 %
STACK = "reference_stack"  # the reference that is its own contestant, too


def floor_of(bench: dict, workload: str, *, by_ratio: bool = False) -> float:
    """The floor of a workload as a share of its time (of the ratio to the stack, if `by_ratio`), at
    least 1 %: how far two equal cells of the run lie apart, if it entered one twice; else how far
    the reference stack is from itself there, else how far on its yardstick.
    """
    described = next((each for each in bench["workloads"] if each["name"] == workload), {})
    own = described.get("noise_floor_ratio" if by_ratio else "noise_floor")
    if own is not None:
        return max(own, LEAST)
    yardsticks = [c.get("yardstick") for c in bench["cells"] if c["workload"] == workload]
    for name in (workload, *filter(None, yardsticks)):
        if (spread := stack_spread(bench, name)) is not None:
            return max(spread, LEAST)
    return LEAST


def stack_spread(bench: dict, workload: str) -> float | None:
    """How far the ratio of the stack to itself is from 1, and how much it scatters; None if it was
    not measured there.
    """
    for cell in bench.get("references", []):
        if (cell["design"], cell["workload"]) == (STACK, workload) and cell.get("ratio"):
            return abs(cell["ratio"] - 1) + (cell.get("ratio_mad") or 0) / cell["ratio"]
    return None


def floor_between(base: dict, new: dict, workload: str, *, by_ratio: bool) -> float:
    """The floor of a workload's times in two runs, or of their ratios to the stack: the larger of
    the runs' own, times how far the measure itself has moved from one run to the other.

    Of ratios that is the stack, which no commit changes: by how much it became slower or faster
    than all designs did in the middle, or than before, whichever is less. Of times it is the
    machine: as much as both the stack and the designs in the middle have moved together. Where
    one run was more disturbed than the other, it is at least by how much; but for ratios of passes
    of one workload, which last about as long, so that a disturbance meets both.
    """
    own = max(floor_of(bench, workload, by_ratio=by_ratio) for bench in (base, new))
    yardstick = _yardstick(base, workload)
    stack = _movement(base, new, "references", yardstick)
    middle = _movement(base, new, "cells")
    if stack is None or middle is None:
        return own
    if by_ratio:
        moved = min(abs(stack), abs(stack - middle))
    else:
        moved = min(abs(stack), abs(middle)) if stack * middle > 0 else 0
    before, after = (disturbance(bench) for bench in (base, new))
    apart = 1 if by_ratio and yardstick == workload else max(before / after, after / before)
    return (1 + own) * max(math.exp(moved), apart) - 1


def disturbance(bench: dict) -> float:
    """The stack's median repetition ÷ its fastest pass, under the workload where that is most: 1 on
    a machine that does nothing else. 1 as well if the run does not tell.
    """
    stacks = [cell for cell in bench.get("references", []) if cell["design"] == STACK]
    told = [c["median_ns"] / c["fastest_ns"] for c in stacks if c["median_ns"] and _fastest(c)]
    return max([1.0, *told])


def _fastest(cell: dict) -> float | None:
    return cell.get("fastest_ns")


def fastest_ratio(base: dict, new: dict, one: dict, other: dict, *, by_ratio: bool):
    """The fastest pass of a cell, new ÷ base: what disturbs a machine does not reach it. Relative
    to the stack's, if `by_ratio`. None if the runs do not tell.
    """
    if not (one.get("fastest_ns") and other.get("fastest_ns")):
        return None
    ratio = other["fastest_ns"] / one["fastest_ns"]
    if not by_ratio:
        return ratio
    stacks = [_fastest_stack(bench, one.get("yardstick")) for bench in (base, new)]
    return None if None in stacks else ratio * stacks[0] / stacks[1]


def _fastest_stack(bench: dict, workload: str | None) -> float | None:
    for cell in bench.get("references", []):
        if (cell["design"], cell["workload"]) == (STACK, workload):
            return cell.get("fastest_ns")
    return None


def _yardstick(bench: dict, workload: str) -> str:
    named = [c.get("yardstick") for c in bench["cells"] if c["workload"] == workload]
    return next(filter(None, named), workload)


def _movement(base: dict, new: dict, kind: str, workload: str | None = None) -> float | None:
    """The logarithm of new ÷ base in nanoseconds of the fastest pass (of the median, if the run
    does not tell): of the stack under a workload, or the middle one of all cells of designs; None
    if nothing is common.
    """
    times = [
        {
            (cell["design"], cell["workload"]): _fastest(cell) or cell["median_ns"]
            for cell in bench.get(kind, [])
            if cell["median_ns"]
            and (workload is None or (cell["design"], cell["workload"]) == (STACK, workload))
        }
        for bench in (base, new)
    ]
    common = times[0].keys() & times[1].keys()
    ratios = [math.log(times[1][key] / times[0][key]) for key in common]
    return statistics.median(ratios) if ratios else None


def is_beyond(ratio: float, floor: float) -> bool:
    """Whether a ratio leaves the band around 1 from 1 ÷ (1 + floor) to 1 + floor. The band is as
    wide on either side on a log axis, so that the inverse of a ratio is judged alike.
    """
    return abs(math.log(ratio)) > math.log1p(floor)
