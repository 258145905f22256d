"""The verb `fuzz`: libFuzzer looks for operations that break a design, under the oracle's eye."""

import json
import secrets

from cli import (
    arguments,
    designs,
    errors,
    machine,
    main,
    paths,
    plugins,
    progress,
    runs,
    table,
    verb_report,
)
from cli.fuzzing import campaign, coverage, evidence, runner, swarm
from cli.fuzzing.campaign import Plan

SUMMARY = "look for operations that break a design (libFuzzer under ASan and UBSan, or swarm)"
GROUP = "break"
EXAMPLE = "./assay fuzz --for 8h"
NEEDS = ("build", "fuzz", "report")


def add_arguments(parser):
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help=f"designs, or {', '.join(campaign.BESIDE)} (default: all)",
    )
    add_fuzz_arguments(parser)
    parser.add_argument(
        "--engine",
        choices=campaign.ENGINES,
        default=campaign.LIBFUZZER,
        help="libfuzzer: guided by coverage, under ASan; swarm: random weights, full speed",
    )
    parser.add_argument(
        "--frames",
        type=arguments.positive,
        default=swarm.FRAMES,
        metavar="N",
        help=f"swarm: the largest arena, up to 65536 (default: {swarm.FRAMES})",
    )
    parser.add_argument(
        "--disk",
        type=arguments.size,
        default=campaign.DISK_LIMIT,
        metavar="LIMIT",
        help="end when corpora, findings and this run take more: 500M, 2G (default: 2G)",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the newest run that was killed, as it was planned",
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="do not fuzz; run corpora and seeds once and show which lines they reach",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def add_fuzz_arguments(parser, seconds: int = 60):
    """The options that `run` and `try` share; `seconds`: how long, unless it is said."""
    parser.add_argument(
        "--for",
        dest="seconds",
        type=arguments.duration,
        default=seconds,
        metavar="TIME",
        help=f"how long: 90s, 10m, 2h (default: {seconds}s)",
    )
    parser.add_argument(
        "--jobs",
        type=arguments.positive,
        default=machine.usable_cores(),
        metavar="N",
        help="processes at once (default: one per core)",
    )
    parser.add_argument(
        "--seed",
        type=arguments.seed,
        default=None,
        metavar="S",
        help="seed of everything random (default: a new one, which the result names)",
    )


def run(args) -> int:
    if args.coverage:
        return coverage.run(args)
    folder, plan = reopen(args) if args.resume else begin(args)
    result = evidence.add_to(campaign.run(folder.path, plan, resume=args.resume))
    folder.write_json("fuzz.json", result)
    page = write_page(folder)
    code = exit_code(result)
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
        progress.say(f"report: {page}")
    else:
        print(summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'fuzz.json')}")
        print(f"report:  {page}")
    return code


def write_page(folder) -> str:
    """The morning report, in the run's folder; returns its path. Whatever keeps it from being made
    is no reason for a run to fail: it says so, and what makes the page later.
    """
    try:
        return paths.from_root(verb_report.report_step(folder))
    except (Exception, KeyboardInterrupt) as error:
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else main.explain(error)[0]
        again = f"./assay report {paths.from_root(folder.path)}"
        progress.say(f"assay: the report could not be made: {why}; `{again}` makes it")
        return f"none; `{again}` makes it"


def begin(args) -> tuple[runs.RunFolder, Plan]:
    """A new run, as the arguments say."""
    known = campaign.names()
    chosen = [designs.find(name, known) for name in args.targets]
    if args.engine == campaign.SWARM:
        known = designs.names()
    plan = Plan(
        targets=list(dict.fromkeys(chosen)) or known,
        plugins=plugins.folders_of(chosen),
        seconds=args.seconds,
        jobs=args.jobs,
        seed=pick_seed(args.seed),
        engine=args.engine,
        frames=args.frames,
        disk=args.disk,
        command=args.command,
    )
    plan.check()
    return runs.RunFolder.create("fuzz", seed=plan.seed, command=args.command), plan


