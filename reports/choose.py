"""The choice of the winner: one rule, written down once, applied to results and to nothing else."""

import statistics

from reports import wording
from reports.results import BOOT_PASS, ORACLE_PASS, Results

RULE = (
    "A design is eligible if its fuzz target ran and has no finding (in a run in which the fuzzer "
    "caught the canary, for otherwise a clean result shows nothing), if it was measured under "
    "every workload and passed the oracle under each, and if no boot of it failed; not booted yet "
    "is fine. Its score is the geometric mean, over the workloads, of its median time per served "
    "operation divided by the shortest such time of an eligible design. The lowest score wins; "
    "scores that agree in nine digits after the point are ordered by name."
)
TIE_DIGITS = 9


def choose(results: Results) -> dict:
    """The ranking of all designs. `margin` is the runner-up's score divided by the winner's."""
    workloads = [each["name"] for each in results.bench["workloads"]] if results.bench else []
    reasons = {design: why_not(results, design, workloads) for design in results.designs()}
    eligible = [design for design, reason in reasons.items() if reason is None]
    best = shortest_times(results, eligible, workloads)
    ratios = {design: ratios_to(best, results, design) for design in reasons}
    scores = {design: statistics.geometric_mean(ratios[design].values()) for design in eligible}
    ranked = sorted(eligible, key=lambda design: (round(scores[design], TIE_DIGITS), design))
    out = sorted(design for design in reasons if reasons[design] is not None)
    ranking = [
        {
            "design": design,
            "rank": ranked.index(design) + 1 if design in ranked else None,
            "eligible": design in ranked,
            "reason": reasons[design],
            "score": scores.get(design),
            "ratios": ratios[design],
        }
        for design in (*ranked, *out)
    ]
    return {
        "schema": "assay-choice",
        "winner": ranked[0] if ranked else None,
        "rule": RULE,
        "ranking": ranking,
        "margin": scores[ranked[1]] / scores[ranked[0]] if len(ranked) > 1 else None,
    }


def shortest_times(results: Results, eligible: list[str], workloads: list[str]) -> dict[str, float]:
    """By workload, the median of the fastest eligible design; empty if none is eligible."""
    if not eligible:
        return {}
    return {name: min(_median(results, each, name) for each in eligible) for name in workloads}


def why_not(results: Results, design: str, workloads: list[str]) -> str | None:
    """Why a design cannot win, every cause named; None if it can."""
    causes = [
        *_fuzz_causes(results, design),
        *_bench_causes(results, design, workloads),
        *_boot_causes(results, design),
    ]
    return "; ".join(causes) or None


def ratios_to(best: dict[str, float], results: Results, design: str) -> dict[str, float]:
    """By workload, how many times as long as the best eligible design; where it was measured."""
    medians = {name: _median(results, design, name) for name in best}
    return {name: medians[name] / best[name] for name in best if medians[name] is not None}


def explain_winner(choice: dict) -> str:
    """Who won and how clearly, in a sentence."""
    if choice["winner"] is None:
        return "No design is eligible, so there is no winner."
    first = choice["ranking"][0]
    won = f"{first['design']} has the lowest score, {wording.times(first['score'])}"
    if choice["margin"] is None:
        return f"{won}; no other design is eligible."
    second = choice["ranking"][1]
    if round(second["score"], TIE_DIGITS) == round(first["score"], TIE_DIGITS):
        return f"{won}; {second['design']} has the same, and the name decides."
    return (
        f"{won}; that of {second['design']}, the runner-up, is {wording.times(second['score'])}, "
        f"{wording.significant(choice['margin'])} times as high."
    )


def boot_problem(boot: dict) -> str | None:
    """What is wrong with a boot. The hashes themselves are compared here once more."""
    failed = [test["name"] for test in boot["tests"] if not test["ok"]]
    trace = boot["trace"]
    if boot["verdict"] != BOOT_PASS:
        return boot["reason"] or "no reason given"
    if failed:
        return f"failed: {', '.join(failed)}"
    if trace and not (trace["equal"] and trace["kernel_hash"] == trace["host_hash"]):
        return "the kernel's hash differs from the host's"
    return None


def _median(results: Results, design: str, workload: str) -> float | None:
    cell = results.cell(design, workload)
    return cell["median_ns"] if cell and cell["oracle"] == ORACLE_PASS else None


def _fuzz_causes(results: Results, design: str) -> list[str]:
    target = results.target(design)
    if target is None:
        return ["not fuzzed"]
    causes = []
    if not results.fuzz["canary"]["caught"]:
        causes.append("the canary got away, so the fuzzing shows nothing")
    findings = results.findings(design)
    if findings or target["status"] == "finding":
        causes.append(f"{findings or 1} finding{'s' if findings > 1 else ''}")
    elif target["status"] != "clean":
        causes.append(f"fuzzing failed: {target['reason'] or 'no reason given'}")
    return causes


def _bench_causes(results: Results, design: str, workloads: list[str]) -> list[str]:
    cells = {name: results.cell(design, name) for name in workloads}
    if not any(cells.values()):
        return ["not measured"]
    causes = []
    for name, cell in cells.items():
        if cell is None:
            causes.append(f"not measured under {name}")
        elif cell["oracle"] != ORACLE_PASS:
            causes.append(f"failed the oracle under {name}: {cell['oracle']}")
        elif cell["median_ns"] is None:
            causes.append(f"served no operation under {name}")
    return causes


def _boot_causes(results: Results, design: str) -> list[str]:
    problems = [boot_problem(boot) for boot in results.boots_of(design)]
    return [f"a boot failed: {problem}" for problem in problems if problem]
