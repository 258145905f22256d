"""The verb `try`: a first verdict on somebody's own allocator, in half a minute."""

import json
import time
from pathlib import Path

from cli import build, designs, errors, paths, plugins, programs, progress, runs, verb_fuzz
from cli.fuzzing import campaign
from cli.fuzzing.campaign import Plan

SUMMARY = "put an allocator of your own on trial for half a minute"
GROUP = "start"
EXAMPLE = "./assay try my_pmm"
NEEDS = ("build", "fuzz")
SECONDS = 30
EXPLORE_SHARE = 0.3  # of the time, at most
LARGEST, WITH_HOLES, OVER_ZEROS = 6, 4, 3  # frames of the arenas that are explored
CALLS = ("allocate", "free", "grow")


def add_arguments(parser):
    parser.add_argument("folder", metavar="FOLDER", help="where its adapter is (`./assay new`)")
    verb_fuzz.add_fuzz_arguments(parser, SECONDS)
    parser.add_argument(
        "--low",
        action="store_true",
        help="for code that takes addresses for 32 bits: all its memory below 2^31 ('assay: low' "
        "in the adapter does so for every verb)",
    )
    parser.add_argument(
        "--undefined",
        action="store_true",
        help="stop where its C is undefined: a signed overflow, a shift by too many bits "
        "('assay: undefined' in the adapter does so for every verb)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON document")


def run(args) -> int:
    plugin = plugins.find(
        args.folder, taken=designs.everybody(), low=args.low, undefined=args.undefined
    )
    with progress.bar(f"compiling {plugin.name}"):
        plugins.build(plugin, plugins.FAST)
    build.build("release", ["assay-explore", "assay-ops"])
    plugins.switch_on(plugin)
    seed = verb_fuzz.pick_seed(args.seed)
    folder = runs.RunFolder.create("try", seed=seed, command=args.command)
    started = time.monotonic()
    explored = explore(plugin, EXPLORE_SHARE * args.seconds)
    left = max(8, round(args.seconds - (time.monotonic() - started)))
    fuzzed = fuzz(plugin, folder, left, args.jobs, seed)
    result = {
        "schema": "assay-try",
        "plugin": plugin.name,
        "folder": str(plugin.folder.resolve()),
        "explored": explored,
        "fuzzed": fuzzed,
        "findings": all_findings(plugin, folder.path, explored, fuzzed),
    }
    folder.write_json("try.json", result)
    code = errors.FAILED if result["findings"] or fuzzed["failure"] else errors.OK
    folder.finish(exit_code=code)
    print(json.dumps(result, indent=1) if args.json else describe(result, plugin))
    return code


def explore(plugin: plugins.Plugin, seconds: float) -> list[dict]:
    """Every call in every state of tiny arenas, as far as the time goes: the explorations that came
    to an end, and one that found something.
    """
    tool, so = paths.tool("release", "assay-explore"), plugins.for_tool(plugin.name, "release")
    command = [tool, so, "--json", "--from", 1, "--hole-frames", WITH_HOLES]
    command += ["--zero-frames", OVER_ZEROS]
    deadline = time.monotonic() + max(1.0, seconds)
    done_so_far: list[dict] = []
    with progress.bar("exploring tiny arenas", LARGEST) as bar:
        for largest in range(2, LARGEST + 1, 2):
            bar.set(largest, f"{largest} frames")
            left = deadline - time.monotonic()
            done = programs.capture([*command, "--frames", largest], seconds=max(0.1, left))
            if done.returncode not in (errors.OK, errors.FAILED) or not done.stdout:
                break  # out of time; or it crashed, which the fuzzer sees under sanitizers
            done_so_far = json.loads(done.stdout)["explorations"]
            if done.returncode == errors.FAILED:
                break
    return done_so_far


