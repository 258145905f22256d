"""The part `bench`: every cell once with tiny inputs, judged; plug-ins beside a design; and the
import of a small trace.
"""

import tempfile
from pathlib import Path

from cli import build, designs, paths, plugins, programs, runs, verb_bench
from cli.checks.check import FAILED, PASSED, Check

NEEDS = ("build", "bench")
LIMIT_S = 120
EXAMPLES = paths.ROOT / "impls" / "plugin" / "examples"
SOUND, WITH_BUG = "byte_bitmap", "zone_buddy"
SAMPLE = paths.ROOT / "bench" / "traces" / "sample.ftrace.txt"


def run(scope: str):
    build.build("release", ["assay-bench", "assay-import", "assay-ops"])
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        yield from smoke(Path(folder) / "bench.json")
        yield measure_plugins(Path(folder) / "plugins.json")
        imported = Path(folder) / "sample.opsb"
        yield import_sample(imported)
        for design in designs.names():
            yield replay_sample(imported, design)


def smoke(output: Path) -> list[Check]:
    """One check per cell: it has a number, and the oracle passed it."""
    command = [paths.tool("release", "assay-bench"), "--smoke", "-o", output]
    command += ["--workload-folder", paths.ROOT / "bench" / "workloads"]
    done = programs.capture(command, seconds=LIMIT_S)
    if not output.exists():
        return [Check("smoke run", FAILED, done.cause(), " ".join(map(str, command)))]
    return [judge(cell) for cell in runs.read_json(output)["cells"]]


def measure_plugins(output: Path) -> Check:
    """A sound one has a number or a reason everywhere, one with a bug has none where it shows."""
    name = "plug-ins have a number, a reason or a verdict"
    found = [plugins.find(str(EXAMPLES / each)) for each in (SOUND, WITH_BUG)]
    objects = [str(plugins.build(plugin, plugins.FAST)) for plugin in found]
    command = [paths.tool("release", "assay-bench"), "--smoke", "-o", output]
    command += ["--workload-folder", paths.ROOT / "bench" / "workloads"]
    command += ["--designs", ",".join(objects)]
    done = programs.capture(command, seconds=LIMIT_S)
    repeat = " ".join(map(str, command))
    if not output.exists():
        return Check(name, FAILED, done.cause(), repeat)
    problem = judge_plugins(runs.read_json(output))
    return Check(name, FAILED if problem else PASSED, problem or "", repeat)


def judge_plugins(result: dict) -> str | None:
    """What is wrong with the results of the two plug-ins."""
    settled = [(each["design"], each["workload"]) for each in result["cells"] + result["left_out"]]
    for design in (SOUND, WITH_BUG):
        for workload in result["workloads"]:
            if settled.count((design, workload["name"])) != 1:
                return f"{design} is not there once under {workload['name']}"
    for cell in result["cells"]:
        if (cell["oracle"] == verb_bench.PASS) != bool(cell["median_ns"]):
            return f"{cell['design']} on {cell['workload']}: {cell['oracle']}, {cell['median_ns']}"
    failed = {cell["design"] for cell in result["cells"] if cell["oracle"] != verb_bench.PASS}
    return None if failed == {WITH_BUG} else f"the oracle rejects {sorted(failed) or 'nobody'}"


def judge(cell: dict) -> Check:
    """What a cell of a smoke run must have."""
    name = f"{cell['design']} on {cell['workload']}"
    repeat = f"./assay bench {cell['design']} --workloads {cell['workload']}"
    if cell["oracle"] != verb_bench.PASS:
        return Check(name, FAILED, cell["oracle"], repeat)
    if not cell["median_ns"]:
        return Check(name, FAILED, "it was not measured", repeat)
    return Check(name, PASSED)


def import_sample(output: Path) -> Check:
    """The committed sample of a recorded trace becomes operations."""
    command = [paths.tool("release", "assay-import"), SAMPLE, "-o", output]
    done = programs.capture(command, seconds=LIMIT_S)
    repeat = f"./assay import {paths.from_root(SAMPLE)} -o sample.opsb"
    if done.ok and output.exists():
        return Check("import of a sample", PASSED)
    return Check("import of a sample", FAILED, done.cause(), repeat)


def replay_sample(imported: Path, design: str) -> Check:
    """What was imported is a valid sequence that no design breaks on."""
    command = [paths.tool("release", "assay-ops"), "replay", imported, "--design", design, "--json"]
    done = programs.capture(command, seconds=LIMIT_S)
    name = f"{design}: replay of the imported sample"
    return Check(name, PASSED) if done.ok else Check(name, FAILED, done.stdout or done.cause())
