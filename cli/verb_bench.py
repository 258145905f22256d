"""The verb `bench`: what each design costs on each workload, after the oracle has judged it."""

import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

from cli import (
    arguments,
    bench_cpus,
    bench_growth,
    bench_table,
    build,
    code_size,
    designs,
    errors,
    harness,
    paths,
    plugins,
    progress,
    programs,
    runs,
    table,
    workloads,
)
from cli.errors import FailedError, UsageError

SUMMARY = "measure what each design costs on each workload (Google Benchmark)"
GROUP = "measure"
EXAMPLE = "./assay bench my_pmm/ bitmap --workloads mixed_50,mixed_90"
NEEDS = ("build", "bench")
NEEDS_OF_GROWTH = (*NEEDS, "report")  # fits lines

TOOL = "assay-bench"
PASS = "pass"


def add_arguments(parser):
    parser.add_argument(
        "designs", nargs="*", metavar="DESIGN", help="default: all; or a plug-in's FOLDER"
    )
    views = parser.add_mutually_exclusive_group()
    views.add_argument(
        "--table",
        action="store_true",
        help="what each design costs ÷ what a stack of frame numbers does, at 262,144 frames",
    )
    views.add_argument(
        "--growth",
        action="store_true",
        help="how the cost of each call grows from 2^10 to 2^24 frames (a quarter of an hour)",
    )
    views.add_argument(
        "--size",
        action="store_true",
        help="the bytes of code that each design adds to an i686 kernel, and of stack",
    )
    views.add_argument(
        "--harness",
        action="store_true",
        help="measure the fuzz targets and the swarm instead of the designs",
    )
    views.add_argument(
        "--cpus",
        metavar="FILE",
        help="an imported sequence with a thread for each CPU that it was recorded on, behind a "
        "lock",
    )
    views.add_argument("--list", action="store_true", help="the workloads and what each is for")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--workloads",
        metavar="W,…",
        help="only these, separated by commas; FILE.json holds some of your own, a sequence "
        "(FILE.opsb, FILE.ops) is one as it stands",
    )
    which.add_argument("--set", metavar="SET", help="default, quick or full")
    parser.add_argument(
        "--frames",
        type=arguments.positive,
        metavar="N",
        help="the size of the arenas (default: 65,536; with --table 262,144)",
    )
    parser.add_argument(
        "--repetitions", type=arguments.positive, metavar="N", help="how often each cell is timed"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def needs(args) -> tuple[str, ...]:
    """The package sets of what was asked for."""
    return NEEDS_OF_GROWTH if args.growth else NEEDS


def run(args) -> int:
    chosen = designs.choose(args.designs)
    if args.list:
        return list_workloads(args)
    if args.harness:
        return measure_harness(args, chosen)
    if args.growth:
        return measure_growth(args, chosen)
    if args.size:
        return measure_size(args, chosen)
    if args.cpus:
        return measure_cpus(args, chosen)
    folder = runs.RunFolder.create("bench", command=args.command)
    asked, frames = args.workloads, args.frames
    if args.table:
        asked = asked or (None if args.set else ",".join(bench_table.WORKLOADS))
        frames = frames or bench_table.FRAMES
    result = bench_step(
        folder,
        chosen,
        workloads=asked,
        workload_set=args.set,
        repetitions=args.repetitions,
        frames=frames,
    )
    code = errors.OK if all(cell["oracle"] == PASS for cell in result["cells"]) else errors.FAILED
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(bench_table.summarize(result) if args.table else summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'bench.json')}")
    return code


def list_workloads(args) -> int:
    """The workloads that there are. Nothing is measured."""
    refuse_workloads(args, "--list")
    known = workloads.read_all()
    if args.json:
        print(json.dumps(known, indent=1, ensure_ascii=False))
    else:
        print(workloads.summarize(known))
    return errors.OK


def measure_harness(args, chosen: list[str]) -> int:
    """How fast Assay itself is. No figure fails: that is for who reads them."""
    refuse_workloads(args, "--harness")
    refuse_plugins(chosen, "--harness measures the fuzz targets of designs")
    folder = runs.RunFolder.create("bench", command=args.command)
    result = harness.harness_step(folder, chosen, args.repetitions)
    folder.finish(exit_code=errors.OK)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(harness.summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'harness.json')}")
    return errors.OK


def measure_growth(args, chosen: list[str]) -> int:
    """How costs grow with the arena. What grows fails nothing; what breaks a clause does."""
    refuse_workloads(args, "--growth")
    prepare_plugins(chosen)
    folder = runs.RunFolder.create("bench", command=args.command)
    result = bench_growth.growth_step(folder, chosen, args.repetitions)
    code = errors.OK if all(cell["oracle"] == PASS for cell in result["cells"]) else errors.FAILED
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(bench_growth.summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'growth.json')}")
    return code


def measure_size(args, chosen: list[str]) -> int:
    """How much code the designs are. 64-bit division, which i686 lacks, fails."""
    refuse_workloads(args, "--size")
    refuse_plugins(chosen, "--size weighs designs as an i686 kernel compiles them")
    folder = runs.RunFolder.create("bench", command=args.command)
    result = code_size.size_step(folder, chosen)
    code = code_size.exit_code(result)
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(code_size.summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'size.json')}")
    return code


