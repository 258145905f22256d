"""The speed of the harness: what becomes of the tools' answers, and of a tool that fails."""

import json

import pytest

from cli import build, harness, paths, runs, verb_bench
from cli.errors import FailedError, UsageError
from cli.main import main

# A target's stderr and stats, and a swarm's answer; `code` beside them says how they end.
TARGET = """#!/bin/bash
echo "stat::number_of_executed_units: $(cat "$0.units")" >&2
[ -e "$0.stats" ] && cp "$0.stats" "$ASSAY_STATS"
exit "$(cat "$0.code")"
"""
SWARM = """#!/bin/bash
cat "$0.answer"
exit "$(cat "$0.code")"
"""
OUTCOMES = {"allocated": 50, "freed": 25}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Pretended tools; the value sets how one of them ends."""
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    judged = json.dumps({"operations": 100, "outcomes": OUTCOMES})
    swarm = json.dumps({"operations": 100, "seconds": 2.0, "outcomes": OUTCOMES})
    place("fuzz", harness.EMPTY, TARGET, units="1000000")
    place("fuzz", "speed-bitmap", TARGET, units="10000", stats=judged)
    place("release", "assay-swarm", SWARM, answer=swarm)
    return lambda preset, name, code: write(paths.tool(preset, name), "code", str(code))


def place(preset: str, name: str, script: str, **files):
    path = paths.tool(preset, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)
    for suffix, text in ({"code": "0"} | files).items():
        write(path, suffix, text)


def write(path, suffix: str, text: str):
    path.with_name(f"{path.name}.{suffix}").write_text(text)


def test_ratios_and_shares_come_from_the_tools(tools):
    folder = runs.RunFolder.create("bench")
    result = harness.harness_step(folder, ["bitmap"], 3)
    (design,) = result["designs"]
    assert len(result["empty"]["per_second"]) == len(design["fuzz"]["per_second"]) == 3
    assert 0.001 < design["fuzz"]["of_empty"] < 0.1  # 1/100 but for the time that a start takes
    assert design["fuzz"]["shares"] == {"allocated": 0.5, "freed": 0.25}
    assert design["swarm"]["shares"] == {"allocated": 0.5, "freed": 0.25}
    assert design["swarm"]["median"] == 50
    assert runs.read_json(folder.path / "harness.json")["schema"] == "assay-harness"
    assert "50.0" in harness.summarize(result) and "medians of 3" in harness.summarize(result)


def test_the_verb_prints_it_and_keeps_the_run(tools, capsys):
    assert main(["bench", "bitmap", "--harness", "--repetitions", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["repetitions"] == 1
    assert runs.newest("harness.json") is not None


def test_a_target_that_dies_is_no_figure(tools):
    tools("fuzz", "speed-bitmap", 77)
    with pytest.raises(FailedError, match="speed-bitmap: stat::number"):
        harness.harness_step(runs.RunFolder.create("bench"), ["bitmap"], 1)


def test_a_swarm_that_finds_something_is_no_figure(tools):
    tools("release", "assay-swarm", 1)
    with pytest.raises(FailedError, match="assay-swarm on bitmap"):
        harness.harness_step(runs.RunFolder.create("bench"), ["bitmap"], 1)


def test_workloads_are_not_for_the_harness(tools):
    with pytest.raises(UsageError, match="--harness takes no --workloads"):
        verb_bench.measure_harness(type("Args", (), {"workloads": "pair"}), ["bitmap"])
