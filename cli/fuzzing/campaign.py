"""Prepares a run of the fuzzers, lets it go on to its end, and says what it came to.

A run is judged by its canary: an allocator that is wrong on purpose must be caught first.
"""

import fcntl
import functools
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cli import build, designs, files, paths, plugins, progress
from cli.errors import UsageError
from cli.fuzzing import canary, corpus, runner, seeds, swarm, view
from cli.fuzzing.findings import PAGING, Findings
from cli.fuzzing.schedule import Schedule
from cli.fuzzing.target import Target, binary_of

LIBFUZZER, SWARM = ENGINES = ("libfuzzer", "swarm")
BESIDE = (designs.LOCKSTEP, PAGING, *seeds.PARSERS)  # what is fuzzed beside designs
SWARM_SHARE = 0.1  # of the time of a run by libFuzzer
DISK_LIMIT = 2 << 30
PLAN = "plan.json"
SHRINK_AT_LEAST_S, SHRINK_SHARE = 60, 0.05  # behind the fuzzing; a share of its time


@dataclass(frozen=True)
class Plan:
    """What a run is to do. It is kept with the run, so that it can be resumed."""

    targets: list[str]
    seconds: int
    jobs: int
    seed: int
    engine: str = LIBFUZZER
    frames: int = swarm.FRAMES
    disk: int = DISK_LIMIT
    command: str | None = None
    plugins: dict[str, str] = field(default_factory=dict)  # the folders of those among the targets
    canary: bool = True
    remember: bool = True  # what earlier runs have found

    def check(self) -> None:
        """Raises UsageError where it cannot be done."""
        others = [name for name in self.targets if name in BESIDE]
        if self.engine == SWARM and others:
            raise UsageError(f"{others[0]}: swarm fuzzes designs only; leave out --engine swarm")
        needed = len(self.targets) + (len(swarm_names(self)) if self.engine == LIBFUZZER else 0)
        if self.seconds * self.jobs < needed * runner.SHORTEST_SLICE_S:
            raise UsageError(f"{self.seconds} s are too short for {needed} targets; raise --for")

    def save(self, work: Path) -> None:
        """Writes it into the run."""
        files.write_text(work / PLAN, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, work: Path):
        """What `save` wrote."""
        plan = cls(**json.loads((work / PLAN).read_text()))
        for folder in plan.plugins.values():
            plugins.find(folder)
        return plan


def names() -> list[str]:
    """Everything that can be fuzzed by name."""
    return [*designs.names(), *designs.settings(), *BESIDE]


def run(folder: Path, plan: Plan, *, resume: bool = False) -> dict:
    """Fuzzes as planned, in `folder` of a run. Ctrl-C ends it in order. Returns: fuzz.json."""
    build_all(plan)
    work = folder / "fuzz"
    work.mkdir(exist_ok=True)
    with _alone_in(work):
        plan.save(work)
        caught = _catch_canary(work, plan) if plan.canary else None
        findings = Findings(work, remember=plan.remember)
        targets = make_targets(plan, work, findings)
        running = runner.Runner(work, targets, make_schedule(plan), findings, plan)
        if resume:
            running.resume()
        with view.view(running) as show:
            reason = running.run(plan.seed, plan.disk, show)
        with progress.bar("shrinking what was found"):
            findings.finish(max(SHRINK_AT_LEAST_S, SHRINK_SHARE * plan.seconds))
        if reason == runner.TIME_UP and plan.engine == LIBFUZZER:
            _shrink_corpora(plan, running, findings)
        running.save()
    return describe(plan, running, caught, findings, reason)


def build_all(plan: Plan) -> None:
    """Builds what the plan runs."""
    fuzzers = plan.targets if plan.engine == LIBFUZZER else []
    fuzzers = [*fuzzers, canary.CANARY] if plan.canary and fuzzers else fuzzers
    tools = ["assay-ops", *(["assay-paging"] if PAGING in plan.targets else [])]
    plugins.build_named(plan.targets, ["fuzz", "release"])
    build.build("fuzz", [*tools, *dict.fromkeys(map(binary_of, fuzzers))])
    build.build("release", ["assay-swarm"])


