"""Latencies of single calls: quantiles, the share of calls that are slower, the worst operation."""

from reports import setting

CALLS = {
    "allocate_one": "allocate(1)",
    "allocate_run": "allocate(n)",
    "allocate_failed": "failed request",
    "free": "free",
}
ONE = "allocate_one"
POINTS = 160  # per line: more cannot be seen
QUANTILES = {"p50_ns": 0.5, "p90_ns": 0.1, "p99_ns": 0.01, "p999_ns": 0.001}


def workloads_of(results, wanted: int = 2) -> list[str]:
    """Those that are shown."""
    entries = results.latency["entries"] if results.latency else []
    return setting.pick([entry["workload"] for entry in entries], wanted)


def main_workload(results) -> str | None:
    """The one by which designs are compared: the first that is shown and asks for single frames."""
    names = workloads_of(results, wanted=99)
    return next((name for name in names if by_design(results, name, ONE)), None)


def by_design(results, workload: str, call: str) -> dict[str, dict]:
    """The calls of one kind under a workload, by design; designs without such calls are absent."""
    entries = results.latency["entries"] if results.latency else []
    return {
        entry["design"]: each
        for entry in entries
        for each in entry["calls"]
        if entry["workload"] == workload and each["call"] == call and each["count"]
    }


def slower(call: dict) -> list[tuple[float, float]]:
    """(ns, share of calls that took longer), ascending in ns, from 1 down to the slowest call.

    The last bucket's border is replaced by the slowest call itself, where the share is drawn as
    that of one call, since a logarithmic axis has no 0.
    """
    total = sum(count for _, count in call["buckets"])
    if not total:
        return []
    points, left = [(call["buckets"][0][0], 1.0)], total
    for upper, count in call["buckets"]:
        left -= count
        points.append((upper, left / total))
    last = call["max_ns"] if call["max_ns"] is not None else points[-1][0]
    points[-1] = (max(last, points[-2][0]), 1 / total)
    return _thinned(points)


def costliest(call: dict) -> dict | None:
    """The operation whose fastest time in any pass is the longest (`again_ns`, `operation`): work
    comes again, noise does not. Where a result does not list those, the best known: of the worst.
    """
    known = call.get("costliest") or [e for e in call["worst"] if e["again_ns"] is not None]
    return max(known, key=lambda each: each["again_ns"], default=None)


def is_noise(worst: dict) -> bool | None:
    """Did the same operation take less than half the time in another pass? None: not known."""
    return None if worst["again_ns"] is None else worst["again_ns"] < worst["ns"] / 2


def replay_command(run_name: str, entry: dict, operation: int) -> str:
    """What shows the state in which an operation was that slow."""
    sequence = entry.get("sequence") or f"{entry['workload']}.opsb"
    sequence = sequence if sequence.endswith(".opsb") else f"{sequence}.opsb"
    file = f"{run_name}/workloads/{sequence}"
    return f"./assay replay {file} --design {entry['design']} --until {operation}"


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that could not be told apart on logarithmic axes."""
    if len(points) <= POINTS:
        return points
    low, high = points[0][0] or 1e-3, points[-1][0]
    step_x, step_y = (high / low) ** (2 / POINTS), 10 ** (2 * 6 / POINTS)
    kept = [points[0]]
    for x, y in points[1:-1]:
        if x >= kept[-1][0] * step_x or y * step_y <= kept[-1][1]:
            kept.append((x, y))
    return [*kept, points[-1]]
