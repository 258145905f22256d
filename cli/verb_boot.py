"""The verb `boot`: a kernel on top of one design, in QEMU, must behave there as on the host."""

import argparse
import json
import tempfile
from pathlib import Path

from cli import build, designs, errors, files, paths, plugins, progress, runs, table
from cli.booting import (
    backtrace,
    calls,
    costs,
    debugger,
    disc,
    golden,
    image,
    ktap,
    paging,
    qemu,
    sequences,
    shell,
    terminal,
    verdict,
)
from cli.booting.sequences import Swarm
from cli.errors import UsageError

SUMMARY = "boot a kernel that runs on a design, and compare it with the host"
GROUP = "boot"
EXAMPLE = "./assay boot bitmap --memory 256 --trace cxx-build"
NEEDS = ("build", "kernel")
NEEDS_FOR_DISC = ("build", "image")

LIMIT_S = sequences.LIMIT_S
MEMORY_MIB = 128
MOST_MEMORY_MIB = 4096
MOST_LOW_MIB = 768
MOST_CPUS = 4
MOST_DISK_MIB = 4096
MOST_PAGES_MIB = 2048  # of the 3 GiB that a program has
S_PER_MIB = 3  # for pages that all leave and come back, four times
TRACE = "pgbench"
NO_TRACE = "none"
SWARM = Swarm()
MOST_OPERATIONS = 4_000_000_000  # of a swarm: the kernel counts in 32 bits
WINNER = "winner.json"
NOT_ASKED_FOR = "not asked for"  # a test that needs an option of the kernel's command line


def add_arguments(parser):
    parser.add_argument(
        "design",
        nargs="?",
        metavar="DESIGN",
        help="who is booted, also a plug-in's folder or a winner.json (default: the latest winner)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")
    add_machine_arguments(parser)
    add_sequence_arguments(parser)
    add_other_views(parser)


def needs(args) -> tuple[str, ...]:
    """The package sets: to write an image takes GRUB, and no QEMU."""
    return NEEDS_FOR_DISC if args.iso else NEEDS


def add_machine_arguments(parser):
    group = parser.add_argument_group("the machine")
    group.add_argument(
        "--memory",
        type=memory_mib,
        default=MEMORY_MIB,
        metavar="MIB",
        help=f"the machine's memory in MiB (default: {MEMORY_MIB})",
    )
    group.add_argument(
        "--low",
        type=low_mib,
        metavar="MIB",
        help="where low memory ends and the kernel's heap begins, in steps of 4 MiB "
        "(default: 16; 768 for a plug-in)",
    )
    group.add_argument(
        "--cpus",
        type=cpu_number,
        default=1,
        metavar="N",
        help=f"how many CPUs the machine has and the kernel uses, up to {MOST_CPUS} (default: 1)",
    )
    group.add_argument(
        "--disk",
        type=disk_mib,
        metavar="MIB",
        help="give the machine an empty disk of this many MiB (default: none)",
    )
    group.add_argument(
        "--pages",
        type=pages_mib,
        metavar="MIB",
        help="let programs work through this many MiB of pages, which leave to the disk where "
        "memory does not suffice (--disk: as many MiB, unless told otherwise)",
    )
    group.add_argument(
        "--fill",
        action="store_true",
        help="fill every frame that becomes free, and check every byte of free ones",
    )
    group.add_argument(
        "--ubsan",
        action="store_true",
        help="a kernel in which undefined behaviour traps, that of the design too",
    )


def add_sequence_arguments(parser):
    group = parser.add_argument_group("what it replays and judges")
    group.add_argument(
        "--trace",
        action="append",
        metavar="NAME",
        help=f"what it replays, also several times: a trace, a file (.ops, .opsb) or '{NO_TRACE}' "
        f"(default: {TRACE})",
    )
    group.add_argument(
        "--swarm",
        type=swarm_operations,
        metavar="N",
        help="how many operations of random sequences it makes and judges itself "
        f"(default: {sequences.USUAL}; for a plug-in {sequences.USUAL_OF_PLUGINS}; 0: none)",
    )
    group.add_argument(
        "--seed",
        type=seed_number,
        default=SWARM.seed,
        metavar="N",
        help=f"the number of the first such sequence (default: {SWARM.seed})",
    )


