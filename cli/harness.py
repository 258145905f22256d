"""The speed of the harness itself: `./assay bench --harness`.

In each repetition, one behind the other: a libFuzzer target that does nothing, and for each design
its target on 64 operations over 256 frames (fuzz/speed_mutator.cc), then the swarm. Ratios are
formed within a repetition, so that a machine that slows down slows both sides.
"""

import json
import os
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

from cli import build, paths, programs, progress, runs, table
from cli.errors import FailedError
from cli.fuzzing.output import read_output

EMPTY = "fuzz-empty"
OPERATIONS = 64
FRAMES = 256
BYTES = 512  # more than 64 operations ever take; the empty target gets inputs of up to as many
SECONDS = 3
REPETITIONS = 5
GRACE_S = 60  # over its time, until a process counts as hanging


def harness_step(folder, chosen: list[str], repetitions: int | None) -> dict:
    """Measures the harness on the designs; writes harness.json."""
    build.build("fuzz", [EMPTY, *(f"speed-{name}" for name in chosen)])
    build.build("release", ["assay-swarm"])
    repetitions = repetitions or REPETITIONS
    rounds = []
    with progress.bar("measuring the harness", repetitions * (1 + 2 * len(chosen))) as bar:

        def measured(function, *arguments):
            figures = function(*arguments)
            bar.set(sum(len(each) for each in rounds) + 1, arguments[0])
            return figures

        for seed in range(1, repetitions + 1):
            rounds.append({})
            rounds[-1][EMPTY] = measured(time_target, EMPTY, seed)
            for name in chosen:
                rounds[-1][f"speed-{name}"] = measured(time_target, f"speed-{name}", seed)
                rounds[-1][f"swarm-{name}"] = measured(time_swarm, name, seed)
    result = {
        "schema": "assay-harness",
        "operations": OPERATIONS,
        "frames": FRAMES,
        "seconds": SECONDS,
        "repetitions": repetitions,
        "empty": combine(rounds, EMPTY),
        "designs": [describe(rounds, name) for name in chosen],
    }
    folder.write_json("harness.json", result)
    return result


def time_target(name: str, seed: int) -> dict:
    """One process of a libFuzzer target; its start is part of the time."""
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        stats = Path(work) / "stats.json"
        command = [paths.tool("fuzz", name), f"-seed={seed}", f"-max_total_time={SECONDS}"]
        command += [f"-max_len={BYTES}", "-len_control=0", "-print_final_stats=1"]
        command += [f"-artifact_prefix={work}/"]
        started = time.monotonic()
        environment = os.environ | {"ASSAY_STATS": str(stats)}
        done = programs.capture(command, seconds=SECONDS + GRACE_S, environment=environment)
        elapsed = time.monotonic() - started
        if not done.ok:
            output = read_output(done.stderr, name)
            raise FailedError(f"{name}: {output.verdict.text if output.verdict else done.cause()}")
        executions = read_output(done.stderr, name).executions
        judged = runs.read_json(stats) if stats.exists() else {"operations": 0, "outcomes": {}}
    return {
        "per_second": executions / elapsed,
        "operations": judged["operations"],
        "outcomes": judged["outcomes"],
    }


def time_swarm(design: str, seed: int) -> dict:
    """One process of the swarm; it keeps the time itself."""
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        command = [paths.tool("release", "assay-swarm"), "--design", design]
        command += ["--frames", FRAMES, "--seconds", SECONDS, "--seed", seed]
        done = programs.capture([*command, "-o", Path(work) / "found.opsb"], seconds=GRACE_S)
    if not done.ok:
        raise FailedError(f"assay-swarm on {design}: {done.stdout.strip() or done.cause()}")
    result = json.loads(done.stdout)
    return {
        "per_second": result["operations"] / result["seconds"],
        "operations": result["operations"],
        "outcomes": result["outcomes"],
    }


def describe(rounds: list[dict], name: str) -> dict:
    """A design's figures, and its target's speed as a share of the empty one's."""
    ratios = [each[f"speed-{name}"]["per_second"] / each[EMPTY]["per_second"] for each in rounds]
    return {
        "design": name,
        "fuzz": combine(rounds, f"speed-{name}") | {"of_empty": statistics.median(ratios)},
        "swarm": combine(rounds, f"swarm-{name}"),
    }


def combine(rounds: list[dict], key: str) -> dict:
    """All repetitions of one thing: each one's speed, the median, and the shares of outcomes."""
    speeds = [each[key]["per_second"] for each in rounds]
    operations = sum(each[key]["operations"] for each in rounds)
    outcomes = sum((Counter(each[key]["outcomes"]) for each in rounds), Counter())
    return {
        "per_second": speeds,
        "median": statistics.median(speeds),
        "shares": {
            kind: outcomes[kind] / operations if operations else None
            for kind in ("allocated", "freed")
        },
    }


def summarize(result: dict) -> str:
    """A row per design: executions of its target, then operations of the swarm."""
    head = ["design", "fuzz exec/s", "empty ÷ fuzz", "allocated %", "freed %"]
    rows = [[*head, "swarm M ops/s", "allocated %", "freed %"]]
    for design in result["designs"]:
        fuzz, swarm = design["fuzz"], design["swarm"]
        rows.append(
            [
                design["design"],
                f"{fuzz['median']:,.0f}",
                f"{1 / fuzz['of_empty']:,.1f}",
                *percent(fuzz["shares"]),
                f"{swarm['median'] / 1e6:.2f}",
                *percent(swarm["shares"]),
            ]
        )
    lines = [table.render(rows), f"empty target: {result['empty']['median']:,.0f} exec/s"]
    lines.append(
        f"medians of {result['repetitions']}; a fuzz execution is {result['operations']} operations"
        f" at {result['frames']} frames"
    )
    return "\n".join(lines)


def percent(shares: dict) -> list[str]:
    """Successful allocations and frees among the calls, in percent."""
    return [f"{100 * shares[kind]:.1f}" for kind in ("allocated", "freed")]
