"""The verb `fuzz`: libFuzzer looks for operations that break a design, under the oracle's eye."""

import functools
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from cli import arguments, build, designs, errors, machine, paths, progress, runs, table
from cli.fuzzing import canary, swarm
from cli.fuzzing.findings import Findings
from cli.fuzzing.schedule import make_slices
from cli.fuzzing.seeds import write_seeds
from cli.fuzzing.target import Target

SUMMARY = "look for operations that break a design (libFuzzer under ASan and UBSan, or swarm)"
GROUP = "break"
EXAMPLE = "./assay fuzz bitmap --for 10m"
NEEDS = ("build", "fuzz")
ENGINES = ("libfuzzer", "swarm")


def add_arguments(parser):
    parser.add_argument("designs", nargs="*", metavar="DESIGN", help="who is fuzzed (default: all)")
    add_fuzz_arguments(parser)
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="libfuzzer",
        help="libfuzzer: guided by coverage, under ASan; swarm: random weights, full speed",
    )
    parser.add_argument(
        "--frames",
        type=arguments.positive,
        default=swarm.FRAMES,
        metavar="N",
        help=f"swarm: the largest arena, up to 65536 (default: {swarm.FRAMES})",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def add_fuzz_arguments(parser):
    """The options that `run` shares."""
    parser.add_argument(
        "--for",
        dest="seconds",
        type=arguments.duration,
        default=60,
        metavar="TIME",
        help="time for fuzzing: 90s, 10m, 2h (default: 60s)",
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
    chosen = designs.choose(args.designs, beside=designs.settings())
    seed = pick_seed(args.seed)
    folder = runs.RunFolder.create("fuzz", seed=seed, command=args.command)
    engine = make_engine(args.engine, args.frames)
    result = fuzz_step(folder, chosen, args.seconds, args.jobs, seed, engine)
    code = exit_code(result)
    folder.finish(exit_code=code)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        print(summarize(result))
        print(f"\nresults: {paths.from_root(folder.path / 'fuzz.json')}")
    return code


def pick_seed(wanted: int | None) -> int:
    """The seed that was asked for, or a new one; libFuzzer takes 0 for 'any'."""
    return wanted if wanted is not None else secrets.randbelow(2**31 - 1) + 1


def make_engine(name: str, frames: int):
    """What makes a target: a libFuzzer process or a swarm over arenas of up to `frames` frames."""
    return Target if name == "libfuzzer" else functools.partial(swarm.SwarmTarget, frames=frames)


def fuzz_step(
    folder, chosen: list[str], seconds: int, jobs: int, seed: int, engine=Target
) -> dict:
    """Catches the canary, fuzzes the designs and writes fuzz.json. Ctrl-C ends it in order."""
    slices = make_slices(chosen, seconds, jobs)
    binaries = [f"fuzz-{name}" for name in [canary.CANARY, *chosen]]
    if engine is Target:
        build.build("fuzz", ["assay-ops", *binaries])
    else:
        build.build("fuzz", ["assay-ops"])
        build.build("release", ["assay-swarm"])
    work = folder.path / "fuzz"
    work.mkdir()
    with progress.bar("fuzzing the canary"):
        caught = canary.catch_canary(work, seed, engine)
    findings = Findings()
    seeds = write_seeds(work / "seeds")
    targets = {name: make_target(engine, name, work, seeds, findings) for name in chosen}
    interrupted = fuzz_targets(targets, slices, seconds, seed)
    result = {
        "schema": "assay-fuzz",
        "seconds": float(seconds),
        "seed": seed,
        "jobs": jobs,
        "engine": "libfuzzer" if engine is Target else "swarm",
        "interrupted": interrupted,
        "canary": caught,
        "targets": [target.tally.to_json() for target in targets.values()],
        "findings": list(findings.kept.values()),
    }
    folder.write_json("fuzz.json", result)
    return result


def make_target(engine, name: str, work, seeds, findings: Findings):
    """A target with its working corpus, which lives across runs, and the committed seeds."""
    corpus = paths.RUNS / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    return engine(name, work, [corpus, seeds], findings.keep)


def fuzz_targets(targets: dict, slices, seconds: int, seed: int) -> bool:
    """Lets every worker do its slices. True if Ctrl-C ended it."""

    def work_off(worker: int) -> None:
        for number, part in enumerate(slices[worker]):
            targets[part.design].fuzz(part.seconds, seed + 1000 * worker + 100 * number)

    started = time.monotonic()
    title = f"fuzzing {', '.join(targets)}"
    with ThreadPoolExecutor(len(slices)) as pool, progress.bar(title, seconds) as bar:
        workers = [pool.submit(work_off, worker) for worker in range(len(slices))]
        try:
            while not all(worker.done() for worker in workers):
                time.sleep(0.5)
                executions = sum(target.executions_now() for target in targets.values())
                bar.set(time.monotonic() - started, f"{executions:,} executions")
            interrupted = False
        except KeyboardInterrupt:
            interrupted = True
            for target in targets.values():
                target.interrupt()
    for worker in workers:
        worker.result()
    return interrupted


def exit_code(result: dict) -> int:
    """1 for a finding, a target that failed, or a canary that got away."""
    accepted = {"clean", "failed"} if result["interrupted"] else {"clean"}
    clean = all(target["status"] in accepted for target in result["targets"])
    return errors.OK if clean and result["canary"]["caught"] else errors.FAILED


def summarize(result: dict) -> str:
    """What a person wants to know of it."""
    lines = [f"seed {result['seed']}", "", *describe_canary(result["canary"]), ""]
    rows = [["design", "verdict", "executions", "per second", "operations", "edges", "corpus"]]
    for target in result["targets"]:
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
    for target in result["targets"]:
        if target["reason"]:
            lines.append(f"{target['design']}: {target['reason']}")
        for skip in target["skips"]:
            clause, check, reason = skip["clause"], skip["check"], skip["reason"]
            lines.append(f"{target['design']}: not judged: {clause}, {check}: {reason}")
    for finding in result["findings"]:
        lines += ["", f"{finding['design']}: {finding['verdict']}", f"  {finding['replay']}"]
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
