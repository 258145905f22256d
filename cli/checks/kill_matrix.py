"""The kill matrix: which engine catches which member of the zoo, in how many calls and seconds.

Each cell is one process, started by a command that anybody can repeat. An engine that finds nothing
is `silent`; that is wrong only where the member says that this engine must catch it. Seconds are of
the process's CPU time, as the watchdog's are: another load on the machine must not fail a cell.
"""

import json
import os
import resource
import shlex
import signal
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from cli import files, machine, paths, progress, programs, runs, table
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing.output import read_output
from cli.fuzzing.target import SYMBOLIZER

EXPLORER, SWARM, LIBFUZZER = ENGINES = ("explorer", "swarm", "libFuzzer")
CAUGHT, SILENT, NOT_RUN, BROKEN = "caught", "silent", "not run", "broken"
LIMIT_S = {EXPLORER: 10, SWARM: 10, LIBFUZZER: 60}
GRACE_S = 60  # to come to an end in order, and for a machine that does other things as well
SEED = 1
FRAMES = 4096  # the largest arena of swarm and libFuzzer
EXPLORED = "--from 1 --frames 6 --hole-frames 3 --zero-frames 3".split()  # Fault::kExplorerFrames
SCHEMA = "assay-kill-matrix"
STATS = "stats.json"  # what fuzz-zoo counted


@dataclass(frozen=True)
class Cell:
    """What one engine did to one member. `calls` is None where a process died before it told."""

    member: str
    engine: str
    outcome: str
    calls: int | None = None
    seconds: float | None = None
    clause: str | None = None
    text: str = ""  # the verdict, or what is broken
    command: str = ""


def fill(members: list[str], fuzzed: list[str]) -> dict[tuple[str, str], Cell]:
    """Runs every cell; libFuzzer hunts only the members in `fuzzed`."""
    tasks = [(member, engine) for engine in ENGINES for member in members]
    cells = {task: Cell(*task, NOT_RUN) for task in tasks}
    todo = [task for task in tasks if task[1] != LIBFUZZER or task[0] in fuzzed]
    with (
        progress.bar("kill matrix", len(todo)) as bar,
        ProcessPoolExecutor(machine.usable_cores(), initializer=_ignore_ctrl_c) as pool,
    ):
        started = [pool.submit(hunt, *task) for task in todo]
        try:
            for done, future in enumerate(as_completed(started), 1):
                cell = future.result()
                cells[cell.member, cell.engine] = cell
                bar.set(done, f"{done}/{len(todo)}: {cell.engine}: {cell.member}")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return cells


def _ignore_ctrl_c() -> None:
    """It ends the command; the processes of the pool end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def hunt(member: str, engine: str) -> Cell:
    """Lets an engine loose on a member, in a process of its own.

    Requires: nothing else runs in this process at the time.
    """
    make_command, read = _HUNTS[engine]
    command, variables = make_command(member)
    with tempfile.TemporaryDirectory(prefix="assay-") as work:  # takes the input that was found
        hidden = {"ASSAY_STATS": f"{work}/{STATS}", "ASAN_SYMBOLIZER_PATH": SYMBOLIZER}
        environment = {**os.environ, **variables, **hidden}
        limit = LIMIT_S[engine] + GRACE_S
        before = _children_s()
        done = programs.capture(command, seconds=limit, environment=environment, cwd=work)
        seconds = round(_children_s() - before, 3)
        found = read(done, member, Path(work))
    return Cell(member, engine, seconds=seconds, command=_in_words(command, variables), **found)


def _children_s() -> float:
    """CPU time of this process's children so far, of those that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _explorer(member: str):
    tool = paths.tool("release", "assay-explore")
    return [tool, member, *EXPLORED, "--json"], {}


def _swarm(member: str):
    tool = paths.tool("release", "assay-swarm")
    limits = ["--frames", FRAMES, "--seconds", LIMIT_S[SWARM], "--seed", SEED]
    return [tool, "--design", member, *limits, "-o", "found.ops"], {}


def _libfuzzer(member: str):
    """No corpus folder: an empty corpus."""
    limits = [f"-max_total_time={LIMIT_S[LIBFUZZER]}", f"-seed={SEED}", "-timeout=10"]
    lengths = ["-len_control=0", "-max_len=65536"]
    variables = {"ASSAY_MEMBER": member, "ASSAY_FRAMES": str(FRAMES)}
    return [paths.tool("fuzz", "fuzz-zoo"), *lengths, *limits], variables


def _read_explorer(done: programs.Finished, member: str, work: Path) -> dict:
    try:
        explorations = json.loads(done.stdout)["explorations"]
    except json.JSONDecodeError:
        return _broken(done)
    calls = sum(exploration["transitions"] for exploration in explorations)
    finding = explorations[-1]["finding"] if explorations else None
    if finding:
        verdict = finding["verdict"] or "a trial of the sequence does not repeat it"
        return _caught(calls, finding["clause"] or None, verdict)
    if not explorations or not all(exploration["closed"] for exploration in explorations):
        return {"outcome": BROKEN, "calls": calls, "text": "not every arena was closed"}
    return {"outcome": SILENT, "calls": calls}


