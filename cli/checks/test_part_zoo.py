"""The part `zoo`: the canary's own target, and the silence of correct designs."""

import json

import pytest

from cli import designs, paths
from cli.checks import kill_matrix, part_zoo
from cli.checks.check import FAILED, PASSED

CAUGHT = {"design": "canary", "caught": True, "clause": "C5", "verdict": "C5: op 2 'free a+1'"}
SILENT = {
    "design": "bitmap",
    "findings": [],
    "reason": None,
    "operations": 1000,
    "seconds": 2.0,
}
SWARM = """#!/bin/bash
echo "$@" >> "$0.starts"
echo 500 >&2
cat "$0.answer"
"""
TOTALS = {
    "executions": 3,
    "operations": 1000,
    "seconds": 0.1,
    "outcomes": {"allocated": 1},
    "required": ["allocated"],
    "skips": [],
    "finding": None,
}


def test_the_canary_must_be_caught_and_by_its_own_clause():
    assert part_zoo.judge_canary(CAUGHT, "C5").outcome == PASSED
    other = part_zoo.judge_canary(CAUGHT | {"clause": "C2"}, "C5")
    assert other.outcome == FAILED and "caught by something else" in other.detail
    free = {"design": "canary", "caught": False, "reason": "too slow"}
    assert "it got away: too slow" in part_zoo.judge_canary(free, "C5").detail


def test_a_member_of_the_list_that_the_tool_does_not_know_has_failed(tree, monkeypatch, capsys):
    monkeypatch.setattr(designs, "zoo", lambda: ["canary", "missing"])
    fault = {"clause": "C5", "must_be_caught_by": "explorer"}
    cells = {
        ("canary", engine): kill_matrix.Cell("canary", engine, "caught", 2, 0.1, "C5")
        for engine in kill_matrix.ENGINES
    }
    monkeypatch.setattr(kill_matrix, "fill", lambda *_: cells)
    checks = part_zoo.catch_all({"canary": fault}, ["canary"], "default")
    assert [check.outcome for check in checks] == [FAILED, PASSED, PASSED]
    assert checks[0].name == "missing says what must catch it"
    assert "kept: runs/" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changed, detail",
    [
        ({"findings": ["k"]}, "C2: op 3"),
        ({"reason": "never happened while fuzzing: none"}, "never happened while fuzzing: none"),
        ({"operations": 999}, "only 999 calls were judged in 2 s"),
    ],
)
def test_a_design_that_is_not_silent_or_was_not_asked_has_failed(changed, detail):
    kept = {"k": {"verdict": "C2: op 3", "replay": "do it"}}
    check = part_zoo.judge_silence(SILENT | changed, kept, 1000)
    assert (check.outcome, check.detail) == (FAILED, detail)
    assert part_zoo.judge_silence(SILENT, {}, 1000).outcome == PASSED


def test_each_design_is_asked_as_often_as_is_claimed(tree, monkeypatch):
    tool = paths.tool("release", "assay-swarm")
    tool.write_text(SWARM)
    tool.chmod(0o755)
    tool.with_name("assay-swarm.answer").write_text(json.dumps(TOTALS))
    monkeypatch.setitem(part_zoo.SILENT_CALLS, "fast", 1000)
    checks = part_zoo.stay_silent(["bitmap", "coremap"], "fast")
    assert [check.outcome for check in checks] == [PASSED, PASSED]
    starts = tool.with_name("assay-swarm.starts").read_text()
    assert starts.count("--frames 4096") == 2 and starts.count("--calls 1000") == 2
