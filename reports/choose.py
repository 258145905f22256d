"""The choice of the winner: one rule, written down once, applied to results and to nothing else.

Who is eligible is the same for everybody; what counts how much is a matter of weights.
"""

import math

from reports import criteria, weights, wording
from reports.results import BOOT_PASS, ORACLE_PASS, Results

ELIGIBLE = (
    "A design is eligible if its fuzz target ran and has no finding (in a run in which the fuzzer "
    "caught the canary, for otherwise a clean result shows nothing), if it was measured under "
    "every workload and passed the oracle under each, and if no boot of it failed; not booted yet "
    "is fine."
)
LOWEST = (
    "The lowest score wins; scores that agree in nine digits after the point are ordered by name."
)
TIME_ALONE = (
    "Its score is the geometric mean, over the workloads, of its median time per served operation "
    "divided by the shortest such time of an eligible design."
)
TIE_DIGITS = 9


def choose(results: Results, wanted: weights.Weights | None = None) -> dict:
    """The ranking of all designs by the weights `wanted`, else those that the run was chosen by,
    else the default. `margin` is the runner-up's score divided by the winner's.
    """
    wanted = wanted or weights_of(results)
    workloads = [each["name"] for each in results.bench["workloads"]] if results.bench else []
    reasons = {design: why_not(results, design, workloads) for design in results.designs()}
    eligible = [design for design, reason in reasons.items() if reason is None]
    parts, left_out = criteria.measure(results, eligible, wanted.weights)
    best = shortest_times(results, eligible, workloads)
    scores = scores_of(parts)
    ranked = rank(scores)
    out = sorted(design for design in reasons if design not in ranked)
    ranking = [
        {
            "design": design,
            "rank": ranked.index(design) + 1 if design in ranked else None,
            "eligible": reasons[design] is None,
            "reason": reasons[design],
            "score": scores.get(design),
            "ratios": ratios_to(best, results, design),
            "criteria": {name: scores_of(own)[design] for name, own in by_criterion(parts).items()}
            if design in ranked
            else {},
        }
        for design in (*ranked, *out)
    ]
    return {
        "schema": "assay-choice",
        "winner": ranked[0] if ranked else None,
        "rule": rule_of(wanted),
        "weights": wanted.to_json(),
        "left_out": left_out,
        "ranking": ranking,
        "margin": scores[ranked[1]] / scores[ranked[0]] if len(ranked) > 1 else None,
        "noise": noise_of(parts) if ranked else None,
        "tied": tied(scores, ranked, noise_of(parts)) if ranked else [],
        "why": explain_margin(parts, ranked),
    }


def weights_of(results: Results) -> weights.Weights:
    """The weights that the run's own winner was chosen by; the default, if there are none."""
    stored = (results.choice or {}).get("weights")
    if stored is None:
        return weights.find(weights.DEFAULT)
    return weights.check(stored, str(results.folder / "winner.json"))


def rule_of(wanted: weights.Weights) -> str:
    """The rule in words."""
    if set(wanted.weights) == {"time"}:
        return f"{ELIGIBLE} {TIME_ALONE} {LOWEST}"
    return (
        f"{ELIGIBLE} Its score, by the weights '{wanted.name}' for {wanted.purpose}, is the "
        "weighted geometric mean of its costs, each divided by the lowest of an eligible design. "
        f"The costs, and their weights: {criteria.describe(wanted.weights)}. A share of failed "
        f"requests is a cost from 1 to {criteria.WORST_SHARE}. {LOWEST}"
    )


def scores_of(parts: list[criteria.Part]) -> dict[str, float]:
    """By design the weighted geometric mean of its ratios to the best; empty without parts."""
    whole = math.fsum(part.weight for part in parts)
    ratios = [(part.weight / whole, part.ratios()) for part in parts]
    return {
        design: math.exp(math.fsum(weight * math.log(each[design]) for weight, each in ratios))
        for design in (parts[0].costs if parts else ())
    }


def rank(scores: dict[str, float]) -> list[str]:
    """The designs, the lowest score first."""
    return sorted(scores, key=lambda design: (round(scores[design], TIE_DIGITS), design))


def by_criterion(parts: list[criteria.Part]) -> dict[str, list[criteria.Part]]:
    """The parts of each criterion."""
    names = dict.fromkeys(part.criterion for part in parts)
    return {name: [part for part in parts if part.criterion == name] for name in names}