def _read_swarm(done: programs.Finished, member: str, work: Path) -> dict:
    try:
        result = json.loads(done.stdout)
    except json.JSONDecodeError:
        return _broken(done)
    if finding := result["finding"]:
        clause = finding["verdict"].split(":")[0]
        return _caught(result["operations"], clause, finding["verdict"])
    return {"outcome": SILENT, "calls": result["operations"]}


def _read_libfuzzer(done: programs.Finished, member: str, work: Path) -> dict:
    verdict = read_output(done.stderr, member).verdict
    try:
        calls = json.loads((work / STATS).read_text())["operations"]
    except (OSError, ValueError):
        calls = None
    if verdict:
        return _caught(calls, verdict.clause, verdict.text)
    return {"outcome": SILENT, "calls": calls} if done.ok else _broken(done)


_HUNTS = {
    EXPLORER: (_explorer, _read_explorer),
    SWARM: (_swarm, _read_swarm),
    LIBFUZZER: (_libfuzzer, _read_libfuzzer),
}


def _caught(calls: int | None, clause: str | None, text: str) -> dict:
    return {"outcome": CAUGHT, "calls": calls, "clause": clause, "text": text}


def _broken(done: programs.Finished) -> dict:
    return {"outcome": BROKEN, "text": done.cause()}


def _in_words(command: list, variables: dict[str, str]) -> str:
    """The command as a person would type it at the repository's root."""
    words = [f"{name}={value}" for name, value in variables.items()]
    words += [paths.from_root(command[0]), *(str(word) for word in command[1:])]
    return shlex.join(words)


def must_catch(fault: dict, engine: str, fuzzed: bool) -> bool:
    """Whether a member that escapes this engine is a failure."""
    return fuzzed if engine == LIBFUZZER else fault["must_be_caught_by"] == engine


def judge(cells: dict, faults: dict[str, dict], fuzzed: list[str]) -> list[Check]:
    """One check per member and engine that must catch it or has caught something else."""
    checks = []
    for member, fault in faults.items():
        for engine in ENGINES:
            cell = cells.get((member, engine), Cell(member, engine, NOT_RUN))
            is_due = must_catch(fault, engine, member in fuzzed)
            problem = problem_with(cell, fault, is_due)
            if is_due or problem:
                name = f"{member} is caught by {fault['clause']} in {engine}"
                outcome = FAILED if problem else PASSED
                checks.append(Check(name, outcome, problem or "", cell.command))
    return checks


def problem_with(cell: Cell, fault: dict, is_due: bool) -> str | None:
    """What is wrong with a cell, or None. Caught is not enough: it must be for its own fault."""
    if cell.outcome == BROKEN:
        return f"{cell.engine} did not work: {cell.text}"
    if cell.outcome == CAUGHT and cell.clause != fault["clause"]:
        return f"it was caught by something else: {cell.text}"
    if cell.outcome == CAUGHT and cell.engine == EXPLORER and not is_due:
        return f"it says that it needs {fault['frames']} frames, but fewer do: {cell.text}"
    if not is_due:
        return None
    if cell.outcome == NOT_RUN:
        return f"{cell.engine} never tried it"
    limit = LIMIT_S[cell.engine]
    if cell.outcome == SILENT:
        return f"it got away: {cell.calls or 0:,} calls in {cell.seconds:.1f} s"
    if cell.seconds > limit:
        return f"it was caught only after {cell.seconds:.1f} s; the limit is {limit} s"
    return None


def render(cells: dict, faults: dict[str, dict]) -> str:
    """The matrix as text, and what its marks mean."""
    rows = [["fault", "clause", *(f"{engine}: calls and seconds" for engine in ENGINES)]]
    for member, fault in faults.items():
        shown = [show(cells[member, engine], fault) for engine in ENGINES]
        rows.append([member, fault["clause"], *shown])
    lines = [table.render(rows), "* must catch it; seconds are of CPU time"]
    left = sum(cell.outcome == NOT_RUN for cell in cells.values())
    lines += [f"{left} of {len(cells)} cells were not run: --fast"] if left else []
    return "\n".join(lines)


def show(cell: Cell, fault: dict) -> str:
    """One cell of the text; who was caught by a wrong clause is shown with that clause."""
    mark = "*" if fault["must_be_caught_by"] == cell.engine else " "
    if cell.outcome in (NOT_RUN, BROKEN):
        return f"{mark}{cell.outcome:>12}"
    calls = "?" if cell.calls is None else f"{cell.calls:,}"
    if cell.outcome == SILENT:
        return f"{mark}{SILENT:>12}{cell.seconds:8.2f}"
    wrong = f" by {cell.clause}" if cell.clause != fault["clause"] else ""
    return f"{mark}{calls:>12}{cell.seconds:8.2f}{wrong}"


def keep(cells: dict, faults: dict[str, dict], text: str, *, scope: str) -> Path:
    """Writes the matrix into a run folder, to read and as JSON; returns the readable file."""
    folder = runs.RunFolder.create("zoo", seed=SEED)
    members = [
        {"member": name, **fault, "cells": [asdict(cells[name, engine]) for engine in ENGINES]}
        for name, fault in faults.items()
    ]
    document = {"schema": SCHEMA, "scope": scope, "limits_s": LIMIT_S, "members": members}
    folder.write_json("kill-matrix.json", document)
    files.write_text(folder.path / "kill-matrix.txt", text + "\n")
    folder.finish(scope=scope)
    return folder.path / "kill-matrix.txt"
