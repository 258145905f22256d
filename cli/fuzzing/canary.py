"""Shows that the fuzzer can find something: the canary is wrong on purpose and must be caught."""

import time
from pathlib import Path

from cli.fuzzing import findings
from cli.fuzzing.output import Output
from cli.fuzzing.target import Target

CANARY = "canary"
LIMIT_S = 60


def catch_canary(work: Path, seed: int, engine=Target) -> dict:
    """Fuzzes the canary from an empty corpus until it is caught, then shrinks what caught it."""
    corpus = work / "canary-corpus"
    corpus.mkdir()
    caught: list[tuple[Output, str]] = []

    def keep(design: str, output: Output, stderr: str) -> str:
        caught.append((output, stderr))
        return output.verdict.key

    target = engine(CANARY, work, [corpus], keep)
    started = time.monotonic()
    target.fuzz(LIMIT_S, seed, max_deaths=1)
    result = {
        "design": CANARY,
        "caught": bool(caught),
        "executions": target.tally.executions,
        "operations": target.tally.operations,
        "seconds": round(time.monotonic() - started, 3),
        "reason": None if caught else target.tally.failure or f"not caught within {LIMIT_S} s",
    }
    return result | (_describe(*caught[0]) if caught else _NOTHING)


_NOTHING = {
    "verdict": None,
    "clause": None,
    "shortest_ops": None,
    "shortest_operations": None,
    "replay": None,
}


def _describe(output: Output, stderr: str) -> dict:
    shortest = findings.shrink(CANARY, output.artifact)
    findings.write_folder(CANARY, shortest, output, stderr)
    found = findings.describe(CANARY, output, shortest)
    return {
        "verdict": found["verdict"],
        "clause": found["clause"],
        "shortest_ops": found["ops"],
        "shortest_operations": found["operations"],
        "replay": found["replay"],
    }
