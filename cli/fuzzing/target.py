"""One target under libFuzzer: its process is started again after each finding until time is up."""

import contextlib
import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from cli import paths, plugins, programs
from cli.fuzzing.output import DEADLY, Output, executions_so_far, read_output
from cli.fuzzing.tally import Tally

# Not -len_control: starting with tiny inputs costs far more executions until something is found.
# Scaled by time, since an input over a large arena takes as long as thousands over small ones.
# Calls that do not return are ended by the target; the timeout is for those that sleep.
FLAGS = [
    "-print_final_stats=1",
    "-len_control=0",
    "-max_len=16384",
    "-entropic_scale_per_exec_time=1",
    "-timeout=30",
    "-rss_limit_mb=2048",
]
MAX_DEATHS = 20  # of one slice; each start costs time, and the same bug may kill every one
MAX_RESTARTS = 3  # in a row, behind processes that died for no input
GRACE_S = 60  # over its time, for the last input and a slow machine
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"
DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"]  # even if we are killed


@dataclass(frozen=True)
class Slice:
    """The files of one process."""

    log: Path
    statistics: Path
    artifacts: str  # what the names of inputs that killed it begin with

    @classmethod
    def of(cls, work: Path, name: str):
        """`name`: of the target, and a number."""
        return cls(work / f"{name}.stderr", work / f"{name}.stats.json", f"{work}/{name}-")

    def remove(self) -> None:
        """When everything in them is known, so that a long run does not fill the disk."""
        folder, prefix = Path(self.artifacts).parent, Path(self.artifacts).name
        for file in [self.log, self.statistics, *folder.glob(f"{prefix}*")]:
            file.unlink(missing_ok=True)


def binary_of(design: str) -> str:
    """The program that fuzzes it; all plug-ins have one, which is told whom to load."""
    return "fuzz-plugin" if plugins.get(design) else f"fuzz-{design}"