def fuzz(plugin, folder, seconds: int, jobs: int, seed: int) -> dict:
    """libFuzzer and a swarm, as `fuzz` does it, but what was known before is found again."""
    plan = Plan(
        targets=[plugin.name],
        seconds=seconds,
        jobs=jobs,
        seed=seed,
        plugins=plugins.folders_of([plugin.name]),
        canary=False,
        remember=False,
    )
    result = campaign.run(folder.path, plan)
    target, swarm = result["targets"][0], result["swarm"][0]
    return {
        "seconds": result["elapsed"],
        "executions": target["executions"] + swarm["executions"],
        "operations": target["operations"] + swarm["operations"],
        "coverage_edges": target["coverage_edges"],
        "skips": target["skips"],
        "unsaid": target["outcomes"].get("unsaid", 0),
        "failure": target["reason"] if target["status"] == "failed" else None,
        "findings": result["findings"],
        "interrupted": result["interrupted"],
    }


def is_late(key: str, found: dict) -> bool:
    """Whether it is another look, at the end of a sequence, at what a call has shown as well."""
    return "-end-" in key and any(key.replace("-end-", f"-{call}-") in found for call in CALLS)


def all_findings(plugin, run_folder: Path, explored: list[dict], fuzzed: dict) -> list[dict]:
    """Each once; the explorer's way there is the shortest that there is."""
    found = {finding["key"]: finding for finding in fuzzed.pop("findings")}
    for each in explored:
        finding = each["finding"]
        if not finding or not finding["key"]:
            continue
        key = finding["key"]
        if key in found and found[key]["operations"] <= finding["operations"]:
            continue
        file = run_folder / f"{key}.ops"
        file.write_text(finding["ops"])
        replay = f"./assay replay {paths.from_root(file)} --design {plugin.folder}"
        found[key] = {**found.get(key, {"key": key, "times": 1}), **finding, "replay": replay}
    kept = [finding for key, finding in found.items() if not is_late(key, found)]
    return sorted(kept, key=lambda finding: finding["operations"])


def describe(result: dict, plugin: plugins.Plugin) -> str:
    """What a person wants to know of it."""
    fuzzed, lines = result["fuzzed"], []
    for finding in result["findings"]:
        lines += [finding["verdict"], *indent(finding["ops"]), f"  {finding['replay']}", ""]
    count = len(result["findings"])
    noun = "finding" if count == 1 else "findings"
    lines.append(f"{result['plugin']}: {count or 'no'} {noun}")
    closed = [each for each in result["explored"] if each["closed"]]
    if closed:
        frames = max(each["frames"] for each in closed)
        states, calls = (sum(each[key] for each in closed) for key in ("states", "transitions"))
        lines.append(
            f"  every call in every state of {len(closed)} arenas of up to {frames} frames: "
            f"{states:,} states, {calls:,} calls"
        )
    lines.append(
        f"  fuzzed for {fuzzed['seconds']:.0f} s: {fuzzed['executions']:,} sequences, "
        f"{fuzzed['operations']:,} calls, {fuzzed['coverage_edges']:,} branches of its code"
    )
    if fuzzed["failure"]:
        lines.append(f"  the fuzzer could not go on: {fuzzed['failure']}")
    lines += describe_skips(fuzzed)
    lines += ["", f"overnight: ./assay fuzz {plugin.folder} --for 8h"]
    return "\n".join(lines)


def describe_skips(fuzzed: dict) -> list[str]:
    """What was not judged, since its contract does not promise it."""
    skips = [f"{skip['clause']}, {skip['check']}: {skip['reason']}" for skip in fuzzed["skips"]]
    if fuzzed["unsaid"]:
        skips.append("C4, how many frames a free releases: its free returns ASSAY_DONE")
    if not skips:
        return []
    return ["  not judged, by its contract:", *(f"    {skip}" for skip in skips)]


def indent(ops: str) -> list[str]:
    """The lines of a sequence without its first, which only says what file it is."""
    return [f"    {line}" for line in ops.splitlines() if line and not line.startswith("assay-ops")]