def measure_cpus(args, chosen: list[str]) -> int:
    """What a design behind a lock costs several CPUs. One that is broken behind it fails."""
    refuse_workloads(args, "--cpus")
    refuse_plugins(chosen, "--cpus measures designs behind Assay's own lock")
    folder = runs.RunFolder.create("bench", command=args.command)
    result = bench_cpus.cpus_step(folder, chosen, args.cpus, args.repetitions)
    code = errors.OK if all(cell["sound"] for cell in result["cells"]) else errors.FAILED
    folder.finish(exit_code=code)
    shown = result.pop("shown")
    print(json.dumps(result, indent=1) if args.json else shown)
    if not args.json:
        print(f"\nresults: {paths.from_root(folder.path / 'cpus.json')}")
    return code


def refuse_workloads(args, view: str) -> None:
    """A view that has workloads and sizes of its own takes no others."""
    for name in ("workloads", "set", "frames"):
        if getattr(args, name):
            raise UsageError(f"{view} takes no --{name}; leave it out")


def refuse_plugins(chosen: list[str], why: str) -> None:
    """A view that knows only what Assay itself builds."""
    if foreign := [name for name in chosen if plugins.get(name)]:
        raise UsageError(f"{why}; leave out the plug-in {', '.join(foreign)}")


def prepare_plugins(chosen: list[str]) -> None:
    """Compiles the plug-ins among the designs; what is wrong with one ends the verb here."""
    plugins.build_named(chosen, ["release"])
    if foreign := [plugin for plugin in map(plugins.get, chosen) if plugin]:
        build.build("release", ["assay-ops"])
        for plugin in foreign:
            plugins.switch_on(plugin)


def bench_step(
    folder,
    chosen: list[str],
    *,
    workloads: str | None = None,  # as --workloads takes them
    workload_set: str | None = None,
    repetitions: int | None = None,
    frames: int | None = None,
) -> dict:
    """Measures the designs; writes bench.json, gbench.json (Google Benchmark's), and workloads/."""
    prepare_plugins(chosen)
    build.build("release", [TOOL])
    on_trial = [plugins.for_tool(name, "release") for name in chosen]
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        output = Path(work) / "bench.json"
        command = [paths.tool("release", TOOL), "--designs", ",".join(on_trial)]
        command += ["--workload-folder", paths.ROOT / "bench" / "workloads"]
        command += ["--workloads", workloads] if workloads else []
        command += ["--set", workload_set] if workload_set else []
        command += ["--repetitions", repetitions] if repetitions else []
        command += ["--frames", frames] if frames else []
        sequences = folder.path / "workloads"
        sequences.mkdir()
        command += ["--save-workloads", sequences]
        measure([*command, "-o", output, "--gbench", folder.path / "gbench.json"])
        result = {"schema": "assay-bench"} | runs.read_json(output)
    result["plugins"] = plugins.folders_of(chosen)
    result |= identify_binaries(chosen)
    sha256 = {file.name: hash_of(file) for file in sequences.iterdir()}
    for workload in result["workloads"]:
        workload["sha256"] = sha256[f"{workload['name']}.opsb"]
    for cell in all_cells(result):
        cell["sequence_sha256"] = sha256[cell["sequence"]]
    folder.write_json("bench.json", result)
    return result


def identify_binaries(chosen: list[str]) -> dict:
    """The hash of the program that measures, with all designs in it, and of each plug-in: what is
    the same cannot have become faster or slower.
    """
    foreign = [name for name in chosen if plugins.get(name)]
    return {
        "binary_sha256": hash_of(paths.tool("release", TOOL)),
        "plugin_sha256": {name: hash_of(plugins.for_tool(name, "release")) for name in foreign},
    }


def hash_of(file) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def measure(command: list) -> None:
    """Runs the tool; its progress becomes ours, everything else it says is shown."""
    said = []
    with progress.bar("measuring", 1.0) as bar:
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
        for line in process.stderr:
            step = re.match(r"(judging|measuring) \w+ (\d+)/(\d+): (.*)", line)
            if line.startswith("writing "):
                bar.set(0, line.rstrip())
            elif step:
                done = int(step[2]) / int(step[3])
                bar.set(done if step[1] == "measuring" else 0, f"{step[1]} {step[4]}")
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


def summarize(result: dict) -> str:
    """A row per design, a column per workload: the median time, and how much it scatters."""
    measured = [workload["name"] for workload in result["workloads"]]
    cells = {(cell["design"], cell["workload"]): cell for cell in all_cells(result)}
    names = dict.fromkeys(cell["design"] for cell in all_cells(result))
    rows = [["design", *measured]]
    rows += [[name, *(describe(cells.get((name, each))) for each in measured)] for name in names]
    failed = [cell for cell in result["cells"] if cell["oracle"] != PASS]
    return "\n".join(
        [
            table.render(rows),
            "median ns per served operation (fail_…: per request) ± median absolute deviation",
            *bench_table.foreign_notes(result),
            *(f"{cell['design']} on {cell['workload']}: {cell['oracle']}" for cell in failed),
        ]
    )


def all_cells(result: dict) -> list[dict]:
    """The designs' cells, then the yardstick's: a bare stack of frame numbers, which cannot win."""
    return [*result["cells"], *result.get("references", [])]


def describe(cell: dict | None) -> str:
    if cell is None or cell["median_ns"] is None:
        return "–"
    return f"{cell['median_ns']:,.2f} ± {cell['mad_ns']:.2f}"
