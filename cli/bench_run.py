"""A run of the benchmarks: a process of assay-bench for each workload, in which all designs take
turns, and whose results are kept as soon as it ends.

    runs/<time>-bench/plan.json         what was asked for
    runs/<time>-bench/parts/WORKLOAD/   the documents of one process
    runs/<time>-bench/bench.json …      all parts in one, when the last one has ended

So a run that was stopped goes on with the first workload that has no part. Designs are compared
under one workload, and those times are of one process.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from cli import (
    bench_growth,
    code_size,
    errors,
    files,
    paths,
    plugins,
    programs,
    progress,
    runs,
    workloads,
)
from cli.booting import costs
from cli.errors import FailedError, UsageError

TOOL = "assay-bench"
PLAN = "plan.json"
QUICK, FULL = "quick", "full"
QUICK_REPETITION_MS = 15
FULL_GROWTH = (10, 12, 14, 16, 18, 20)  # --growth goes on to 2^24
GROWTH_REPETITIONS = 3
UNFINISHED = ".part-"
RECORDED = ("latency", "timeline", "contiguous")


@dataclass(frozen=True)
class Plan:
    """What is measured. A workload is a name, or a file of one's own."""

    designs: list[str]
    workloads: list[str]
    repetitions: int | None = None
    repetition_ms: int | None = None
    frames: int | None = None
    recorded: bool = False  # single calls, fragmentation over time, runs by occupancy as well
    sizes: bool = False  # code and stack on i686, and growth with the arena


def names_in(chosen: str) -> list[str]:
    """The workloads of a set, in the order of the report."""
    known = workloads.read_all()
    names = [entry["name"] for entry in known if chosen in entry.get("sets", [])]
    if not names:
        sets = dict.fromkeys(name for entry in known for name in entry.get("sets", []))
        raise UsageError(f"there is no set '{chosen}' of workloads; there are: {', '.join(sets)}")
    return names


def begin(folder, plan: Plan) -> dict:
    """Writes down what shall be measured, then measures it."""
    document = {"schema": "assay-bench-plan", "binary_sha256": hash_of_tool()}
    document |= {"plugins": plugins.folders_of(plan.designs), "plan": asdict(plan)}
    folder.write_json(PLAN, document)
    return go_on(folder, plan)


def read_plan(folder: Path) -> Plan:
    """The plan of a run that was stopped. Another build of the designs would be another run."""
    document = runs.read_json(folder / PLAN)
    for place in document["plugins"].values():
        plugins.find(place)
    if document["binary_sha256"] != hash_of_tool():
        raise UsageError(
            f"{paths.from_root(folder)}: the designs have been built anew since, so its times and "
            "new ones do not belong together; begin a new run without --resume"
        )
    return Plan(**document["plan"])


def go_on(folder, plan: Plan) -> dict:
    """Measures what has no part yet; writes bench.json and the other documents."""
    parts = folder.path / "parts"
    (folder.path / "workloads").mkdir(exist_ok=True)
    parts.mkdir(exist_ok=True)
    for half in parts.glob(f"{UNFINISHED}*"):
        shutil.rmtree(half)
    missing = [each for each in plan.workloads if not part_of(parts, each).exists()]
    started = time.monotonic()
    with progress.bar("measuring", 1.0) as bar:
        for number, workload in enumerate(missing):

            def show(share: float, what: str, number=number):
                done = (number + share) / len(missing)
                bar.set(done, f"{what}, workload {number + 1}/{len(missing)}{left(started, done)}")

            measure_part(folder, plan, workload, parts, show)
    result = merge(folder, plan, [part_of(parts, each) for each in plan.workloads])
    if plan.sizes:
        weigh_and_grow(folder, plan)
    return result


def part_of(parts: Path, workload: str) -> Path:
    """The folder of a workload's part; files of one name in two folders have two."""
    name = re.sub(r"[^\w.-]", "_", Path(workload).name)
    if "/" not in workload:
        return parts / name
    return parts / f"{name}-{hashlib.sha256(workload.encode()).hexdigest()[:8]}"


def left(started: float, done: float) -> str:
    """How long the rest will take, if it goes on like this."""
    elapsed = time.monotonic() - started
    if done < 0.02 or elapsed < 5:
        return ""
    seconds = elapsed / done - elapsed
    time_left = f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
    return f", about {time_left} left"