def reopen(args) -> tuple[runs.RunFolder, Plan]:
    """The newest run that was killed."""
    if args.targets:
        raise errors.UsageError("--resume goes on with a run as it was planned; leave out the rest")
    path = runs.newest_unfinished(f"fuzz/{runner.STATE}")
    if path is None:
        raise errors.UsageError("there is no run to resume: every one came to its end")
    plan = Plan.load(path / "fuzz")
    return runs.RunFolder.reopen(path, "fuzz", seed=plan.seed, command=plan.command), plan


def pick_seed(wanted: int | None) -> int:
    """The seed that was asked for, or a new one; libFuzzer takes 0 for 'any'."""
    return wanted if wanted is not None else secrets.randbelow(2**31 - 1) + 1


def fuzz_step(folder, chosen: list[str], seconds: int, jobs: int, seed: int) -> dict:
    """The step of `run`: fuzzes the designs and writes fuzz.json. Ctrl-C ends it in order."""
    plan = Plan(targets=chosen, seconds=seconds, jobs=jobs, seed=seed)
    plan.check()
    result = evidence.add_to(campaign.run(folder.path, plan))
    folder.write_json("fuzz.json", result)
    return result


def exit_code(result: dict) -> int:
    """1 for a finding, a target that failed, or a canary that got away; 3 if the disk ended it."""
    accepted = {"clean", "failed"} if result["interrupted"] else {"clean"}
    tallies = [*result["targets"], *result["swarm"]]
    clean = all(tally["status"] in accepted for tally in tallies)
    if not clean or not result["canary"]["caught"]:
        return errors.FAILED
    return errors.MISSING if result["ended"] in (runner.DISK_LIMIT, runner.DISK_FULL) else errors.OK


def summarize(result: dict) -> str:
    """What a person wants to know of it."""
    early = result["ended"] != runner.TIME_UP
    lines = [f"it ended early: {result['ended']}", ""] if early else []
    lines += [f"seed {result['seed']}", "", *describe_canary(result["canary"]), ""]
    rows = [["target", "verdict", "executions", "per second", "operations", "edges", "corpus"]]
    swarms = [{**tally, "design": campaign.beside(tally["design"])} for tally in result["swarm"]]
    tallies = [*result["targets"], *swarms]
    for target in tallies:
        rows.append(
            [
                target["design"],
                target["status"],
                f"{target['executions']:,}",
                f"{target['executions_per_second']:,.0f}",
                f"{target['operations']:,}",
                f"{target['coverage_edges']:,}",
                f"{target['corpus_entries']:,}",
            ]
        )
    lines.append(table.render(rows))
    for target in tallies:
        if target["reason"]:
            lines.append(f"{target['design']}: {target['reason']}")
        if target["restarts"]:
            again = f"started again {target['restarts']} times"
            lines.append(f"{target['design']}: {again}: {target['trouble']}")
    for target in result["targets"]:
        for skip in target["skips"]:
            clause, check, reason = skip["clause"], skip["check"], skip["reason"]
            lines.append(f"{target['design']}: not judged: {clause}, {check}: {reason}")
    for finding in result["findings"]:
        times = f"{finding['times']:,} times" if finding["times"] > 1 else "once"
        lines += ["", f"{finding['design']}, {times}: {finding['verdict']}"]
        lines.append(f"  {finding['replay']}")
    return "\n".join(lines)


def describe_canary(caught: dict) -> list[str]:
    """How the canary was caught, with the shortest operations that do it."""
    if not caught["caught"]:
        return [f"The canary got away: {caught['reason']}. The fuzzing shows nothing."]
    effort = f"{caught['operations']:,} operations in {caught['seconds']:.1f} s"
    return [
        f"The canary was caught after {effort}:",
        f"  {caught['verdict']}",
        f"  shortest, {caught['shortest_operations']} operations: {caught['replay']}",
        *(f"    {line}" for line in (caught["shortest_ops"] or "").splitlines()),
    ]
