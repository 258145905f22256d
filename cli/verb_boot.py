"""The verb `boot`: a kernel on top of one design, in QEMU, must behave there as on the host."""

import argparse
import json
import re
import tempfile
from pathlib import Path

from cli import build, designs, errors, files, paths, plugins, programs, progress, runs
from cli.booting import image, ktap, qemu, verdict
from cli.errors import FailedError, UsageError

SUMMARY = "boot a kernel that runs on a design, and compare it with the host"
GROUP = "boot"
EXAMPLE = "./assay boot bitmap --memory 256 --trace cxx-build"
NEEDS = ("build", "kernel")

LIMIT_S = 120
MEMORY_MIB = 128
MOST_MEMORY_MIB = 4096
TRACE = "pgbench"
NO_TRACE = "none"
WINNER = "winner.json"
LONGEST_NAME = 60  # of a module, in the kernel


def add_arguments(parser):
    parser.add_argument(
        "design",
        nargs="?",
        metavar="DESIGN",
        help="who is booted, also a plug-in's folder or a winner.json (default: the latest winner)",
    )
    parser.add_argument(
        "--memory",
        type=memory_mib,
        default=MEMORY_MIB,
        metavar="MIB",
        help=f"the machine's memory in MiB (default: {MEMORY_MIB})",
    )
    parser.add_argument(
        "--trace",
        default=TRACE,
        metavar="NAME",
        help=f"what it replays: a trace, a file (.ops, .opsb) or '{NO_TRACE}' (default: {TRACE})",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def memory_mib(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= MOST_MEMORY_MIB:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write 2 to {MOST_MEMORY_MIB} (MiB)")
    return int(text)


def run(args) -> int:
    design = pick_design(args.design)
    find_trace(args.trace)  # a wrong name is told before anything is built
    folder = runs.RunFolder.create("boot", command=args.command)
    result = boot_step(folder, design, memory_mib=args.memory, trace=args.trace)
    code = errors.OK if result["verdict"] == "pass" else errors.FAILED
    folder.finish(exit_code=code)
    print(json.dumps(result, indent=1) if args.json else summarize(result, folder))
    return code


def pick_design(wanted: str | None) -> str:
    """The design that is named, or that a winner.json names; else that of the newest choice."""
    if wanted and (wanted.endswith(".json") or (Path(wanted) / WINNER).is_file()):
        path = Path(wanted)
        return winner_in(path / WINNER if path.is_dir() else path)
    if wanted:
        return designs.find(wanted, [*designs.names(), *designs.zoo()])
    folder = runs.newest(WINNER)
    if folder is None:
        known = ", ".join(designs.names())
        raise UsageError(f"no run has a winner yet; name the design to boot: {known}")
    return winner_in(folder / WINNER)


def winner_in(path: Path) -> str:
    """The design that a choice names."""
    choice = runs.read_json(path)
    if choice.get("schema") != "assay-choice":
        raise UsageError(f"{path}: no choice of a winner; `./assay choose -o FILE` writes one")
    winner = choice.get("winner")
    if not isinstance(winner, str):
        cause = f"{paths.from_root(path)} has no winner"
        raise UsageError(f"{cause}; name the design to boot: {', '.join(designs.names())}")
    folder = (choice.get("plugins") or {}).get(winner, winner)  # a plug-in goes by its folder
    return designs.find(folder, designs.names())


def find_trace(name: str) -> Path | None:
    """The file of a trace; None for the name `none`."""
    if name == NO_TRACE:
        return None
    if "/" in name or name.endswith((".ops", ".opsb")):
        with open(name, "rb"):
            return Path(name)
    file = paths.ROOT / "bench" / "traces" / f"{name}.opsb"
    if not file.exists():
        known = ", ".join(sorted(path.stem for path in file.parent.glob("*.opsb"))) or "none"
        raise UsageError(f"no trace '{name}' in {paths.from_root(file.parent)}; there are: {known}")
    return file


def boot_step(
    folder,
    design: str,
    *,
    memory_mib: int = MEMORY_MIB,
    trace: str = TRACE,
    limit_s: float = LIMIT_S,
    command_line: str = "",
) -> dict:
    """Builds and boots a design; writes boot-<design>.json and the log, boot-<design>.log."""
    file = find_trace(trace)
    prepare_plugin(design)
    kernel = image.build_image(design)
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        modules, host = {}, None
        if file is not None:
            build.build("release", ["assay-ops"])
            name = re.sub(r"[^\w.-]", "_", file.stem)[:LONGEST_NAME]
            module = to_bytes(file, design, Path(work))
            modules, host = {name: module}, replay_on_host(name, module, design)
        with progress.bar(f"booting {design}"):
            boot = qemu.boot(
                kernel,
                memory_mib=memory_mib,
                modules=modules,
                command_line=command_line,
                limit_s=limit_s,
            )
    files.write_text(folder.path / f"boot-{design}.log", boot.serial)
    result = judge(boot, design, memory_mib, limit_s, host)
    folder.write_json(f"boot-{design}.json", result)
    return result


def prepare_plugin(design: str) -> None:
    """What is wrong with somebody else's allocator shows on the host first, and better."""
    if plugin := plugins.get(design):
        plugins.build_named([design], ["release"])
        build.build("release", ["assay-ops"])
        plugins.switch_on(plugin)


def to_bytes(file: Path, design: str, work: Path) -> Path:
    """The same sequence in the byte form, which is what the kernel reads; for somebody else's
    allocator in an arena that it takes.
    """
    plugin = plugins.get(design)
    if file.suffix != ".ops" and plugin is None:
        return file
    converted = work / f"{file.stem}.opsb"
    command = [paths.tool("release", "assay-ops"), "convert", file.resolve(), converted]
    command += ["--design", plugins.for_tool(design, "release")] if plugin else []
    done = programs.capture(command)
    if not done.ok:
        raise UsageError(done.cause())
    return converted


def replay_on_host(name: str, module: Path, design: str) -> dict:
    """What the kernel must come to as well."""
    tool = paths.tool("release", "assay-ops")
    on_trial = plugins.for_tool(design, "release")
    command = [tool, "replay", module.resolve(), "--design", on_trial, "--json"]
    done = programs.capture(command, seconds=LIMIT_S)
    if done.timed_out or done.returncode not in (errors.OK, errors.FAILED):
        kind = UsageError if done.returncode == errors.USAGE else FailedError
        raise kind(done.cause())
    answer = json.loads(done.stdout)
    return {"name": name, "operations": answer["operations"], "hash": answer["hash"]}


def judge(boot: qemu.Boot, design: str, memory: int, limit_s: float, host: dict | None) -> dict:
    """The document about one boot."""
    log = ktap.parse(boot.serial)
    trace = compare(host, log) if host else None
    reason = verdict.find_failure(boot, log, limit_s) or find_mismatch(design, log, trace)
    return {
        "schema": "assay-boot",
        "design": design,
        "verdict": "pass" if reason is None else "fail",
        "reason": reason,
        "memory_mib": memory,
        "seconds": round(boot.seconds, 3),
        "exit_code": boot.returncode,
        "design_source_hash": log.source_hash,
        "kernel_bytes": log.image_bytes,
        "tests": [
            {
                "name": test.name,
                "ok": test.ok,
                "skipped": test.skipped,
                "diagnostics": test.diagnostics,
            }
            for test in log.tests
        ],
        "trace": trace,
    }


def compare(host: dict, log: ktap.Log) -> dict:
    """The trace on the host beside the same in the kernel."""
    seen = next((trace for trace in log.traces if trace.name == host["name"]), None)
    return {
        "name": host["name"],
        "operations": host["operations"],
        "kernel_operations": seen.operations if seen else None,
        "kernel_hash": seen.hash if seen else None,
        "host_hash": host["hash"],
        "equal": bool(seen) and (seen.operations, seen.hash) == (host["operations"], host["hash"]),
    }


def find_mismatch(design: str, log: ktap.Log, trace: dict | None) -> str | None:
    """Why a boot that passed by itself is not the one that was asked for."""
    if log.design != design:
        return f"the image says that its design is {log.design}, not {design}"
    if trace is None or trace["equal"]:
        return None
    if trace["kernel_hash"] is None:
        return f"the kernel says nothing of the trace {trace['name']}"
    return (
        f"the trace {trace['name']} went differently: in the kernel {trace['kernel_operations']} "
        f"operations, hash {trace['kernel_hash']}; here {trace['operations']}, {trace['host_hash']}"
    )


def summarize(result: dict, folder) -> str:
    """What a person wants to know of it."""
    design, tests = result["design"], result["tests"]
    log = paths.from_root(folder.path / f"boot-{design}.log")
    machine = f"{result['memory_mib']} MiB, {result['seconds']:.1f} s"
    if result["verdict"] == "fail":
        return f"{design} fails in the kernel ({machine}): {result['reason']}\n\nits log: {log}"
    skipped = [test for test in tests if test["skipped"] is not None]
    passed = f"{len(tests) - len(skipped)} of {len(tests)} tests passed in the kernel"
    lines = [
        f"{design}: {passed} ({machine})",
        *(f"  skipped: {test['name']}: {test['skipped']}" for test in skipped),
        f"  image: {result['kernel_bytes'] / 1024:.0f} KiB, source {result['design_source_hash']}",
    ]
    if trace := result["trace"]:
        lines.append(
            f"  trace {trace['name']}: {trace['operations']:,} operations, hash "
            f"{trace['kernel_hash']}: every placement and result as on the host"
        )
    return "\n".join([*lines, "", f"its log: {log}"])
