"""The swarm as a target: what it counts, what it keeps, and what becomes of a process that dies."""

import json

import pytest

from cli import paths
from cli.fuzzing.findings import Findings
from cli.fuzzing.swarm import SwarmTarget

# Answers line by line as the file `answers` beside it says; a line that is no JSON is a death.
TOOL = """#!/bin/bash
echo "$@" >> "$0.starts"
echo 40 >&2
while [ $# -gt 0 ]; do [ "$1" = -o ] && out="$2"; shift; done
line=$(sed -n "$(wc -l < "$0.starts")p" "$0.answers")
case "$line" in
  "{"*) echo "$line" ;;
  *) echo "assay-swarm: $line" >&2; exit 139 ;;
esac
case "$line" in *C2:*) echo bytes > "$out"; exit 1 ;; esac
"""

OUTCOMES = {"allocated": 5, "none": 1, "freed": 4, "refused": 2}
CLEAN = {
    "executions": 10,
    "operations": 90,
    "seconds": 2.0,
    "outcomes": OUTCOMES,
    "required": list(OUTCOMES),
    "skips": [],
    "finding": None,
}
FOUND = CLEAN | {
    "finding": {"key": "bitmap-C2-allocate-missed", "verdict": "C2: op 3: missed", "seed": 41}
}


@pytest.fixture
def swarm(tree, monkeypatch):
    path = paths.tool("release", "assay-swarm")
    path.write_text(TOOL)
    path.chmod(0o755)

    def run(*answers, **limits):
        lines = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
        path.with_name("assay-swarm.answers").write_text("\n".join(lines) + "\n")
        findings = Findings()
        target = SwarmTarget("bitmap", tree.work, [], findings.keep, frames=64)
        target.fuzz(1, 7, **limits)
        starts = path.with_name("assay-swarm.starts").read_text().splitlines()
        return target.tally.to_json(), findings.kept, starts

    return run


def test_a_clean_swarm_is_counted(swarm):
    result, kept, starts = swarm(CLEAN)
    assert result["status"] == "clean" and not kept
    assert (result["executions"], result["operations"]) == (10, 90)
    assert "--design bitmap" in starts[0] and "--seed 7 --frames 64" in starts[0]


def test_a_finding_is_kept_and_the_swarm_goes_on_behind_it(swarm):
    result, kept, starts = swarm(FOUND, CLEAN)
    assert result["status"] == "finding" and result["findings"] == ["bitmap-C2-allocate-missed"]
    assert result["executions"] == 20 and "--seed 42 " in starts[1]
    (finding,) = kept.values()
    assert finding["clause"] == "C2" and finding["replay"].endswith("--design bitmap")


def test_a_process_that_dies_makes_the_target_fail(swarm):
    result, _, _ = swarm("out of memory")
    assert result["status"] == "failed" and "assay-swarm: out of memory" in result["reason"]


def test_a_swarm_that_never_saw_an_outcome_shows_nothing(swarm):
    result, _, _ = swarm(CLEAN | {"outcomes": OUTCOMES | {"refused": 0}})
    assert result["status"] == "failed"
    assert "never happened while fuzzing: refused" in result["reason"]


def test_with_a_number_of_calls_it_goes_on_behind_a_finding_until_they_were_made(swarm):
    result, _, starts = swarm(FOUND, CLEAN, calls=150)
    assert result["operations"] == 180 and len(starts) == 2
    assert "--calls 150 " in starts[0] and "--calls 60 " in starts[1]
