"""One design under libFuzzer: its process is started again after each finding until time is up."""

import contextlib
import json
import os
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from cli import paths, programs
from cli.fuzzing.output import Output, executions_so_far, read_output

# Not -len_control: starting with tiny inputs costs far more executions until something is found.
FLAGS = ["-print_final_stats=1", "-len_control=0", "-timeout=10", "-rss_limit_mb=2048"]
MAX_DEATHS = 20  # of one slice; each start costs time, and the same bug may kill every one
GRACE_S = 30  # over its time, for the last input and a slow machine
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"


@dataclass
class Tally:
    """What all processes of one design add up to."""

    design: str
    executions: int = 0
    operations: int = 0
    seconds: float = 0.0
    coverage_edges: int = 0
    corpus_entries: int = 0
    outcomes: Counter = field(default_factory=Counter)
    required: list[str] = field(default_factory=lambda: ["allocated"])  # the tool knows better
    skips: list[dict] = field(default_factory=list)  # what the design does not promise
    findings: list[str] = field(default_factory=list)
    failure: str | None = None
    interrupted: bool = False

    def add(self, counted: dict) -> None:
        """What one process counted, as the tools write it (fuzz/totals.h)."""
        self.executions += counted["executions"]
        self.operations += counted["operations"]
        self.outcomes.update(counted["outcomes"])
        self.required, self.skips = counted["required"], counted["skips"]

    def status(self) -> tuple[str, str | None]:
        """clean, finding or failed, and why. A run that never saw an outcome did not test it."""
        if self.findings:
            return "finding", self.failure
        if self.failure:
            return "failed", self.failure
        absent = [name for name in self.required if self.outcomes[name] == 0]
        if absent:
            when = "before the interrupt" if self.interrupted else "while fuzzing"
            return "failed", f"never happened {when}: {', '.join(absent)}; so it shows nothing"
        return "clean", None

    def to_json(self) -> dict:
        status, reason = self.status()
        return {
            "design": self.design,
            "status": status,
            "reason": reason,
            "executions": self.executions,
            "executions_per_second": self.executions / self.seconds if self.seconds else 0.0,
            "operations": self.operations,
            "seconds": round(self.seconds, 3),
            "coverage_edges": self.coverage_edges,
            "corpus_entries": self.corpus_entries,
            "outcomes": dict(self.outcomes),
            "skips": self.skips,
            "findings": self.findings,
        }


class Target:
    """A libFuzzer binary with its corpora. Several workers may use one in turn or at once."""

    def __init__(self, design: str, work: Path, corpora: list[Path], keep_finding):
        """`work` takes logs and artifacts; the first corpus grows, the others are seeds.

        `keep_finding(design, output, stderr)` is called for each input that killed a process and
        returns the finding's key.
        """
        self.tally = Tally(design)
        self._stop = threading.Event()
        self._stop_file = work / f"{design}.stop"  # libFuzzer ends once something is in it
        self._work, self._corpora, self._keep_finding = work, corpora, keep_finding
        self._binary = paths.tool("fuzz", f"fuzz-{design}")
        self._lock = threading.Lock()
        self._starts = 0
        self._live: dict[int, Path] = {}  # stderr of the processes that run now

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
            output, stderr = self._run_process(limits, left, seed + deaths)
            if output.artifact is None:
                return
            deaths += 1
            self._note_finding(output, stderr)

    def interrupt(self) -> None:
        """Lets the running process end in order and starts no other."""
        self.tally.interrupted = True
        self._stop_file.write_text("stop")
        self._stop.set()

    def executions_now(self) -> int:
        """For the progress bar: what ended processes and the living ones report."""
        with self._lock:
            live = list(self._live.values())
        return self.tally.executions + sum(executions_so_far(_tail(path)) for path in live)

    def _run_process(self, limits: list, seconds: float, seed: int) -> tuple[Output, str]:
        with self._lock:
            self._starts += 1
            number = self._starts
            log = self._live[number] = self._work / f"{self.tally.design}-{number}.stderr"
        statistics = self._work / f"{self.tally.design}-{number}.stats.json"
        command = [self._binary, *FLAGS, *limits, f"-seed={seed % 2**31 or 1}"]
        command += [f"-artifact_prefix={self._work}/{self.tally.design}-{number}-"]
        command += [f"-stop_file={self._stop_file}", *self._corpora]
        started = time.monotonic()
        returncode = self._wait(command, log, statistics, seconds + GRACE_S)
        took = time.monotonic() - started
        with self._lock:
            del self._live[number]
        stderr = log.read_text(errors="replace")
        output = read_output(stderr, self.tally.design)
        self._add(output, statistics, took, returncode, stderr)
        return output, stderr

    def _wait(self, command: list, log: Path, statistics: Path, limit: float) -> int | None:
        """Runs the process to its end; None if it could not be started or had to be killed."""
        process = self._start(command, log, statistics)
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
            self._fail(f"the process did not end {GRACE_S} s after its time; its log is {log.name}")
        process.kill()
        process.wait()
        return None

    def _start(self, command: list, log: Path, statistics: Path) -> subprocess.Popen | None:
        environment = {
            **os.environ,
            "ASSAY_STATS": str(statistics),
            "ASAN_SYMBOLIZER_PATH": SYMBOLIZER,
            "UBSAN_SYMBOLIZER_PATH": SYMBOLIZER,
        }
        try:
            with open(log, "wb") as stderr:
                return subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=stderr,
                    stderr=stderr,
                    env=environment,
                    start_new_session=True,  # Ctrl-C reaches only us; we end it in order
                )
        except OSError as error:
            self._fail(f"{paths.from_root(command[0])} cannot be run: {error.strerror}")
            return None

    def _add(self, output, statistics, took, returncode, stderr) -> None:
        with self._lock:
            tally = self.tally
            tally.seconds += took
            tally.coverage_edges = max(tally.coverage_edges, output.coverage_edges)
            tally.corpus_entries = max(tally.corpus_entries, output.corpus_entries)
            counted = _read_statistics(statistics)
            if counted is None:
                tally.executions += output.executions
            else:
                tally.add(counted)
        if returncode not in (0, None) and output.artifact is None:
            last = (stderr.strip().splitlines() or ["it said nothing"])[-1]
            self._fail(f"the process ended with {programs.describe_exit(returncode)}: {last}")

    def _note_finding(self, output: Output, stderr: str) -> None:
        sha1 = output.artifact.name.rsplit("-", 1)[-1]
        (self._corpora[0] / sha1).unlink(missing_ok=True)  # else it kills the next start as well
        key = self._keep_finding(self.tally.design, output, stderr)
        with self._lock:
            if key not in self.tally.findings:
                self.tally.findings.append(key)

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