def add_other_views(parser):
    group = parser.add_argument_group("other views")
    group.add_argument(
        "--calls",
        action="store_true",
        help="write down what the kernel asks of its own frames, replay it here, and compare",
    )
    group.add_argument(
        "--iso",
        metavar="FILE",
        help="write an image that GRUB boots from a CD instead of booting; it holds "
        "sequences and options, for a machine of --memory MiB or more",
    )
    group.add_argument(
        "--interactive",
        action="store_true",
        help="a shell on this terminal, or for commands of a pipe, instead of tests; `help` lists "
        "what it can do",
    )
    group.add_argument(
        "--gdb",
        action="store_true",
        help="boot under gdb, which stops at kmain and in front of a panic",
    )
    group.add_argument(
        "--costs",
        action="store_true",
        help="count the instructions of each call instead, on the benchmarks' workloads (of all "
        "designs, if none is named)",
    )
    group.add_argument(
        "--renew",
        action="store_true",
        help=f"with --costs: expect these from now on ({paths.from_root(golden.GOLDEN)})",
    )


def memory_mib(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= MOST_MEMORY_MIB:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write 2 to {MOST_MEMORY_MIB} (MiB)")
    return int(text)


def low_mib(text: str) -> int:
    if not text.isdecimal() or not 4 <= int(text) <= MOST_LOW_MIB or int(text) % 4:
        most = f"write a multiple of 4 up to {MOST_LOW_MIB} (MiB)"
        raise argparse.ArgumentTypeError(f"'{text}' is no end of low memory; {most}")
    return int(text)


def cpu_number(text: str) -> int:
    return number_in(text, 1, MOST_CPUS)


def disk_mib(text: str) -> int:
    return number_in(text, 1, MOST_DISK_MIB)


def pages_mib(text: str) -> int:
    return number_in(text, 1, MOST_PAGES_MIB)


def swarm_operations(text: str) -> int:
    return number_in(text, 0, MOST_OPERATIONS)


def seed_number(text: str) -> int:
    return number_in(text, 0, 2**63)


def number_in(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of {least} to {most}")
    return int(text)


def run(args) -> int:
    if args.iso:
        return write_disc(args)
    refuse_mixtures(args)
    if args.costs:
        return count_costs(args)
    if args.interactive:
        return open_shell(args)
    design = pick_design(args.design)
    traces = args.trace or [TRACE]
    find_traces(traces)  # a wrong name is told before anything is built
    folder = runs.RunFolder.create("boot", command=args.command)
    swarm = swarm_of(args)
    options = {
        "memory_mib": args.memory,
        "traces": traces,
        "swarm": swarm,
        "command_line": kernel_options(args),
        "cpus": args.cpus,
        "under_gdb": args.gdb,
        "ubsan": args.ubsan,
        "with_calls": args.calls,
        "disk": disk_of(args),
        "limit_s": LIMIT_S + S_PER_MIB * (args.pages or 0),
    }
    result = boot_step(folder, design, **options)
    if result is None:
        folder.finish(exit_code=errors.OK)
        print(f"{design}: the machine was ended with gdb, not by itself")
        return errors.OK
    code = errors.OK if result["verdict"] == "pass" else errors.FAILED
    folder.finish(exit_code=code)
    print(json.dumps(result, indent=1) if args.json else summarize(result, folder))
    return code


def refuse_mixtures(args) -> None:
    """Options that would be ignored beside others."""
    if args.gdb and args.json:
        raise UsageError("--gdb does not go with --json: gdb is where it stops")
    if args.costs and args.gdb:
        raise UsageError("--costs does not go with --gdb: a machine that is stopped counts on")
    unfit = ("json", "gdb", "costs", "calls", "swarm", "disk", "pages")
    if args.interactive and (others := [name for name in unfit if getattr(args, name)]):
        raise UsageError(f"--interactive does not go with --{others[0]}: it is for people to look")
    if args.renew and not args.costs:
        raise UsageError("--renew goes with --costs")
    others = {"--trace": args.trace, "--low": args.low, "--fill": args.fill, "--ubsan": args.ubsan}
    others |= {"--calls": args.calls, "--cpus": args.cpus > 1, "--disk": args.disk}
    others |= {"--pages": args.pages}
    for name, is_given in others.items():
        if args.costs and is_given:
            cause = "it counts the benchmarks' workloads on one machine, the same each time"
            raise UsageError(f"--costs does not go with {name}: {cause}")


def write_disc(args) -> int:
    """Writes the image of a CD."""
    unfit = ("calls", "gdb", "costs", "renew", "json", "disk", "pages", "interactive")
    others = [name for name in unfit if getattr(args, name)]
    if others:
        raise UsageError(f"--iso does not go with --{others[0]}: nothing is booted")
    if args.cpus > 1:
        raise UsageError("--iso does not go with --cpus: nothing is booted")
    design = pick_design(args.design)
    wanted, target = find_traces(args.trace or [TRACE]), Path(args.iso)
    if target.is_dir():
        raise UsageError(f"{target}: is a folder; name the image's file")
    prepare_plugin(design)
    kernel = image.build_image(design, ubsan=args.ubsan)
    options = [kernel_options(args)]
    if swarm := swarm_of(args):
        options.append(swarm.of(design).option(args.memory))
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        build.build("release", ["assay-ops"])
        modules = sequences.as_modules(wanted, design, Path(work))
        with progress.bar(f"writing {target.name}"):
            disc.write(target, kernel, modules, " ".join(filter(None, options)))
    print(f"written: {target}, {target.stat().st_size / 1024:,.0f} KiB")
    print(f"boot it: {qemu.PROGRAM} -m {args.memory}M -serial stdio -cdrom {target}")
    return errors.OK


def open_shell(args) -> int:
    """The kernel's shell, until somebody leaves it; writes the transcript, boot-<design>.log."""
    design = pick_design(args.design)
    wanted = find_traces(args.trace or [TRACE])
    prepare_plugin(design)
    kernel = image.build_image(design, ubsan=args.ubsan)
    build.build("release", ["assay-ops"])
    folder = runs.RunFolder.create("boot", command=args.command)
    options = [kernel_options(args), "shell=on", "colour=on" if terminal.takes_colour() else ""]
    options += [f"cpus={args.cpus}"] if args.cpus > 1 else []
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        modules = sequences.as_modules(wanted, design, Path(work))
        machine = {"memory_mib": args.memory, "modules": modules, "cpus": args.cpus}
        machine |= {"command_line": " ".join(filter(None, options))}
        done, is_ended_by_user = terminal.boot(kernel, limit_s=LIMIT_S, **machine)
        files.write_text(folder.path / f"boot-{design}.log", done.serial)
        log = ktap.parse(done.serial)
        traces = shell.compare_traces(log, modules, design)
    reason = None
    if not is_ended_by_user:
        reason = verdict.find_shell_failure(done, log, LIMIT_S)
        reason = reason or find_mismatch(design, log, traces, None)
    code = errors.OK if reason is None else errors.FAILED
    folder.finish(exit_code=code)
    named = backtrace.symbolize(kernel, log.backtrace)
    print(shell.summarize(design, reason, is_ended_by_user, traces, named))
    print(f"its log: {paths.from_root(folder.path / f'boot-{design}.log')}")
    return code


def swarm_of(args) -> Swarm | None:
    """The swarm that is asked for, if there is to be one."""
    return None if args.swarm == 0 else Swarm(args.swarm, args.seed)


def disk_of(args) -> qemu.Disk | None:
    """The machine's disk: as asked for, or as large as the pages that may leave to it."""
    mib = args.disk or args.pages
    return qemu.Disk(mib) if mib else None


def kernel_options(args) -> str:
    """What the kernel is told on its command line."""
    options = [f"low={args.low}"] if args.low else []
    options += ["fill=on"] if args.fill else []
    options += [f"pages={args.pages}"] if args.pages else []
    return " ".join(options)


def count_costs(args) -> int:
    """Counts instructions; writes kernel-costs.json."""
    chosen = [pick_design(args.design)] if args.design else designs.names()
    folder = runs.RunFolder.create("boot", command=args.command)
    document = costs.count(folder, chosen)
    if args.renew:
        golden.renew(document)
    folder.finish(exit_code=errors.OK)
    if args.json:
        print(json.dumps(document, indent=1))
    else:
        written = paths.from_root(folder.path / costs.RESULT)
        print(f"{table.render(costs.rows(document))}\n\ninstructions per call; in {written}")
    return errors.OK


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


def find_traces(names: list[str]) -> list[Path]:
    """The file of each trace; the name `none` stands for no file."""
    return [find_trace(name) for name in names if name != NO_TRACE]


def find_trace(name: str) -> Path:
    """The file of a trace."""
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
    traces: list[str] = (TRACE,),
    swarm: Swarm | None = SWARM,
    limit_s: float = LIMIT_S,
    command_line: str = "",
    under_gdb: bool = False,
    ubsan: bool = False,
    with_calls: bool = False,
    cpus: int = 1,
    disk: qemu.Disk | None = None,
) -> dict | None:
    """Builds and boots a design; writes boot-<design>.json and the log, boot-<design>.log. With
    calls, also boot-<design>.<instance>.calls.ops (booting/calls.py).

    Under gdb nothing is written, and None returned, if the machine was ended with gdb.
    """
    wanted = find_traces(traces)
    prepare_plugin(design)
    kernel = image.build_image(design, ubsan=ubsan)
    options = [command_line] if command_line else []
    options += ["calls=on"] if with_calls else []
    options += [f"cpus={cpus}"] if cpus > 1 else []
    with tempfile.TemporaryDirectory(prefix="assay-") as work:
        build.build("release", ["assay-ops", "assay-swarm"])
        modules = sequences.as_modules(wanted, design, Path(work))
        host = [sequences.replay_on_host(name, file, design) for name, file in modules.items()]
        host_swarm = None
        if swarm is not None:
            swarm = swarm.of(design)
            host_swarm = sequences.swarm_on_host(swarm, memory_mib, design)
            options.append(swarm.option(memory_mib))
        machine = {
            "memory_mib": memory_mib,
            "modules": modules,
            "command_line": " ".join(options),
            "cpus": cpus,
            "disk": disk,
        }
        if under_gdb:
            boot = debugger.boot(kernel, **machine)
        else:
            with progress.bar(f"booting {design}"):
                machine |= {"limit_s": limit_s, "has_debug_console": with_calls}
                boot = qemu.boot(kernel, **machine)
    if boot is None:
        return None
    files.write_text(folder.path / f"boot-{design}.log", boot.serial)
    result = judge(boot, design, memory_mib, limit_s, host, host_swarm)
    result["backtrace"] = backtrace.symbolize(kernel, ktap.parse(boot.serial).backtrace)
    if with_calls:
        compare_calls(result, boot, folder)
    folder.write_json(f"boot-{design}.json", result)
    return result


def compare_calls(result: dict, boot: qemu.Boot, folder) -> None:
    """What the kernel asked of its own frames, replayed here. A boot that failed already keeps its
    reason: its calls, up to there, are written down all the same."""
    result["calls"] = calls.check(result["design"], boot.debug or b"", folder.path)
    if result["reason"] is None and (problem := calls.find_problem(result["calls"])):
        result.update(verdict="fail", reason=problem)


def prepare_plugin(design: str) -> None:
    """What is wrong with somebody else's allocator shows on the host first, and better."""
    if plugin := plugins.get(design):
        plugins.build_named([design], ["release"])
        build.build("release", ["assay-ops"])
        plugins.switch_on(plugin)


def judge(
    boot: qemu.Boot,
    design: str,
    memory: int,
    limit_s: float,
    host: list[dict] = (),
    host_swarm: dict | None = None,
) -> dict:
    """The document about one boot, beside what the host came to."""
    log = ktap.parse(boot.serial)
    traces = [sequences.compare(one, log) for one in host]
    swarm = sequences.compare_swarm(host_swarm, log) if host_swarm else None
    reason = verdict.find_failure(boot, log, limit_s) or find_mismatch(design, log, traces, swarm)
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
        "trace": traces[0] if traces else None,
        "more_traces": traces[1:],
        "swarm": swarm,
        "paging": paging.find_traffic(log),
    }


