"""The part `fuzz`: designs, alone and in lockstep, paging, parsers briefly.

And every input that once broke a design, a corpus that is shared, builds as OSS-Fuzz makes them.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli import build, designs, machine, paths, programs
from cli.checks import oss_fuzz, paging, parsers, sharing
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing.findings import Findings
from cli.fuzzing.seeds import PARSERS, write_seeds
from cli.fuzzing.target import Target

NEEDS = ("build", "fuzz", "test")
SEED = 1
INPUTS = {"fast": 3_000, "default": 30_000, "full": 20_000_000}  # per design
FRAMES = 1024  # of the largest arena, so that no input takes long
LIMIT_S = {"fast": 60, "default": 300, "full": 7200}
REPLAY_S = 60


def run(scope: str):
    names = [*designs.names(), *designs.settings(), designs.LOCKSTEP]
    targets = (*names, paging.TARGET, *PARSERS)
    build.build("fuzz", ["assay-ops", *(f"fuzz-{name}" for name in targets)])
    jobs = [
        (paging.fuzz_paging, scope),
        (sharing.check_sharing,),
        *((fuzz_briefly, name, scope) for name in names),
        *((parsers.fuzz_parser, form, scope) for form in PARSERS),
        *((replay, file, name) for file in find_regressions() for name in names),
    ]
    with ThreadPoolExecutor(machine.usable_cores()) as pool:
        yield from pool.map(lambda job: job[0](*job[1:]), jobs)
    if scope == "full":  # minutes of compiling
        for sanitizer in oss_fuzz.SANITIZERS:
            yield from oss_fuzz.check_sanitizer(sanitizer)


def fuzz_briefly(design: str, scope: str) -> Check:
    """The same inputs each time: from the committed seeds and an empty corpus of its own."""
    inputs = inputs_for(design, scope)
    name = f"{design}: {inputs:,} inputs from seed {SEED}"
    repeat = f"./assay fuzz {design} --seed {SEED}"
    found = Findings()
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        seeds = write_seeds(Path(folder) / "seeds")
        target = Target(design, Path(folder), [corpus, seeds], found.keep)
        target.flags.append("-entropic_scale_per_exec_time=0")  # time is never the same
        target.environment["ASSAY_FRAMES"] = str(FRAMES)
        target.fuzz(LIMIT_S[scope], SEED, max_deaths=1, runs=inputs)
        found.finish()
        result = target.tally.to_json()
    if result["status"] == "finding":
        (finding,) = found.kept.values()
        return Check(name, FAILED, finding["verdict"], finding["replay"])
    if result["status"] == "failed":
        return Check(name, FAILED, result["reason"], repeat)
    if result["seconds"] >= LIMIT_S[scope]:
        return Check(name, FAILED, f"not done within {LIMIT_S[scope]} s", repeat)
    return Check(name, PASSED)


def inputs_for(design: str, scope: str) -> int:
    """As many trials for each: in lockstep, an input is one of every design."""
    share = len(designs.names()) if design == designs.LOCKSTEP else 1
    return INPUTS[scope] // share


def find_regressions() -> list[Path]:
    """Sequences that once broke a design, or could have."""
    return sorted((paths.ROOT / "fuzz" / "regressions").glob("*.ops"))


def replay(file: Path, design: str) -> Check:
    """No design may break on it any more."""
    name = f"{design}: {file.name}"
    command = [paths.tool("fuzz", "assay-ops"), "replay", file, "--design", design]
    done = programs.capture(command, seconds=REPLAY_S)
    if done.ok:
        return Check(name, PASSED)
    verdict = (done.stdout.strip().splitlines() or [""])[-1] if done.returncode == 1 else ""
    repeat = f"./assay replay {paths.from_root(file)} --design {design}"
    return Check(name, FAILED, verdict or done.cause(), repeat)
