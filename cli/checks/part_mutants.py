"""The part `mutants`: small changes of the designs' own source must be noticed.

A sample by default, all of them with --full. Who survives must stand in fuzz/mutants/survivors.json
with a reason why it cannot be told from the design as it was written.
"""

import json
import random
import subprocess
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from cli import build, machine, paths, progress, programs, table
from cli.checks.check import FAILED, Check, from_problems
from cli.errors import FailedError

NEEDS = ("build", "mutants")
DESIGNS = ("bitmap", "buddy", "coremap", "free_list", "tag_bitmap")
SAMPLE = {"fast": 3, "default": 10}  # of each design
SEED = 1
MOST_SURVIVORS = 0.05
LIMIT_S = {"fast": 120, "default": 120, "full": 900}  # for one design
SURVIVORS = paths.ROOT / "fuzz" / "mutants" / "survivors.json"
KILLERS = ("contract", "crash", "hang", "own test")
HEAD = ["design", "mutants", *KILLERS, "survived", "score"]
KEY = ("file", "function", "kind", "original", "mutated")
POLL_S = 0.2


def run(scope: str):
    build.build("release", [tool_name(design) for design in DESIGNS])
    excused = read_survivors(SURVIVORS)
    rows, checks = [HEAD], []
    for design in DESIGNS:
        folder = paths.build_dir("release") / "fuzz" / "mutants" / design
        mutants = with_places(json.loads((folder / "mutants.json").read_text()))
        chosen = mutants if scope == "full" else sample(mutants, SAMPLE[scope])
        outcomes = try_all(design, chosen, folder, scope)
        rows.append(row_of(design, outcomes))
        checks += judge(design, chosen, outcomes, excused, is_full=scope == "full")
    print(table.render(rows))
    known = {mutant_design for mutant_design, *_ in excused}
    unknown = [f"{name}: no such design is mutated" for name in sorted(known - set(DESIGNS))]
    yield from [*checks, from_problems("survivors are of mutated designs", unknown, len(excused))]


def tool_name(design: str) -> str:
    return f"assay-mutants-{design}"


def with_places(mutants: list[dict]) -> list[dict]:
    """Each with what it is known by across edits: no line number, but which of its like it is."""
    seen = Counter()
    for mutant in mutants:
        key = tuple(mutant[field] for field in KEY)
        seen[key] += 1
        mutant["key"] = (*key, seen[key])
    return mutants


def read_survivors(path: Path) -> dict[tuple, str]:
    """Design and key of each mutant that may survive, and the reason."""
    excused = {}
    for entry in json.loads(path.read_text()):
        key = (entry["design"], *(entry[field] for field in KEY), entry.get("which", 1))
        if key in excused or not entry["reason"].strip():
            raise FailedError(f"{paths.from_root(path)}: twice or without a reason: {key}")
        excused[key] = entry["reason"]
    return excused


def sample(mutants: list[dict], size: int) -> list[dict]:
    """The same ones every time."""
    return random.Random(SEED).sample(mutants, min(size, len(mutants)))


def try_all(design: str, chosen: list[dict], folder: Path, scope: str) -> dict[int, dict]:
    """Runs the tool in one process per core. Results of a full run that was ended are gone on with.

    Returns: the result of each mutant by its number.
    """
    cores = machine.usable_cores()
    shares = [chosen[at::cores] for at in range(cores) if chosen[at::cores]]
    files = [folder / f"{scope}-{at}of{cores}.jsonl" for at in range(len(shares))]
    for file in files if scope != "full" else ():
        file.unlink(missing_ok=True)
    tool = paths.tool("release", tool_name(design))
    started = [start(tool, share, file) for share, file in zip(shares, files)]
    try:
        wait(design, started, files, len(chosen), LIMIT_S[scope])
    finally:
        for process in started:
            process.kill()
            process.wait()
    results = {result["id"]: result for file in files for result in read_results(file)}
    for file in files:
        file.unlink()
    return results