def find_mismatch(design: str, log: ktap.Log, traces: list[dict], swarm: dict | None) -> str | None:
    """Why a boot that passed by itself is not the one that was asked for."""
    if log.design != design:
        return f"the image says that its design is {log.design}, not {design}"
    differences = [
        sequences.find_difference(f"the trace {trace['name']}", trace) for trace in traces
    ]
    if swarm is not None:
        differences.append(sequences.find_difference(f"the swarm of seed {swarm['seed']}", swarm))
    return next(filter(None, differences), None)


def summarize(result: dict, folder) -> str:
    """What a person wants to know of it."""
    design, tests = result["design"], result["tests"]
    log = paths.from_root(folder.path / f"boot-{design}.log")
    machine = f"{result['memory_mib']} MiB, {result['seconds']:.1f} s"
    if result["verdict"] == "fail":
        lines = [f"{design} fails in the kernel ({machine}): {result['reason']}"]
        lines += backtrace.describe(result["backtrace"])
        lines += calls.describe(result.get("calls", []), folder.path)
        return "\n".join([*lines, "", f"its log: {log}"])
    skipped = [test for test in tests if test["skipped"] is not None]
    passed = f"{len(tests) - len(skipped)} of {len(tests)} tests passed in the kernel"
    lines = [
        f"{design}: {passed} ({machine})",
        *(
            f"  skipped: {test['name']}: {test['skipped']}"
            for test in skipped
            if not test["skipped"].startswith(NOT_ASKED_FOR)
        ),
        f"  image: {result['kernel_bytes'] / 1024:.0f} KiB, source {result['design_source_hash']}",
    ]
    for trace in filter(None, [result["trace"], *result["more_traces"]]):
        lines.append(f"  trace {trace['name']}: {sequences.as_on_the_host(trace)}")
    if swarm := result["swarm"]:
        arenas = f"arenas of up to {swarm['frames']:,} frames"
        beside = sequences.as_on_the_host(swarm)
        lines.append(f"  swarm of seed {swarm['seed']}, {arenas}: {beside}")
    lines += paging.describe(result["paging"])
    lines += calls.describe(result.get("calls", []), folder.path)
    return "\n".join([*lines, "", f"its log: {log}"])
