"""The verb `bench`: what each design costs on each workload, after the oracle has judged it."""

import json

from cli import (
    arguments,
    bench_cpus,
    bench_growth,
    bench_run,
    bench_table,
    build,
    code_size,
    designs,
    errors,
    harness,
    paths,
    plugins,
    progress,
    runs,
    table,
    workloads,
)
from cli.bench_run import FULL, QUICK, Plan
from cli.errors import UsageError
from cli.verb_choose import pick_run

SUMMARY = "measure what each design costs on each workload (Google Benchmark)"
GROUP = "measure"
EXAMPLE = "./assay bench my_pmm/ bitmap --workloads mixed_50,mixed_90"
NEEDS = ("build", "bench")
NEEDS_OF_PAGES = (*NEEDS, "report")  # figures, and fitted lines
NEEDS_OF_IMAGES = (*NEEDS_OF_PAGES, "kernel")  # code for i686

TOOL = bench_run.TOOL
PASS = "pass"


def add_arguments(parser):
    parser.add_argument(
        "designs", nargs="*", metavar="DESIGN", help="default: all; or a plug-in's FOLDER"
    )
    views = parser.add_mutually_exclusive_group()
    views.add_argument(
        "--quick",
        action="store_true",
        help="eleven workloads in under two minutes: this is what is done if nothing is asked for",
    )
    views.add_argument(
        "--full",
        action="store_true",
        help="all workloads, code size, instructions in the kernel, and growth to 2^20 frames: "
        "in under thirty minutes",
    )
    views.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run that was stopped (default: the newest)",
    )
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
    which.add_argument("--set", metavar="SET", help="all of a set: quick or full")
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
    if args.full or args.resume is not None:
        return NEEDS_OF_IMAGES
    others = args.list or args.harness or args.size or args.cpus
    return NEEDS if others else NEEDS_OF_PAGES


def run(args) -> int:
    if args.resume is not None:
        return resume(args)
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
    if args.full:
        refuse_workloads(args, "--full")
    prepare(chosen)
    plan = plan_of(args, chosen)
    folder = runs.RunFolder.create("bench", command=args.command)
    return finish(args, folder, measure(folder, plan, begin=True))


def plan_of(args, chosen: list[str]) -> Plan:
    """What the options ask for."""
    options = {"repetitions": args.repetitions, "frames": args.frames}
    if args.full:
        return Plan(chosen, bench_run.names_in(FULL), **options, recorded=True, sizes=True)
    if args.table:
        options["frames"] = args.frames or bench_table.FRAMES
        names = list(bench_table.WORKLOADS)
    else:
        names = bench_run.names_in(args.set or QUICK)
        options |= {"repetition_ms": bench_run.QUICK_REPETITION_MS, "recorded": True}
    if args.set:
        names = bench_run.names_in(args.set)
    if args.workloads:
        names = list(dict.fromkeys(args.workloads.split(",")))
    return Plan(chosen, names, **options)


def resume(args) -> int:
    """Goes on with a run that was stopped."""
    if args.designs or args.workloads or args.set or args.frames or args.repetitions:
        raise UsageError("--resume goes on as the run began; leave out designs and other options")
    newest = runs.newest_unfinished(bench_run.PLAN)
    if not args.resume and newest is None:
        raise UsageError("no run of the benchmarks was stopped; leave out --resume")
    path = pick_run(args.resume or None, newest)
    if (path / runs.FINISHED).exists():
        raise UsageError(f"{paths.from_root(path)}: is finished; leave out --resume for a new run")
    build.build("release", [TOOL])
    plan = bench_run.read_plan(path)
    prepare_plugins(plan.designs)
    folder = runs.RunFolder.reopen(path, "bench", command=args.command)
    return finish(args, folder, measure(folder, plan, begin=False))


def measure(folder, plan: Plan, *, begin: bool) -> dict:
    """Measures; whoever interrupts is told how to go on."""
    try:
        return bench_run.begin(folder, plan) if begin else bench_run.go_on(folder, plan)
    except KeyboardInterrupt:
        progress.say(f"to go on: ./assay bench --resume {paths.from_root(folder.path)}")
        raise


def finish(args, folder, result: dict) -> int:
    """The page, the table, and where both are."""
    from cli import verb_report  # its libraries are there only after setup

    code = errors.OK if all(cell["oracle"] == PASS for cell in result["cells"]) else errors.FAILED
    page = verb_report.report_step(folder)
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
        return code
    print(bench_table.summarize(result) if args.table else summarize(result))
    print(f"\nresults: {paths.from_root(folder.path / 'bench.json')}")
    print(f"report: {paths.from_root(page)}")
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
        if getattr(args, name, None):
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


def prepare(chosen: list[str]) -> None:
    """All that must be built."""
    prepare_plugins(chosen)
    build.build("release", [TOOL])


def bench_step(folder, chosen: list[str]) -> dict:
    """Measures the designs as --quick does; writes bench.json and the other documents."""
    prepare(chosen)
    names = bench_run.names_in(QUICK)
    plan = Plan(chosen, names, repetition_ms=bench_run.QUICK_REPETITION_MS, recorded=True)
    return bench_run.begin(folder, plan)


def summarize(result: dict) -> str:
    """A row per workload, a column per design: the median time, and how much it scatters."""
    measured = [workload["name"] for workload in result["workloads"]]
    cells = {(cell["design"], cell["workload"]): cell for cell in all_cells(result)}
    names = dict.fromkeys(cell["design"] for cell in all_cells(result))
    rows = [["workload", *names]]
    rows += [[each, *(describe(cells.get((name, each))) for name in names)] for each in measured]
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
