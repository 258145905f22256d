"""The noise floor: by how much two measurements of the same thing differ in a run.

A difference below it is none, however often it was repeated. Needs the standard library only.
"""

import math

LEAST = 0.01  # no run is trusted to tell less than 1 %
STACK = "reference_stack"  # the reference that is its own contestant, too


def floor_of(bench: dict, workload: str) -> float:
    """The floor of a workload as a share of its time, at least 1 %: what the run itself measured,
    else how far the reference stack is from itself there, else how far on its yardstick.
    """
    described = next((each for each in bench["workloads"] if each["name"] == workload), {})
    if described.get("noise_floor") is not None:
        return max(described["noise_floor"], LEAST)
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


def is_beyond(ratio: float, floor: float) -> bool:
    """Whether a ratio leaves the band around 1 from 1 ÷ (1 + floor) to 1 + floor. The band is as
    wide on either side on a log axis, so that the inverse of a ratio is judged alike.
    """
    return abs(math.log(ratio)) > math.log1p(floor)
