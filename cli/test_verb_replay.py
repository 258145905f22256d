"""Replaying: who is on trial, and the exit code of what happened."""

import argparse

import pytest

from cli import build, designs, paths, verb_replay
from cli.errors import FailedError, UsageError

FINDING = "runs/findings/bitmap-C4-x"

# Notes its arguments; breaks on coremap, dies on free_list, refuses garbage.
OPS = """#!/bin/bash
echo "$@"
[ "$(cat "$2")" = garbage ] && { echo "assay-ops: $2:1:1: expected 'assay-ops 1'" >&2; exit 2; }
case "$*" in *coremap*) exit 1 ;; *free_list*) kill -SEGV $$ ;; esac
exit 0
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "names", lambda: ["coremap", "bitmap"])
    monkeypatch.setattr(designs, "settings", lambda: ["filled_bitmap"])
    monkeypatch.setattr(designs, "zoo", lambda: ["bit", "canary"])
    tool = paths.tool("fuzz", "assay-ops")
    tool.parent.mkdir(parents=True)
    tool.write_text(OPS)
    tool.chmod(0o755)

    def replay(name, design=None, until=None, content="ops"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_dir():
            file.write_text(content)
        arguments = argparse.Namespace(file=str(file), design=design, until=until, json=False)
        return verb_replay.run(arguments)

    return replay


def test_a_named_design_is_on_trial(run, tmp_path, capfd):
    assert run("a.ops", design="bitmap", until=3) == 0
    expected = f"replay {tmp_path / 'a.ops'} --design bitmap --until 3\n"
    assert capfd.readouterr().out == expected


def test_a_design_in_a_setting_of_its_own_is_on_trial_if_it_is_named(run, capfd):
    assert run("a.ops", design="filled_bitmap") == 0
    assert "--design filled_bitmap" in capfd.readouterr().out
    run("a.ops")
    assert "filled_bitmap" not in capfd.readouterr().out


def test_all_designs_in_lockstep_are_on_trial_if_that_is_named(run, capfd):
    assert run("a.ops", design="lockstep") == 0
    assert "--design lockstep" in capfd.readouterr().out
    run("a.ops")
    assert "--design lockstep" not in capfd.readouterr().out


def test_without_a_name_all_designs_are_on_trial_and_the_worst_counts(run, capfd):
    assert run("a.ops") == 1
    shown = capfd.readouterr().out
    assert "--design bitmap" in shown and "--design coremap" in shown and "canary" not in shown


@pytest.mark.parametrize("name", [f"{FINDING}/shortest.ops", FINDING])
def test_a_finding_is_replayed_on_its_own_design(run, tmp_path, capfd, name):
    (tmp_path / FINDING).mkdir(parents=True)
    (tmp_path / FINDING / "shortest.ops").write_text("ops")
    assert run(name) == 0
    assert "shortest.ops --design bitmap\n" in capfd.readouterr().out


def test_an_unknown_design_is_one_line_with_the_known_ones(run):
    with pytest.raises(UsageError, match="no design 'bitmop'; did you mean 'bitmap'.*canary"):
        run("a.ops", design="bitmop")


def test_garbage_is_the_tool_s_own_line_and_2(run, capfd):
    assert run("a.ops", content="garbage") == 2
    shown = capfd.readouterr()
    assert "a.ops:1:1: expected" in shown.err and shown.out.count("\n") == 1


def test_a_tool_that_dies_has_found_something(run, monkeypatch):
    monkeypatch.setattr(designs, "names", lambda: ["free_list"])
    with pytest.raises(FailedError, match="assay-ops ended with signal 11"):
        run("a.ops")


def test_a_missing_file_is_named_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "build", lambda *_: pytest.fail("it built"))
    with pytest.raises(FileNotFoundError, match="nowhere.ops"):
        verb_replay.run(argparse.Namespace(file="nowhere.ops", design=None))
