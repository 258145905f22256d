"""The part `zoo`: allocators that are wrong on purpose are caught, the designs stay silent.

The kill matrix (cli/checks/kill_matrix.py) says which engine catches which fault. Without any one
check of the trial somebody must escape (cli/checks/switched_off.py). The other way round, swarm
judges very many calls of each design and may find nothing.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli import build, designs, machine, paths, progress, table
from cli.checks import kill_matrix, switched_off
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing import canary
from cli.fuzzing.findings import Findings
from cli.fuzzing.swarm import SwarmTarget

NEEDS = ("build", "fuzz")
SEED = 1
FUZZED_FAST = ("canary", "link_before_check", "circular_list")  # by verdict, by ASan, by a hang
SILENT_CALLS = {"fast": 2_000_000, "default": 10_000_000, "full": 1_000_000_000}  # per design
SILENT_FRAMES = 4096
SILENT_LIMIT_S = {"fast": 60, "default": 120, "full": 7200}  # for one design
POLL_S = 0.2


def run(scope: str):
    build.build("release", ["assay-explore", "assay-swarm", "assay-ops", "checks_test"])
    build.build("fuzz", ["assay-ops", "fuzz-zoo", f"fuzz-{canary.CANARY}"])
    faults = designs.faults()
    fuzzed = FUZZED_FAST if scope == "fast" else faults
    yield from catch_all(faults, list(fuzzed), scope)
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        result = canary.catch_canary(Path(folder), SEED)
    yield judge_canary(result, faults[canary.CANARY]["clause"])
    with ThreadPoolExecutor(1) as pool:  # one core is busy with it for a while, the others not
        escapes = pool.submit(switched_off.switch_each_off)
        yield from stay_silent(designs.names(), scope)
        yield from switched_off.judge(escapes.result())


def catch_all(faults: dict[str, dict], fuzzed: list[str], scope: str) -> list[Check]:
    """Fills, prints, keeps and judges the kill matrix."""
    cells = kill_matrix.fill(list(faults), fuzzed)
    text = kill_matrix.render(cells, faults)
    kept = kill_matrix.keep(cells, faults, text, scope=scope)
    print(f"{text}\nkept: {paths.from_root(kept)}, and beside it as JSON")
    unlisted = [name for name in designs.zoo() if name not in faults]
    checks = [Check(f"{name} says what must catch it", FAILED, "it does not") for name in unlisted]
    return checks + kill_matrix.judge(cells, faults, fuzzed)


def judge_canary(result: dict, expected: str) -> Check:
    """The canary in the target that designs are fuzzed with. It must be caught for its fault."""
    name = f"{result['design']} is caught by {expected} in its own libFuzzer target"
    repeat = f"./assay fuzz --for 10s --seed {SEED}"
    if not result["caught"]:
        return Check(name, FAILED, f"it got away: {result['reason']}", repeat)
    if result["clause"] != expected:
        return Check(name, FAILED, f"it was caught by something else: {result['verdict']}", repeat)
    return Check(name, PASSED)


def stay_silent(names: list[str], scope: str) -> list[Check]:
    """Lets swarm judge so many calls of each correct design."""
    calls, limit = SILENT_CALLS[scope], SILENT_LIMIT_S[scope]
    found = Findings()
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        targets = [
            SwarmTarget(name, Path(folder), [], found.keep, frames=SILENT_FRAMES) for name in names
        ]
        with (
            progress.bar(f"{calls:,} calls of each design", calls * len(names)) as bar,
            ThreadPoolExecutor(machine.usable_cores()) as pool,
        ):
            running = [
                pool.submit(target.fuzz, limit, SEED, max_deaths=1, calls=calls)
                for target in targets
            ]
            try:
                while not all(future.done() for future in running):
                    time.sleep(POLL_S)
                    bar.set(sum(target.progress_now()[1] for target in targets))
            except BaseException:  # Ctrl-C: the processes would go on for hours
                for target in targets:
                    target.interrupt()
                raise
        for future in running:
            future.result()
    found.finish()
    results = [target.tally.to_json() for target in targets]
    print(silence_table(results))
    return [judge_silence(result, found.kept, calls) for result in results]


def silence_table(results: list[dict]) -> str:
    """How often each design was asked."""
    rows = [["correct design", "sequences", "calls", "seconds", "findings"]]
    for result in results:
        counts = [f"{result[name]:,}" for name in ("executions", "operations")]
        rows.append(
            [result["design"], *counts, f"{result['seconds']:.1f}", str(len(result["findings"]))]
        )
    return table.render(rows)


def judge_silence(result: dict, kept: dict[str, dict], calls: int) -> Check:
    """A design must not break a clause, and must have been asked as often as is claimed."""
    name = f"{result['design']} stays silent for {calls:,} calls"
    repeat = (
        f"build/release/bin/assay-swarm --design {result['design']} --frames {SILENT_FRAMES} "
        f"--seed {SEED} --calls {calls} -o found.ops"
    )
    if result["findings"]:
        finding = kept[result["findings"][0]]
        return Check(name, FAILED, finding["verdict"], finding["replay"])
    if result["reason"]:
        return Check(name, FAILED, result["reason"], repeat)
    if result["operations"] < calls:
        detail = f"only {result['operations']:,} calls were judged in {result['seconds']:.0f} s"
        return Check(name, FAILED, detail, repeat)
    return Check(name, PASSED)
