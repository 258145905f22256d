"""A whole run: workers take turns with the targets until the time, the user or the disk ends it.

What is known so far is written to `state.json` behind every slice and now and then, so that a run
that was killed goes on with `--resume`.
"""

import errno
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cli import files, paths
from cli.fuzzing.schedule import Schedule

STATE = "state.json"
LOOK_EVERY_S = 0.5
DISK_EVERY_S = 5.0  # and how much of the time a kill may lose
SLICES = 4  # that each target gets at least, where the time is short
LONGEST_SLICE_S = 60
SHORTEST_SLICE_S = 1

TIME_UP, CTRL_C, DISK_LIMIT, DISK_FULL, NOBODY_LEFT = (
    "time is up",
    "interrupted",
    "disk limit reached",
    "disk full",
    "no target can run",
)


class Runner:
    """Fuzzes `targets`, by name, in the order of `schedule`."""

    def __init__(self, work: Path, targets: dict, schedule: Schedule, findings, plan):
        """`plan` says how long (`seconds`) and how much at once (`jobs`)."""
        self.targets, self.seconds, self.jobs = targets, plan.seconds, plan.jobs
        self.reason: str | None = None  # why it ended
        self.running: dict[str, int] = dict.fromkeys(targets, 0)
        self.timeline: list[list] = []  # [seconds into the run, target, edges, corpus, executions]
        self._work, self._schedule, self._findings = work, schedule, findings
        self._elapsed_before = 0.0  # of a run that is resumed
        self._slices = 0
        self._started: float | None = None  # while it runs
        self._lock = threading.Lock()
        self._saving = threading.Lock()

    def elapsed(self) -> float:
        """Seconds of fuzzing, those before a resume too."""
        now = time.monotonic()
        return self._elapsed_before + (0.0 if self._started is None else now - self._started)

    def run(self, seed: int, disk_limit: int, show) -> str:
        """Calls `show()` now and then; returns why it ended."""
        self._started = time.monotonic()
        self.save()
        looked_at_disk = 0.0
        with ThreadPoolExecutor(self.jobs) as pool:
            workers = [
                pool.submit(self._guarded, self._work_off, seed) for _ in range(self.jobs)
            ]
            try:
                while not all(worker.done() for worker in workers):
                    time.sleep(LOOK_EVERY_S)
                    show()
                    if time.monotonic() - looked_at_disk > DISK_EVERY_S:
                        looked_at_disk = time.monotonic()
                        self._guarded(self._keep_within, disk_limit)
            except KeyboardInterrupt:
                self.stop(CTRL_C)
        for worker in workers:
            worker.result()
        self.reason = self.reason or TIME_UP
        self._elapsed_before, self._started = self.elapsed(), None
        return self.reason

    def stop(self, reason: str) -> None:
        """Lets all processes end in order."""
        with self._lock:
            self.reason = self.reason or reason
        for target in self.targets.values():
            target.interrupt()

    def disk_bytes(self) -> int:
        """What the run's folder, corpora and findings take."""
        folders = [self._work, paths.RUNS / "corpus", paths.RUNS / "findings"]
        return sum(_bytes_in(folder) for folder in folders)

    def save(self) -> None:
        """Keeps what is known so far; removes what is kept therewith."""
        with self._saving:
            snapshots = {name: target.snapshot() for name, target in self.targets.items()}
            state = {
                "schema": "assay-fuzz-state",
                "schema_version": 1,
                "elapsed": self.elapsed(),
                "slices": self._slices,
                "timeline": self.timeline,
                "findings": self._findings.snapshot(),
                "targets": {name: tally for name, (tally, _) in snapshots.items()},
                "collected": [part.log.stem for _, parts in snapshots.values() for part in parts],
            }
            files.write_text(self._work / STATE, json.dumps(state) + "\n")
            for _, parts in snapshots.values():
                for part in parts:
                    part.remove()

    def resume(self) -> None:
        """Goes on from what `save` kept."""
        state = json.loads((self._work / STATE).read_text())
        self._elapsed_before, self._slices = state["elapsed"], state["slices"]
        self.timeline = state["timeline"]
        self._findings.resume(state["findings"])
        collected = set(state["collected"])
        for name, target in self.targets.items():
            target.resume(state["targets"][name], collected)

    def _guarded(self, step, *arguments) -> None:
        """A full disk ends the run in order; whatever else fails ends it too, and is an error."""
        try:
            step(*arguments)
        except BaseException as error:
            is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
            self.stop(DISK_FULL if is_full else CTRL_C)
            if not is_full:
                raise

    def _keep_within(self, disk_limit: int) -> None:
        self.save()
        if self.disk_bytes() > disk_limit:
            self.stop(DISK_LIMIT)

    def _work_off(self, seed: int) -> None:
        while not self.reason and self.seconds - self.elapsed() >= 1:
            name = self._schedule.take()
            if name is None:
                return self.stop(NOBODY_LEFT)
            self._fuzz_one(name, seed)

    def _fuzz_one(self, name: str, seed: int) -> None:
        """One slice."""
        target, tally = self.targets[name], self.targets[name].tally
        with self._lock:
            self._slices += 1
            slice_seed = (seed + 1_000_003 * self._slices) % 2**31
            self.running[name] += 1
        before = tally.coverage_edges + tally.corpus_entries
        started = time.monotonic()
        left = self.seconds - self.elapsed()
        target.fuzz(min(self.slice_seconds(), left), slice_seed)
        took = time.monotonic() - started
        gained = max(0, tally.coverage_edges + tally.corpus_entries - before)
        self._schedule.give_back(name, took, gained)
        if tally.failure:
            self._schedule.drop(name)
        with self._lock:
            self.running[name] -= 1
            now = [round(self.elapsed(), 1), name, tally.coverage_edges]
            self.timeline.append([*now, tally.corpus_entries, tally.executions])
        self.save()

    def slice_seconds(self) -> float:
        """Short enough that each target gets several, long enough to be worth a start."""
        fair = self.seconds * self.jobs / (len(self.targets) * SLICES)
        return min(max(fair, SHORTEST_SLICE_S), LONGEST_SLICE_S)


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            status = path.lstat()
        except FileNotFoundError:  # it was removed while we looked
            continue
        total += status.st_blocks * 512
    return total
