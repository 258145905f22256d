"""The view `./assay bench --growth`: how the cost of each call grows with the arena.

Each design does five workloads in arenas of 2^10 to 2^24 frames, a process each. The exponent is
the slope of a least-squares line, both axes logarithmic: 0 is a cost that does not grow, 1 one that
doubles with the arena. Costs are those of the fastest pass: sizes are measured one after the other,
and a slope must not show how busy the machine was meanwhile.
"""

import itertools
import math
import tempfile
from pathlib import Path

from cli import bench_table, build, errors, paths, plugins, programs, progress, runs, table
from cli.errors import FailedError, UsageError
from reports import wording

TOOL = "assay-bench"
EXPONENTS = (10, 12, 14, 16, 18, 20, 22, 24)
COSTS = {
    "allocate_one": "allocate(1), at 90 % occupancy",
    "free_one": "free, at 90 % occupancy",
    "fail_full": "allocate(1) that fails: no frame is free",
    "fail_checkerboard": "allocate(2) that fails: every second frame is free",
    "fail_512": "allocate(512) that fails: orders 0 to 9 at 90 % occupancy",
}
LEAST_EXPONENT = {"fail_512": 14}  # below, fewer than 512 frames are free in all
REPETITIONS = 5
POINTS = 3  # the fewest that a line is fitted through


def growth_step(folder, chosen: list[str], repetitions: int | None, exponents=EXPONENTS) -> dict:
    """Measures the designs; writes growth.json."""
    build.build("release", [TOOL])
    repetitions = repetitions or REPETITIONS
    rounds = [
        (exponent, workload, name)
        for exponent, workload, name in itertools.product(exponents, COSTS, chosen)
        if exponent >= LEAST_EXPONENT.get(workload, 0)
    ]
    documents = []
    with progress.bar("measuring growth", len(rounds)) as bar:
        for done, (exponent, workload, name) in enumerate(rounds):
            bar.set(done, f"{name} {workload} 2^{exponent}")
            documents.append(measure(name, workload, 2**exponent, repetitions))
    result = {
        "schema": "assay-growth",
        "repetitions": repetitions,
        "sizes": [2**exponent for exponent in exponents],
        "judged_whole_up_to": max((d["frames"] for d in documents if is_whole(d)), default=0),
        "cells": [cell for document in documents for cell in document["cells"]],
        "references": unique(cell for document in documents for cell in document["references"]),
        "left_out": [each for document in documents for each in document.get("left_out", [])],
        "plugins": plugins.folders_of(chosen),
    }
    result["fits"] = fit_all([*result["cells"], *result["references"]])
    folder.write_json("growth.json", result)
    return result


def measure(design: str, workload: str, frames: int, repetitions: int) -> dict:
    """One process of the tool: a design on a workload at one size, and the stack where it can."""
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        output = Path(work) / "bench.json"
        on_trial = plugins.for_tool(design, "release")
        command = [paths.tool("release", TOOL), "--designs", on_trial, "--workloads", workload]
        command += ["--frames", frames, "--repetitions", repetitions]
        command += ["--times-only", "-o", output]  # a slope needs no more
        done = programs.capture(command)
        where = f"{design} on {workload} at {frames:,} frames"
        if done.returncode == errors.USAGE:
            raise UsageError(f"{where}: {done.cause().removeprefix(f'{TOOL}: ')}")
        if done.returncode not in (errors.OK, errors.FAILED) or not output.exists():
            raise FailedError(f"{where}: {done.cause()}")
        document = runs.read_json(output)
    return document | {"frames": frames}


def is_whole(document: dict) -> bool:
    """Did the oracle look at everything?"""
    return document["judged"] == "whole"


def unique(cells) -> list[dict]:
    """The first cell of each workload and size: the stack is measured beside every design."""
    found = {}
    for cell in cells:
        found.setdefault((cell["workload"], cell["frames"]), cell)
    return list(found.values())


def fit_all(cells: list[dict]) -> list[dict]:
    """A line for each design and workload that has enough points."""
    fits = []
    for design, workload in dict.fromkeys((cell["design"], cell["workload"]) for cell in cells):
        own = [c for c in cells if (c["design"], c["workload"]) == (design, workload)]
        points = [(c["frames"], c["fastest_ns"]) for c in own if c["fastest_ns"] is not None]
        fits.append({"design": design, "workload": workload, **fit(points)})
    return fits


def fit(points: list[tuple[float, float]]) -> dict:
    """The exponent of a power law through (size, cost), and its standard error."""
    if len(points) < POINTS:
        return {"exponent": None, "standard_error": None, "points": len(points)}
    from scipy import stats  # there only after setup

    line = stats.linregress(*zip(*[(math.log(size), math.log(cost)) for size, cost in points]))
    return {"exponent": line.slope, "standard_error": line.stderr, "points": len(points)}


def summarize(result: dict) -> str:
    """For each cost a table: a row per design, a column per size, and the exponent."""
    everybody = [*result["cells"], *result["references"]]
    cells = {(c["design"], c["workload"], c["frames"]): c for c in everybody}
    fits = {(each["design"], each["workload"]): each for each in result["fits"]}
    parts = []
    for workload, title in COSTS.items():
        rows = [["", *(power_of_two(size) for size in result["sizes"]), "exponent"]]
        for design in dict.fromkeys(c["design"] for c in everybody if c["workload"] == workload):
            own = [cells.get((design, workload, size)) for size in result["sizes"]]
            exponent = describe_fit(fits[design, workload])
            rows.append([design, *(nanoseconds(cell) for cell in own), exponent])
        parts += [title, table.render(rows), ""]
    parts += [
        "ns in the fastest pass; cost ~ frames^exponent, ± its standard error",
        f"judged: whole up to {result['judged_whole_up_to']:,} frames; above that each call, but "
        "not what frames hold",
        *bench_table.foreign_notes(result),
    ]
    parts += [
        f"{cell['design']} on {cell['workload']} at {cell['frames']:,} frames: {cell['oracle']}"
        for cell in result["cells"]
        if cell["oracle"] != "pass"
    ]
    return "\n".join(parts)


def nanoseconds(cell: dict | None) -> str:
    """Short: 12.3, 123, 12.3k, 1.23M."""
    if cell is None or cell["fastest_ns"] is None:
        return wording.ABSENT
    value = cell["fastest_ns"]
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= 0.9995 * size:
            return f"{wording.significant(value / size)}{unit}"
    return wording.significant(value)


def describe_fit(fit: dict) -> str:
    """0.03 ± 0.01."""
    if fit["exponent"] is None:
        return wording.ABSENT
    return f"{fit['exponent']:.2f} ± {fit['standard_error']:.2f}"


def power_of_two(size: int) -> str:
    """2^10, where it is one."""
    return f"2^{size.bit_length() - 1}" if size.bit_count() == 1 else f"{size:,}"