def measure_part(folder, plan: Plan, workload: str, parts: Path, show) -> None:
    """One process of the tool. Its documents appear together, or not at all."""
    goal = part_of(parts, workload)
    on_trial = [plugins.for_tool(name, "release") for name in plan.designs]
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=parts) as work:
        fresh = Path(work) / "part"
        fresh.mkdir()
        command = [paths.tool("release", TOOL), "--designs", ",".join(on_trial)]
        command += ["--workload-folder", paths.ROOT / "bench" / "workloads"]
        command += ["--workloads", workload]
        command += ["--repetitions", plan.repetitions] if plan.repetitions else []
        command += ["--repetition-ms", plan.repetition_ms] if plan.repetition_ms else []
        command += ["--frames", plan.frames] if plan.frames else []
        command += ["--save-workloads", folder.path / "workloads"]
        # Runs by occupancy belong to no workload; the first process measures them.
        for kind in RECORDED if plan.recorded else ():
            if kind != "contiguous" or workload == plan.workloads[0]:
                command += [f"--{kind}", fresh / f"{kind}.json"]
        run_tool([*command, "-o", fresh / "bench.json", "--gbench", fresh / "gbench.json"], show)
        fresh.rename(goal)


def run_tool(command: list, show) -> None:
    """Runs the tool; its progress becomes ours, everything else it says is shown."""
    said = []
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except FileNotFoundError:
        raise programs.missing(str(command[0])) from None
    with process:
        for line in process.stderr:
            step = re.match(r"(judging|measuring) (\w+) (\d+)/(\d+): (.*)", line)
            if line.startswith("writing "):
                show(0, line.rstrip())
            elif step:
                done = int(step[3]) / int(step[4])
                show(done if step[1] == "measuring" else 0, f"{step[5]}: {step[1]} {step[2]}")
            else:
                said.append(line.rstrip())
        code = process.wait()
    if code == errors.USAGE:
        complaint = said[-1] if said else f"{TOOL} refused its input"
        raise UsageError(complaint.removeprefix(f"{TOOL}: "))
    for line in said:
        progress.say(line)
    if code not in (errors.OK, errors.FAILED):  # 1: the oracle rejects a cell, as the result says
        raise FailedError(f"{TOOL} ended with {programs.describe_exit(code)}")


def merge(folder, plan: Plan, parts: list[Path]) -> dict:
    """All parts in one document of each kind. Returns: that of the times."""
    bench = {"schema": "assay-bench"} | joined(
        parts, "bench", ("workloads", "cells", "references", "left_out")
    )
    bench["plugins"] = plugins.folders_of(plan.designs)
    bench |= identify_binaries(plan.designs)
    sequences = folder.path / "workloads"
    sha256 = {file.name: hash_of(file) for file in sequences.iterdir()}
    for workload in bench["workloads"]:
        workload["sha256"] = sha256[f"{workload['name']}.opsb"]
    for cell in [*bench["cells"], *bench.get("references", [])]:
        cell["sequence_sha256"] = sha256[cell["sequence"]]
    folder.write_json("bench.json", bench)
    gbench = json.dumps(joined(parts, "gbench", ("benchmarks",)), indent=1)
    files.write_text(folder.path / "gbench.json", gbench + "\n")
    for kind in RECORDED if plan.recorded else ():
        document = joined(parts, kind, ("entries", "left_out"))
        folder.write_json(f"{kind}.json", {"schema": f"assay-{kind}"} | document, compact=True)
    return bench


def joined(parts: list[Path], kind: str, lists: tuple[str, ...]) -> dict:
    """One document of several: these lists one behind the other, all else of the first one."""
    paths_of_parts = [part / f"{kind}.json" for part in parts]
    documents = [runs.read_json(path) for path in paths_of_parts if path.exists()]
    together = {
        name: [each for document in documents for each in document.get(name, [])]
        for name in lists
        if any(name in document for document in documents)
    }
    return documents[0] | together


def weigh_and_grow(folder, plan: Plan) -> None:
    """What belongs to no process of the tool: code and stack on i686, instructions in the booted
    kernel, and growth with the arena.
    """
    ours = [name for name in plan.designs if not plugins.get(name)]
    if ours and not (folder.path / "size.json").exists():
        code_size.size_step(folder, ours)
    if ours and not (folder.path / costs.RESULT).exists():
        costs.count(folder, ours)
    if not (folder.path / "growth.json").exists():
        bench_growth.growth_step(folder, plan.designs, GROWTH_REPETITIONS, FULL_GROWTH)


def identify_binaries(chosen: list[str]) -> dict:
    """The hash of the program that measures, with all designs in it, and of each plug-in: what is
    the same cannot have become faster or slower.
    """
    foreign = [name for name in chosen if plugins.get(name)]
    return {
        "binary_sha256": hash_of_tool(),
        "plugin_sha256": {name: hash_of(plugins.for_tool(name, "release")) for name in foreign},
    }


def hash_of_tool() -> str:
    """Of the program that measures."""
    return hash_of(paths.tool("release", TOOL))


def hash_of(file) -> str:
    """SHA-256, in hexadecimal digits."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except FileNotFoundError:
        raise programs.missing(str(file)) from None
