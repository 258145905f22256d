"""The view `./assay bench --cpus FILE`: a recorded load on the CPUs that it was recorded on.

A thread for each CPU performs its operations on a design behind a lock (bench/cpu_replay.h), beside
one thread that performs all of them.
"""

import tempfile
from pathlib import Path

from cli import build, errors, paths, programs, runs
from cli.errors import FailedError, UsageError

TOOL = "assay-cpus"


def cpus_step(folder, chosen: list[str], sequence: str, repetitions: int | None) -> dict:
    """Measures the designs; writes cpus.json. The tool's table is in the result's `shown`."""
    build.build("release", [TOOL])
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        output = Path(work) / "cpus.json"
        command = [paths.tool("release", TOOL), sequence, "--designs", ",".join(chosen)]
        command += ["--repetitions", repetitions] if repetitions else []
        done = programs.capture([*command, "-o", output], cwd=Path.cwd())
        if done.returncode == errors.USAGE:
            raise UsageError(done.cause().removeprefix(f"{TOOL}: "))
        if done.returncode not in (errors.OK, errors.FAILED) or not output.exists():
            raise FailedError(f"{TOOL}: {done.cause()}")
        result = {"schema": "assay-cpus"} | runs.read_json(output)
    folder.write_json("cpus.json", result)
    return result | {"shown": done.stderr + done.stdout.rstrip()}
