"""What a reader must know before believing the numbers: alarms first, then notes."""

from dataclasses import dataclass

from reports import wording
from reports.choose import boot_problem
from reports.results import ORACLE_PASS, Results

MAX_LOAD = 0.5  # per core
MIN_REPETITIONS = 9
MAX_SPREAD = 0.25
MAX_NOISY = 3  # are named


@dataclass(frozen=True)
class Remark:
    """An alarm: something failed or does not fit together. A note: the numbers are weaker."""

    is_alarm: bool
    text: str


def make_remarks(results: Results, choice: dict) -> list[Remark]:
    """Every remark about a run."""
    alarms = [*_step_alarms(results), *_fuzz_alarms(results), *_bench_alarms(results)]
    alarms += [*_boot_alarms(results), *_choice_alarms(results, choice)]
    alarms += [*_machine_alarms(results), *_measuring_alarms(results)]
    notes = [*_commit_notes(results), *_bench_notes(results)]
    return [Remark(True, text) for text in alarms] + [Remark(False, text) for text in notes]


def _step_alarms(results: Results):
    for step in results.steps["steps"] if results.steps else []:
        if step["failure"]:
            yield f"The step '{step['name']}' failed: {step['failure']}."


def _fuzz_alarms(results: Results):
    if not results.fuzz:
        return
    if not results.fuzz["canary"]["caught"]:
        yield (
            "The canary got away: the fuzzer did not find a known fault, so its clean results show "
            "nothing."
        )
    for target in results.fuzz["targets"]:
        if found := results.findings(target["design"]):
            yield f"{target['design']} has {wording.plural(found, 'finding')}."
        elif target["status"] == "failed":
            yield f"Fuzzing {target['design']} failed: {target['reason'] or 'no reason given'}."


def _bench_alarms(results: Results):
    for cell in results.bench["cells"] if results.bench else []:
        if cell["oracle"] != ORACLE_PASS:
            yield f"{cell['design']} failed the oracle under {cell['workload']}: {cell['oracle']}."


def _boot_alarms(results: Results):
    for boot in results.boots:
        if problem := boot_problem(boot):
            yield f"The boot of {boot['design']} failed: {problem}."


def _choice_alarms(results: Results, choice: dict):
    stored = results.choice
    if stored and stored["winner"] != choice["winner"]:
        yield (
            f"winner.json names {stored['winner'] or 'no winner'}, but the rule applied to these "
            f"results gives {choice['winner'] or 'no winner'}; this page shows the latter."
        )


def origin_notes(results: Results):
    """Where it is not certain what ran on which machine."""
    yield from _machine_alarms(results)
    yield from _commit_notes(results)


def _machine_alarms(results: Results):
    documents = results.documents()
    if len({tuple(each["machine"][k] for k in ("cpu", "cores")) for each in documents}) > 1:
        yield "The results come from more than one machine."


def _commit_notes(results: Results):
    documents = results.documents()
    if len({each["commit"] for each in documents}) > 1:
        yield "The results come from more than one commit."
    if any(each["commit"] is None for each in documents):
        yield "The commit is not known."
    if any(each["dirty"] for each in documents):
        yield "The tree had changes that are in no commit, so the commit does not say what ran."


def _measuring_alarms(results: Results):
    """What makes times worth little: another load, few repetitions, a smoke run."""
    measured = (results.bench, results.latency, results.growth, results.cpus)
    timed = [each for each in measured if each]
    machines = [each["machine"] for each in timed if each["machine"]["load"]]
    busy = [m for m in machines if m["load"][0] > MAX_LOAD * max(m["cores"], 1)]
    if busy:
        worst = max(busy, key=lambda machine: machine["load"][0] / max(machine["cores"], 1))
        yield (
            f"Load {worst['load'][0]:g} on {wording.plural(worst['cores'], 'core')} when measuring "
            f"began (above {MAX_LOAD:g} per core): something else ran, too."
        )
    if results.bench and results.bench.get("smoke"):
        yield "A smoke run: it shows that the benchmarks work; its times mean nothing."
    few = [c for c in _measured(results) if len(c["repetitions_ns"]) < MIN_REPETITIONS]
    if few:
        fewest = wording.plural(min(len(c["repetitions_ns"]) for c in few), "repetition")
        shown = [f"{cell['design']} under {cell['workload']}" for cell in few[:MAX_NOISY]]
        more = len(few) - len(shown)
        if more:
            shown.append(f"{more} more")
        yield f"Only {fewest}, fewer than {MIN_REPETITIONS}: {wording.listed(shown)}."


def _measured(results: Results) -> list[dict]:
    cells = results.bench["cells"] if results.bench else []
    return [cell for cell in cells if cell["median_ns"] is not None]


def _bench_notes(results: Results):
    if not results.bench:
        return
    yield from _foreign_notes(results)
    yield from _noise_notes(results)
    measured = _measured(results)
    noisy = sorted((c for c in measured if spread_of(c) > MAX_SPREAD), key=spread_of, reverse=True)
    if noisy:
        shown = [f"{cell['design']} under {cell['workload']}" for cell in noisy[:MAX_NOISY]]
        most = "most of all " if len(noisy) > MAX_NOISY else ""
        yield (
            f"Noisy, for the repetitions lie more than {wording.percent(MAX_SPREAD)} of their "
            f"median apart: {len(noisy)} of {wording.plural(len(measured), 'measurement')}, "
            f"{most}{wording.listed(shown)}."
        )


def _noise_notes(results: Results):
    """Where two equal contestants lay far apart."""
    floors = {w["name"]: w["noise_floor"] for w in results.bench["workloads"] if "noise_floor" in w}
    name = max(floors, key=floors.get, default=None)
    if name is not None and floors[name] > MAX_SPREAD:
        yield (
            f"Two equal contestants lay {wording.percent(floors[name])} apart under {name}: lesser "
            "differences mean nothing there."
        )


def _foreign_notes(results: Results):
    cells = results.bench["cells"]
    foreign = list(dict.fromkeys(cell["design"] for cell in cells if cell.get("foreign")))
    if foreign:
        yield (
            f"Called through an adapter's table of functions, which designs are not: "
            f"{wording.listed(foreign)}. This leans against them by about a nanosecond."
        )
    for each in results.bench.get("left_out", []):
        yield f"{each['design']} is left out of {each['workload']}: {each['reason']}."


def spread_of(cell: dict) -> float:
    """How far the repetitions lie apart, as a share of the median."""
    times = cell["repetitions_ns"] or [0]
    return (max(times) - min(times)) / cell["median_ns"]