def start(tool: Path, share: list[dict], file: Path) -> subprocess.Popen:
    """The tool over some mutants."""
    numbers = ",".join(str(mutant["id"]) for mutant in share)
    command = [str(tool), "--mutants", numbers, "--results", str(file)]
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
    except FileNotFoundError:
        raise programs.missing(command[0]) from None


def wait(design: str, started: list, files: list[Path], count: int, limit: float) -> None:
    """Shows how far they are, until all have ended well."""
    ends = time.monotonic() + limit
    with progress.bar(f"mutants of {design}", count) as bar:
        while any(process.poll() is None for process in started):
            if time.monotonic() > ends:
                raise FailedError(f"mutants of {design}: not done after {limit} s")
            time.sleep(POLL_S)
            done = sum(len(read_results(file)) for file in files)
            bar.set(done, f"{done}/{count}")
    for process in started:
        if process.returncode != 0:
            words = process.stderr.read().strip() or programs.describe_exit(process.returncode)
            raise FailedError(f"mutants of {design}: {words}")


def read_results(file: Path) -> list[dict]:
    """The results so far: whole lines behind the first, which names the program."""
    if not file.exists():
        return []
    lines = file.read_text().split("\n")
    return [json.loads(line) for line in lines[1:-1]]


def row_of(design: str, outcomes: dict[int, dict]) -> list[str]:
    """The design's line of the table."""
    counts = Counter(result["outcome"] for result in outcomes.values())
    killed = sum(counts[killer] for killer in KILLERS)
    score = f"{killed / len(outcomes):.1%}" if outcomes else "–"
    cells = [counts[outcome] for outcome in (*KILLERS, "survived")]
    return [design, *(str(cell) for cell in (len(outcomes), *cells)), score]


def judge(design, chosen, outcomes, excused, *, is_full: bool) -> list[Check]:
    """No mutant may survive without a reason, and none with a reason may be killed."""
    repeat = "./assay test mutants" + (" --full" if is_full else "")
    unlisted, killed, broken = [], [], []
    for mutant in chosen:
        result = outcomes.get(mutant["id"], {"outcome": "broken", "text": "it was never tried"})
        is_excused = (design, *mutant["key"]) in excused
        if result["outcome"] == "survived" and not is_excused:
            unlisted.append(describe(mutant))
        elif result["outcome"] in KILLERS and is_excused:
            killed.append(f"{describe(mutant)}\n  by {result['outcome']}: {result['text']}")
        elif result["outcome"] not in (*KILLERS, "survived"):
            broken.append(f"{describe(mutant)}: {result['text']}")
    checks = [
        from_problems(f"{design}: no mutant survives without a reason", unlisted, len(chosen)),
        from_problems(f"{design}: no excused mutant is killed", killed, len(chosen)),
        from_problems(f"{design}: every mutant was tried", broken, len(chosen)),
    ]
    if is_full:
        keys = {(design, *mutant["key"]) for mutant in chosen}
        stale = [f"not a mutant: {key}" for key in excused if key[0] == design and key not in keys]
        checks.append(from_problems(f"{design}: every excuse is of a mutant", stale, len(chosen)))
        survived = sum(result["outcome"] == "survived" for result in outcomes.values())
        too_many = survived > MOST_SURVIVORS * len(chosen)
        problems = [f"{survived} of {len(chosen)} survived"] if too_many else []
        name = f"{design}: at most {MOST_SURVIVORS:.0%} survive"
        checks.append(from_problems(name, problems, len(chosen)))
    return [replace(check, repeat=repeat) if check.outcome == FAILED else check for check in checks]


def describe(mutant: dict) -> str:
    """Where it is and what it changes."""
    change = f"'{mutant['original']}' → '{mutant['mutated']}'"
    place = f"{mutant['file']}:{mutant['line']}:{mutant['column']}: {mutant['function']}"
    which = f" (number {mutant['key'][-1]} of its like)" if mutant["key"][-1] > 1 else ""
    return f"{place}: {mutant['kind']} {change}{which}"
