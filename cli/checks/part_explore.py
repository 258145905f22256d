"""The part `explore`: every design closes every small arena, and a fault is found in short form."""

import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from cli import build, designs, machine, paths, programs
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing import canary

NEEDS = ("build",)
FRAMES = {"fast": 6, "default": 8, "full": 10}
BASES = (0, 1)  # alignments fall differently; in front of frame 0 there is none
HOLE_FRAMES = {"fast": (4, 4), "default": (6, 5), "full": (6, 6)}  # one for each base
ZERO_FRAMES = 3  # frames that are zero at first are told from used ones, so states multiply
BOTH_ORACLES_FRAMES = 6
LIMIT_S = {"fast": 60, "default": 180, "full": 3600}  # for all designs together
MAX_SHOWN = 5  # arenas; what breaks one often breaks all
FAULT_OPERATIONS = 2  # what the canary's fault needs at least


def run(scope: str):
    build.build("release", ["assay-explore", "assay-ops"])
    started = time.monotonic()
    cases = [(name, base) for name in designs.names() for base in BASES]
    with ThreadPoolExecutor(machine.usable_cores()) as pool:
        for checks in pool.map(lambda case: explore(*case, scope), cases):
            yield from checks
    yield judge_time(time.monotonic() - started, LIMIT_S[scope])
    yield catch_canary()


def explore(design: str, base: int, scope: str) -> list[Check]:
    """A design in every arena; one check per variant of the design."""
    hole_frames = HOLE_FRAMES[scope][BASES.index(base)]
    words = (
        f"--from 1 --frames {FRAMES[scope]} --hole-frames {hole_frames} "
        f"--zero-frames {ZERO_FRAMES} --both-oracles {BOTH_ORACLES_FRAMES} --base {base}"
    )
    repeat = f"./assay explore {design} {words}"
    done = call_tool(design, *words.split(), seconds=LIMIT_S[scope])
    name = f"{design} from frame {base}"
    try:
        result = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [Check(name, FAILED, done.cause(), repeat)]
    if result["differences"]:
        return [Check(name, FAILED, "\n".join(result["differences"]), repeat)]
    arenas = FRAMES[scope] + count_maps(hole_frames) + count_maps(ZERO_FRAMES)
    return judge(name, result["explorations"], arenas, repeat)


def count_maps(frames: int) -> int:
    """How many hole maps arenas of 1 to so many frames have together."""
    return 2 ** (frames + 1) - 2


def call_tool(*words, seconds: float) -> programs.Finished:
    """Runs the explorer for its JSON."""
    tool = paths.tool("release", "assay-explore")
    return programs.capture([tool, *words, "--json"], seconds=seconds)


def judge(name: str, explorations: list[dict], arenas: int, repeat: str) -> list[Check]:
    """Each variant must have closed all arenas and seen all ways to hold frames."""
    variants = defaultdict(list)
    for exploration in explorations:
        variants[exploration["word_bits"]].append(exploration)
    checks = []
    for bits, members in variants.items():
        title = f"{name}, {bits}-bit words" if bits else name
        problems = [problem for member in members if (problem := problem_with(member))]
        if not problems and len(members) != arenas:
            problems = [f"explored {len(members)} arenas instead of {arenas}"]
        detail = "\n".join(problems[:MAX_SHOWN])
        checks.append(Check(title, FAILED if problems else PASSED, detail, repeat))
    return checks or [Check(name, FAILED, "nothing was explored", repeat)]


def problem_with(exploration: dict) -> str | None:
    """What is wrong with the exploration of one arena, or None."""
    where = f"arena {exploration['map']}"
    if finding := exploration["finding"]:
        return f"{where}: {finding['verdict']}\n{finding['ops']}"
    if not exploration["closed"]:
        return f"{where}: not closed, {exploration['states']:,} states found"
    reached, possible = exploration["abstract_states"], exploration["possible_states"]
    if reached != possible:
        return f"{where}: reached {reached:,} of {possible:,} ways to hold its frames"
    return None


def judge_time(seconds: float, limit: float) -> Check:
    """Exploring must stay cheap enough to be done every time."""
    name = f"all arenas within {limit} s"
    if seconds <= limit:
        return Check(name, PASSED)
    return Check(name, FAILED, f"took {seconds:.0f} s", "./assay test explore")


def catch_canary() -> Check:
    """The fault must come out, by its clause, in its shortest form."""
    name = f"{canary.CANARY} is caught in {FAULT_OPERATIONS} operations"
    repeat = f"./assay explore {canary.CANARY}"
    done = call_tool(canary.CANARY, seconds=60)
    try:
        finding = json.loads(done.stdout)["explorations"][-1]["finding"]
    except json.JSONDecodeError:
        return Check(name, FAILED, done.cause(), repeat)
    if done.returncode != 1 or not finding:
        return Check(name, FAILED, "it got away", repeat)
    expected = designs.faults()[canary.CANARY]["clause"]
    if finding["clause"] != expected or finding["operations"] != FAULT_OPERATIONS:
        return Check(name, FAILED, f"{finding['verdict']}\n{finding['ops']}", repeat)
    return Check(name, PASSED)