def make_targets(plan: Plan, work: Path, findings: Findings) -> dict:
    """By name. Under libFuzzer, each design has a swarm beside it."""
    swarms = functools.partial(swarm.SwarmTarget, frames=plan.frames)
    if plan.engine == SWARM:
        return {name: make_target(swarms, name, work, findings) for name in plan.targets}
    targets = {name: make_target(Target, name, work, findings) for name in plan.targets}
    for name in swarm_names(plan):
        targets[beside(name)] = make_target(swarms, name, work, findings)
    return targets


def make_target(kind, name: str, work: Path, findings: Findings):
    """A target with its working corpus, which lives across runs, and the committed seeds."""
    own = paths.RUNS / "corpus" / name
    own.mkdir(parents=True, exist_ok=True)
    form = name if name in seeds.PARSERS else "bytes"
    seed_folder = work / f"seeds-{form}"
    if not seed_folder.exists():
        seeds.seeds_of(form, seed_folder)
    corpora = [own] if name == PAGING else [own, seed_folder]
    target = kind(name, work, corpora, findings.keep, findings)
    if name in seeds.PARSERS:
        target.tally.required = []  # it allocates nothing
    if name in (PAGING, *seeds.PARSERS):
        target.flags.append("-max_len=4096")  # their arenas do not grow
    if name == "text":
        target.flags.append(f"-dict={seeds.DICTIONARY}")
    return target


def make_schedule(plan: Plan) -> Schedule:
    """Swarm has a share of its own of a run by libFuzzer."""
    if plan.engine == SWARM:
        return Schedule(plan.targets)
    swarms = [beside(name) for name in swarm_names(plan)]
    return Schedule(plan.targets, held={name: SWARM_SHARE / len(swarms) for name in swarms})


def swarm_names(plan: Plan) -> list[str]:
    """The designs that a swarm is let loose on beside libFuzzer."""
    return [name for name in plan.targets if name not in BESIDE]


def describe(plan: Plan, running, caught: dict, findings: Findings, reason: str) -> dict:
    """The result, as fuzz.json has it."""
    tallies = {name: target.tally.to_json() for name, target in running.targets.items()}
    return {
        "schema": "assay-fuzz",
        "seconds": float(plan.seconds),
        "elapsed": round(running.elapsed(), 1),
        "seed": plan.seed,
        "jobs": plan.jobs,
        "engine": plan.engine,
        "interrupted": reason == runner.CTRL_C,
        "ended": reason,
        "canary": caught,
        "targets": [tallies[name] for name in plan.targets],
        "swarm": [tally for name, tally in tallies.items() if name not in plan.targets],
        "findings": list(findings.kept.values()),
        "timeline": running.timeline,
    }


def _shrink_corpora(plan: Plan, running, findings: Findings) -> None:
    with progress.bar("dropping what is redundant from the corpora", len(plan.targets)) as bar:
        for done, name in enumerate(plan.targets):
            bar.set(done, name)
            folder = paths.RUNS / "corpus" / name
            if corpus.is_worth_it(folder, running.targets[name].tally.corpus_entries):
                corpus.drop_redundant(name, folder, findings.environment())


def beside(name: str) -> str:
    """What the swarm beside a design's libFuzzer target is called."""
    return f"{name} (swarm)"


def _catch_canary(work: Path, plan: Plan) -> dict:
    """Once per run."""
    kept = work / "canary.json"
    if not kept.exists():
        engine = Target if plan.engine == LIBFUZZER else swarm.SwarmTarget
        with progress.bar("fuzzing the canary"):
            caught = canary.catch_canary(work, plan.seed, engine)
        files.write_text(kept, json.dumps(caught) + "\n")
    return json.loads(kept.read_text())


class _alone_in:
    """Nobody resumes a run that goes on. The system gives the lock back, whatever ends us."""

    def __init__(self, work: Path):
        self._path = work / "lock"

    def __enter__(self):
        self._file = open(self._path, "w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            run = paths.from_root(self._path.parent.parent)
            raise UsageError(f"{run}: this run goes on in another process; wait for it") from None

    def __exit__(self, *_):
        self._file.close()
