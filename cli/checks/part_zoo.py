"""The part `zoo`: allocators that are wrong on purpose must be caught, by the clause they break."""

import tempfile
from pathlib import Path

from cli import build, designs
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing import canary

NEEDS = ("build", "fuzz")
SEED = 1


def run(scope: str):
    build.build("fuzz", ["assay-ops", f"fuzz-{canary.CANARY}"])
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        yield judge(canary.catch_canary(Path(work), SEED), designs.expected_clause(canary.CANARY))


def judge(result: dict, expected: str) -> Check:
    """Caught is not enough: it must be for the fault that it has."""
    name = f"{result['design']} is caught by {expected}"
    repeat = f"./assay fuzz --for 10s --seed {SEED}"
    if not result["caught"]:
        return Check(name, FAILED, f"it got away: {result['reason']}", repeat)
    if result["clause"] != expected:
        return Check(name, FAILED, f"it was caught by something else: {result['verdict']}", repeat)
    return Check(name, PASSED)
