"""What calls of a design cost in the booted kernel, in instructions.

Under `-icount` QEMU's time-stamp counter counts instructions: the same ones in every run, whatever
else the machine does. The kernel runs each workload of the benchmarks and counts call by call.
"""

import hashlib
import json
import re
import tempfile
from pathlib import Path

from cli import build, errors, files, paths, plugins, programs, progress
from cli.booting import image, ktap, qemu, sequences, verdict
from cli.errors import FailedError, UsageError

SCHEMA = "assay-kernel-costs"
RESULT = "kernel-costs.json"
FRAMES = 4096  # of the arenas of workloads that are no trace
MEMORY_MIB = 128
LIMIT_S = 300
QUICK = ("--set", "quick")  # of assay-bench's workloads
CALLS = ("allocate_one", "allocate_run", "allocate_failed", "free")

_CLOCK = re.compile(r"cost_clock allocate=(\d+) free=(\d+)$")
_RUN = re.compile(r"cost_run (\S+) ops=(\d+) hash=0x([0-9a-f]{16})$")
_COST = re.compile(
    r"cost (\S+) (\w+) calls=(\d+) sum=0x([0-9a-f]{16}) "
    r"p50=(\d+) p99=(\d+) p99_9=(\d+) max=(\d+) at=(\d+)$"
)


def count(folder, names: list[str]) -> dict:
    """Counts for each design; writes kernel-costs.json and each log, costs-<design>.log."""
    for name in names:
        if plugins.get(name):
            cause = "what its adapter costs would be counted with it"
            raise UsageError(f"{name}: no costs of somebody else's allocator: {cause}")
    build.build("release", ["assay-bench", "assay-ops"])
    document = {"schema": SCHEMA, "frames": FRAMES, "memory_mib": MEMORY_MIB}
    document |= {"kernel_compiler": None, "workloads": [], "designs": [], "cells": []}
    for name in names:
        add(document, count_one(folder, name))
    folder.write_json(RESULT, document)
    return document


def add(document: dict, counted: dict) -> None:
    """Puts what one design came to into the document about all."""
    document["kernel_compiler"] = counted["kernel_compiler"]
    document["workloads"] = counted["workloads"]
    document["designs"].append(counted["design"])
    document["cells"] += counted["cells"]


def count_one(folder, design: str, selection=QUICK) -> dict:
    """One boot. Raises FailedError unless it passed and did what the host does."""
    kernel = image.build_image(design)
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        workloads, modules = write_workloads(design, selection, Path(work))
        hosts = [sequences.replay_on_host(name, file, design) for name, file in modules.items()]
        set_ups = ",".join(str(workload["set_up_operations"]) for workload in workloads)
        with progress.bar(f"counting instructions of {design}"):
            boot = qemu.boot(
                kernel,
                memory_mib=MEMORY_MIB,
                modules=modules,
                command_line=f"costs={set_ups}",
                limit_s=LIMIT_S,
                icount=True,
            )
        sums = {name: hashlib.sha256(file.read_bytes()) for name, file in modules.items()}
    files.write_text(folder.path / f"costs-{design}.log", boot.serial)
    log = ktap.parse(boot.serial)
    reason = verdict.find_failure(boot, log, LIMIT_S)
    counted = read(boot.serial, design, workloads)
    for host in hosts:
        cell = next((c for c in counted["cells"] if c["workload"] == host["name"]), None)
        if cell and cell["hash"] == host["hash"]:
            cell["sequence_sha256"] = sums[host["name"]].hexdigest()
        else:
            reason = reason or f"{host['name']} went differently than on the host"
    if reason:
        raise FailedError(f"{design}: {reason}")
    return counted | {"kernel_compiler": log.compiler}


def write_workloads(design: str, selection, work: Path) -> tuple[list[dict], dict[str, Path]]:
    """The workloads as the benchmarks know them, and a module for each, judged by the oracle."""
    command = [paths.tool("release", "assay-bench"), "--designs", design, *selection]
    command += ["--workload-folder", paths.ROOT / "bench" / "workloads", "--frames", FRAMES]
    command += ["--times-only", "--repetitions", 1, "--repetition-ms", 1]
    command += ["--save-workloads", work, "-o", work / "bench.json"]
    done = programs.capture([str(part) for part in command], seconds=LIMIT_S)
    if done.returncode != errors.OK:
        raise FailedError(done.cause())
    bench = json.loads((work / "bench.json").read_text())
    saved = {cell["workload"]: cell["sequence"] for cell in bench["cells"]}
    fields = ("name", "version", "seed", "frames", "operations", "set_up_operations")
    workloads = [{key: workload[key] for key in fields} for workload in bench["workloads"]]
    modules = {name: work / Path(saved[name]).name for name in (w["name"] for w in workloads)}
    return workloads, modules


def read(serial: str, design: str, workloads: list[dict]) -> dict:
    """What the kernel's log says of costs."""
    about = {"design": design, "design_source_hash": ktap.parse(serial).source_hash}
    cells = {}
    for line in (line.removeprefix("# ").strip() for line in serial.splitlines()):
        if found := _CLOCK.match(line):
            about["empty_call"] = {"allocate": int(found[1]), "free": int(found[2])}
        elif found := _RUN.match(line):
            cells[found[1]] = {
                "design": design,
                "workload": found[1],
                "operations": int(found[2]),
                "hash": found[3],
                "calls": [],
            }
        elif found := _COST.match(line):
            cells[found[1]]["calls"].append(_call(found))
    return {"design": about, "workloads": workloads, "cells": list(cells.values())}


def _call(found: re.Match) -> dict:
    count, total = int(found[3]), int(found[4], 16)
    p50, p99, p99_9, most, at = map(int, found.groups()[4:])
    return {
        "call": found[2],
        "count": count,
        "mean": round(total / count, 3),
        "p50": p50,
        "p99": p99,
        "p99_9": p99_9,
        "max": most,
        "max_at": at,
    }


def rows(document: dict) -> list[list[str]]:
    """As a table: a row for each design, workload and kind of call."""
    head = ["design", "workload", "call", "calls", "mean", "p50", "p99", "p99.9", "max", "at"]
    return [head] + [
        [
            cell["design"],
            cell["workload"],
            call["call"],
            *(f"{call['count']:,}", f"{call['mean']:,.1f}"),
            *(f"{call[key]:,}" for key in ("p50", "p99", "p99_9", "max", "max_at")),
        ]
        for cell in document["cells"]
        for call in cell["calls"]
    ]
