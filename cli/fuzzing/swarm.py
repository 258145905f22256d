"""One design under swarm: random sequences with weights of their own, without instrumentation.

Stands in for a libFuzzer `Target`: the same calls, the same tally.
"""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

from cli import paths, plugins, programs
from cli.errors import FAILED, OK
from cli.fuzzing.output import Output, Verdict
from cli.fuzzing.tally import Tally
from cli.fuzzing.target import DIE_WITH_US, MAX_DEATHS

FRAMES = 256
MIN_S = 0.2


class SwarmTarget:
    """`assay-swarm` on one design; started again behind each sequence that broke a clause."""

    def __init__(
        self, design: str, work: Path, corpora, keep_finding, known=None, *, frames: int = FRAMES
    ):
        """`corpora` is not used: every sequence comes from its number. `frames`: largest arena."""
        self.tally = Tally(design)
        self.new_at = None  # it follows no coverage
        self._work, self._frames = work, frames
        self._keep_finding, self._known = keep_finding, known
        self._lock = threading.Lock()
        self._live: list[subprocess.Popen] = []
        self._starts = 0
        self._live_since = 0.0
        self._calls_now = 0  # of the running process

    def fuzz(
        self,
        seconds: float,
        seed: int,
        *,
        max_deaths: int = MAX_DEATHS,
        calls: int | None = None,
    ) -> None:
        """Judges the sequences seed, seed + 1, … for this long, or until so many calls."""
        deadline = time.monotonic() + seconds
        deaths = 0
        while deaths < max_deaths and not self.tally.interrupted and not self.tally.failure:
            left = deadline - time.monotonic()
            if left < MIN_S or (calls and self.tally.operations >= calls):
                return
            limits = ["--calls", calls - self.tally.operations] if calls else []
            found = self._run_process(left, seed, limits)
            if found is None:
                return
            deaths += 1
            seed = found["seed"] + 1

    def interrupt(self) -> None:
        """Ends the running processes; what they did so far is not counted."""
        self.tally.interrupted = True
        with self._lock:
            for process in self._live:
                process.terminate()

    def progress_now(self) -> tuple[int, int]:
        """Executions of the processes that have ended; calls of those and, within a second, of the
        living one.
        """
        return self.tally.executions, self.tally.operations + self._calls_now

    def live_seconds(self, now: float) -> float:
        """How long its living process has been running; its calls are counted, its trials not."""
        return now - self._live_since if self._live else 0.0

    def snapshot(self) -> tuple[dict, list]:
        """What is known so far; there are no slices to remove."""
        with self._lock:
            return self.tally.to_state(), []

    def resume(self, state: dict, collected: set[str]) -> None:
        """Goes on from a snapshot, and keeps what was found but not kept."""
        self.tally = Tally.from_state(state)
        for found in sorted(self._work.glob(f"{self.tally.design}-swarm-*.opsb")):
            self._starts = max(self._starts, int(found.stem.rsplit("-", 1)[1]))
            command = [paths.tool("fuzz", "assay-ops"), "replay", found, "--json"]
            design = plugins.for_tool(self.tally.design, "fuzz")
            said = programs.capture([*command, "--design", design]).stdout
            if said and (result := json.loads(said))["key"]:
                self._keep(found, result["key"], result["verdict"], "found by a swarm\n")

    def _run_process(self, seconds: float, seed: int, limits: list) -> dict | None:
        """Runs the tool once; the finding it ended with, or None."""
        with self._lock:
            self._starts += 1
            found = self._work / f"{self.tally.design}-swarm-{self._starts}.opsb"
        design = plugins.for_tool(self.tally.design, "release")
        command = [paths.tool("release", "assay-swarm"), "--design", design]
        command += ["--seconds", f"{seconds:.3f}", "--seed", seed]
        command += ["--frames", self._frames, "--progress", *limits, "-o", found]
        code, said, complaint = self._communicate([str(part) for part in command])
        if self.tally.interrupted:
            return None
        if code not in (OK, FAILED):
            last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
            self.tally.failure = f"assay-swarm: {programs.describe_exit(code)}: {last}"
            return None
        return self._add(json.loads(said), found)

    def _communicate(self, command: list[str]) -> tuple[int, str, str]:
        try:
            process = subprocess.Popen(
                [*DIE_WITH_US, *command],
                env={**os.environ, **(self._known.environment() if self._known else {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # Ctrl-C reaches only us
            )
        except FileNotFoundError:
            raise programs.missing(DIE_WITH_US[0]) from None
        with self._lock:
            self._live.append(process)
            self._live_since = time.monotonic()
        complaints = [line for line in process.stderr if not self._is_progress(line)]
        said, _ = process.communicate()
        self._calls_now = 0
        with self._lock:
            self._live.remove(process)
        return process.returncode, said, "".join(complaints)

    def _is_progress(self, line: str) -> bool:
        if not line.strip().isdigit():
            return False
        self._calls_now = int(line)
        return True

    def _add(self, result: dict, found: Path) -> dict | None:
        with self._lock:
            self.tally.add(result)
            self.tally.seconds += result["seconds"]
        if self._known:
            self._known.note_masked(result.get("masked", {}))
        finding = result["finding"]
        if finding is None:
            return None
        note = f"sequence {finding['seed']} of a swarm over up to {self._frames} frames\n"
        self._keep(found, finding["key"], finding["verdict"], note)
        return finding

    def _keep(self, found: Path, key: str, text: str, note: str) -> None:
        verdict = Verdict(key, text.split(":")[0], text)
        output = Output(0, 0, 0, artifact=found, verdict=verdict)
        self._keep_finding(self.tally.design, output, note)
        with self._lock:
            self.tally.note_finding(key)