class Target:
    """A libFuzzer binary with its corpora. Several workers may use one in turn or at once."""

    def __init__(self, design: str, work: Path, corpora: list[Path], keep_finding, known=None):
        """`work` takes logs and artifacts; the first corpus grows, the others are seeds.

        `keep_finding(design, output, stderr)` is called for each input that killed a process and
        returns the finding's key. `known`, if given, says which bugs are masked and takes how often
        they were hit (`Findings`).
        """
        self.tally = Tally(design)
        self.flags: list[str] = []  # that only this one has
        self.environment: dict[str, str] = {}  # the same
        self.new_at = time.monotonic()  # when coverage was last seen to grow
        self._stop = threading.Event()
        self._stop_file = work / f"{design}.stop"  # libFuzzer ends once something is in it
        self._stop_file.unlink(missing_ok=True)
        self._work, self._corpora = work, corpora
        self._keep_finding, self._known = keep_finding, known
        self._binary = paths.tool("fuzz", binary_of(design))
        if plugins.get(design):
            self.environment["ASSAY_PLUGIN"] = plugins.for_tool(design, "fuzz")
        self._lock = threading.Lock()
        self._starts = 0
        self._restarts_in_a_row = 0
        self._live: dict[str, tuple[Slice, float]] = {}  # that run now, since when
        self._collected: list[Slice] = []  # what is in the tally, but still on the disk

    def fuzz(
        self, seconds: float, seed: int, *, max_deaths: int = MAX_DEATHS, runs: int | None = None
    ) -> None:
        """Fuzzes for this long, or until it failed, died too often or was stopped.

        With `runs` a process ends after so many inputs: with one seed, always the same ones.
        """
        deadline = time.monotonic() + seconds
        deaths = 0
        while deaths < max_deaths and not self._stop.is_set() and not self.tally.failure:
            left = deadline - time.monotonic()
            if left < 0.5:  # libFuzzer counts in whole seconds
                return
            limits = [f"-max_total_time={max(1, round(left))}"]
            limits += [f"-runs={runs}"] if runs else []
            if self._run_process(limits, left, seed + deaths):
                return
            deaths += 1
        if self._restarts_in_a_row:
            self._fail(self.tally.trouble)  # it ended with a death, and there is no other try

    def snapshot(self) -> tuple[dict, list[Slice]]:
        """What is known so far, and the slices in it, which may be removed once it is kept."""
        with self._lock:
            collected, self._collected = self._collected, []
            return self.tally.to_state(), collected

    def resume(self, state: dict, collected: set[str]) -> None:
        """Goes on from a snapshot. Takes in what processes left that ended, or were killed, behind
        it; `collected` names the slices that are in it.
        """
        self.tally = Tally.from_state(state)
        for log in sorted(self._work.glob(f"{self.tally.design}-[0-9]*.stderr")):
            self._starts = max(self._starts, int(log.stem.rsplit("-", 1)[1]))
            part = Slice.of(self._work, log.stem)
            if log.stem in collected:
                part.remove()
            else:
                self._repeat_death(part)
                self._collect(part, 0.0, None)

    def interrupt(self) -> None:
        """Lets the running process end in order and starts no other."""
        self.tally.interrupted = True
        self._stop_file.write_text("stop")
        self._stop.set()

    def progress_now(self) -> tuple[int, int]:
        """Executions and operations, of the processes that ended and of the living ones."""
        with self._lock:
            live = [part for part, _ in self._live.values()]
            executions, operations = self.tally.executions, self.tally.operations
        for each in live:
            counted = _read_statistics(each.statistics) or {"executions": 0, "operations": 0}
            executions += max(counted["executions"], executions_so_far(_tail(each.log)))
            operations += counted["operations"]
        return executions, operations

    def live_seconds(self, now: float) -> float:
        """How long its living processes have been running, added up."""
        with self._lock:
            return sum(now - started for _, started in self._live.values())

    def _run_process(self, limits: list, seconds: float, seed: int) -> bool:
        """True if it ended in order."""
        with self._lock:
            self._starts += 1
            name = f"{self.tally.design}-{self._starts}"
            part, started = Slice.of(self._work, name), time.monotonic()
            self._live[name] = part, started
        command = [self._binary, *FLAGS, *self.flags, *limits, f"-seed={seed % 2**31 or 1}"]
        command += [f"-artifact_prefix={part.artifacts}"]
        command += [f"-stop_file={self._stop_file}", *self._corpora]
        returncode = self._wait(command, part, seconds + GRACE_S)
        took = time.monotonic() - started
        with self._lock:
            del self._live[name]
        return self._collect(part, took, returncode)

    def _wait(self, command: list, part: Slice, limit: float) -> int | None:
        """Runs the process to its end; None if it could not be started or had to be killed."""
        process = self._start(command, part)
        if process is None:
            return None
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline and not self._stop.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(0.2)
        if self._stop.is_set():
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(5)  # it saw the stop file and ends in order
        else:
            self._fail(f"the process did not end {GRACE_S} s after its time")
        process.kill()
        process.wait()
        return None

    def _start(self, command: list, part: Slice) -> subprocess.Popen | None:
        if not self._binary.exists():
            self._fail(f"{paths.from_root(self._binary)} is not there")
            return None
        known = self._known.environment() if self._known else {}
        environment = {
            **os.environ,
            **known,
            **self.environment,
            "ASSAY_STATS": str(part.statistics),
            "ASAN_SYMBOLIZER_PATH": SYMBOLIZER,
            "UBSAN_SYMBOLIZER_PATH": SYMBOLIZER,
        }
        try:
            with open(part.log, "wb") as stderr:
                return subprocess.Popen(
                    [str(each) for each in [*DIE_WITH_US, *command]],
                    stdin=subprocess.DEVNULL,
                    stdout=stderr,
                    stderr=stderr,
                    env=environment,
                    start_new_session=True,  # Ctrl-C reaches only us; we end it in order
                )
        except FileNotFoundError:
            raise programs.missing(DIE_WITH_US[0]) from None

    def _collect(self, part: Slice, took: float, returncode: int | None) -> bool:
        """Takes in what a process left. True if it ended in order."""
        stderr = part.log.read_text(errors="replace") if part.log.exists() else ""
        output = read_output(stderr, self.tally.design)
        counted = _read_statistics(part.statistics)
        # Findings first: whoever is killed here meets this process again.
        key = self._keep(output, stderr) if output.artifact else None
        if counted and self._known:
            self._known.note_masked(counted.get("masked", {}))
        with self._lock:
            self._add(output, counted, took)
            if key:
                self.tally.note_finding(key)
            self._collected.append(part)
        if key or returncode in (0, None):
            self._restarts_in_a_row = 0
        else:
            last = (stderr.strip().splitlines() or ["it said nothing"])[-1]
            how = programs.describe_exit(returncode)
            self._note_death(f"the process ended with {how}: {last}")
        return key is None and returncode == 0

    def _add(self, output: Output, counted: dict | None, took: float) -> None:
        tally = self.tally
        tally.seconds += took
        if output.coverage_edges > tally.coverage_edges:
            self.new_at = time.monotonic()
        tally.coverage_edges = max(tally.coverage_edges, output.coverage_edges)
        tally.corpus_entries = max(tally.corpus_entries, output.corpus_entries)
        if counted:
            tally.add(counted)
        else:
            tally.executions += output.executions

    def _keep(self, output: Output, stderr: str) -> str:
        sha1 = output.artifact.name.rsplit("-", 1)[-1]
        (self._corpora[0] / sha1).unlink(missing_ok=True)  # else it kills the next start as well
        return self._keep_finding(self.tally.design, output, stderr)

    def _repeat_death(self, part: Slice) -> None:
        """Lets an input kill again whose process was killed before it had told why."""
        folder, prefix = Path(part.artifacts).parent, Path(part.artifacts).name
        inputs = [each for each in folder.glob(f"{prefix}*") if DEADLY.search(each.name)]
        if not inputs or read_output(part.log.read_text(errors="replace"), "").artifact:
            return
        command = [self._binary, "-timeout=30", f"-artifact_prefix={part.artifacts}", inputs[0]]
        environment = {**os.environ, **self.environment}
        again = programs.capture(command, seconds=GRACE_S, environment=environment)
        with open(part.log, "a") as log:
            log.write(again.stderr)

    def _note_death(self, trouble: str) -> None:
        """No input is to blame, so it is worth another try, but not forever."""
        with self._lock:
            self.tally.restarts += 1
            self.tally.trouble = trouble
            self._restarts_in_a_row += 1
            last_try = self._restarts_in_a_row >= MAX_RESTARTS
        if last_try:
            self._fail(trouble)

    def _fail(self, reason: str) -> None:
        with self._lock:
            self.tally.failure = self.tally.failure or reason


def _read_statistics(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _tail(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - 1000))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