def noise_of(parts: list[criteria.Part]) -> float:
    """By how much a score can be higher for noise alone, if all of it fell on one side."""
    whole = math.fsum(part.weight for part in parts)
    return math.expm1(math.fsum(part.weight / whole * math.log1p(part.floor) for part in parts))


def tied(scores: dict[str, float], ranked: list[str], noise: float) -> list[str]:
    """The winner and those whose scores are within the noise of its own; none, if it is alone."""
    near = [design for design in ranked if scores[design] <= scores[ranked[0]] * (1 + noise)]
    return near if len(near) > 1 else []


def explain_margin(parts: list[criteria.Part], ranked: list[str]) -> list[dict]:
    """For each criterion (or each workload, if there is one criterion) by what factor it sets the
    runner-up back, so that the factors make the margin; and who would win without it.
    """
    groups = by_criterion(parts)
    if len(groups) == 1:
        groups = {part.name: [part] for part in parts}
    if len(ranked) < 2:
        return []
    whole = math.fsum(part.weight for part in parts)
    reasons = []
    for name, own in groups.items():
        share = math.fsum(part.weight for part in own) / whole
        scores = scores_of(own)
        factor = (scores[ranked[1]] / scores[ranked[0]]) ** share
        rest = [part for part in parts if part not in own]
        winner = rank(scores_of(rest))[0] if rest else None
        reasons.append({"criterion": name, "factor": factor, "winner_without": winner})
    return sorted(reasons, key=lambda reason: -reason["factor"])


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
        if any(entry["eligible"] for entry in choice["ranking"]):
            return "Nothing that the weights ask for was measured, so there is no winner."
        return "No design is eligible, so there is no winner."
    first = choice["ranking"][0]
    won = f"{first['design']} has the lowest score, {wording.times(first['score'])}"
    if choice["margin"] is None:
        return f"{won}; no other design is eligible."
    second = choice["ranking"][1]
    if round(second["score"], TIE_DIGITS) == round(first["score"], TIE_DIGITS):
        return f"{won}; {second['design']} has the same, and the name decides."
    text = (
        f"{won}; that of {second['design']}, the runner-up, is {wording.times(second['score'])}, "
        f"{wording.significant(choice['margin'])} times as high."
    )
    if choice["tied"]:
        text += (
            f" That is a tie within the noise, which is {wording.percent(choice['noise'])} of a "
            f"score: {wording.listed(choice['tied'])}."
        )
    return text


def explain_why(choice: dict) -> list[str]:
    """What decided between the first and the second, in sentences."""
    if not choice["why"]:
        return []
    first, second = (entry["design"] for entry in choice["ranking"][:2])
    set_back = [each for each in choice["why"] if each["factor"] > 1.0005]
    ahead = [each for each in reversed(choice["why"]) if each["factor"] < 0.9995]
    lines = []
    if set_back:
        lines.append(f"{second} falls behind by {_listed_factors(set_back)}.")
    if ahead:
        lines.append(f"It gains by {_listed_factors(ahead)}." if set_back else "")
    others = {
        each["criterion"]: each["winner_without"]
        for each in choice["why"]
        if each["winner_without"] not in (None, first)
    }
    for name, winner in others.items():
        lines.append(f"Without {name} {winner} would win.")
    if not others and len(choice["why"]) > 1:
        lines.append(f"Without any one of them {first} wins as well.")
    return [line for line in lines if line]


def _listed_factors(reasons: list[dict]) -> str:
    return wording.listed([f"{r['criterion']} ({wording.times(r['factor'])})" for r in reasons])


def boot_problem(boot: dict) -> str | None:
    """What is wrong with a boot. The hashes themselves are compared here once more."""
    failed = [test["name"] for test in boot["tests"] if not test["ok"]]
    if boot["verdict"] != BOOT_PASS:
        return boot["reason"] or "no reason given"
    if failed:
        return f"failed: {', '.join(failed)}"
    if not all(is_same(replayed) for replayed in replays(boot)):
        return "the kernel's hash differs from the host's"
    return None


def replays(boot: dict) -> list[dict]:
    """All that was replayed in the kernel and on the host: traces, then the swarm."""
    found = [boot["trace"], *boot.get("more_traces", []), boot.get("swarm")]
    return [replayed for replayed in found if replayed]


def is_same(replayed: dict) -> bool:
    return replayed["equal"] and replayed["kernel_hash"] == replayed["host_hash"]


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
