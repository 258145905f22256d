"""Replaying: who is on trial, and the exit code of what happened."""

import argparse
import os
import shutil
import subprocess

import pytest

from cli import build, designs, paths, verb_replay
from cli.errors import FailedError, MissingError, UsageError

FINDING = "runs/findings/bitmap-C4-x"

# Notes its arguments; breaks on coremap by its third operation, dies on free_list, refuses garbage.
OPS = """#!/bin/bash
if [ "$1" = locate ]; then
  case "$*" in *coremap*) echo 3; echo "C4: op 3"; exit 1 ;; *) exit 0 ;; esac
fi
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

    def replay(name, design=None, until=None, content="ops", gdb=False, json=False):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_dir():
            file.write_text(content)
        arguments = argparse.Namespace(
            file=str(file), design=design, until=until, json=json, gdb=gdb
        )
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
        verb_replay.run(argparse.Namespace(file="nowhere.ops", design=None, gdb=False))


class BecameGdbError(Exception):
    """Stands for the program that would have taken our place."""


@pytest.fixture
def gdb(monkeypatch):
    """The command lines by which gdb was started."""
    started = []

    def start(program, command):
        started.append(command)
        raise BecameGdbError

    monkeypatch.setattr(os, "execv", start)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return started


def test_gdb_stops_in_front_of_the_operation_that_breaks(run, gdb, tmp_path, capfd):
    with pytest.raises(BecameGdbError):
        run("a.ops", design="coremap", gdb=True)
    line = " ".join(gdb[0])
    assert line.startswith("/usr/bin/gdb -q -ex ")
    assert "-ex break assay_next_operation -ex ignore 1 3 -ex run --args " in line
    assert line.endswith(f"assay-ops replay {tmp_path / 'a.ops'} --design coremap")
    assert "coremap: C4: op 3\ngdb stops in front of operation 3" in capfd.readouterr().err


def test_without_a_name_gdb_gets_the_first_design_that_breaks(run, gdb, monkeypatch):
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    with pytest.raises(BecameGdbError):
        run("a.ops", gdb=True)
    assert gdb[0][-1] == "coremap"


def test_where_nothing_breaks_gdb_is_not_started(run, gdb):
    with pytest.raises(UsageError, match="a.ops: breaks no clause on bitmap"):
        run("a.ops", design="bitmap", gdb=True)
    assert not gdb


def test_without_gdb_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingError, match="apt-get install gdb"):
        run("a.ops", design="coremap", gdb=True)


@pytest.mark.parametrize("other", [{"json": True}, {"until": 2}])
def test_gdb_goes_alone(run, gdb, other):
    with pytest.raises(UsageError, match="--gdb goes with neither"):
        run("a.ops", design="coremap", gdb=True, **other)


def test_the_real_gdb_stops_at_that_call_and_at_no_other(tmp_path):
    source = tmp_path / "calls.c"
    source.write_text(
        "__attribute__((noinline)) void assay_next_operation(unsigned n)"
        ' { __asm__ volatile("" :: "r"(n)); }\n'
        "int main(void) { for (unsigned n = 0; n < 9; ++n) assay_next_operation(n); }\n"
    )
    program = tmp_path / "calls"
    subprocess.run(["clang-19", "-g", "-O0", source, "-o", program], check=True)
    broken = verb_replay.sequences.Broken("canary", 4, "C5")
    words = verb_replay.gdb_arguments(tmp_path / "a.ops", broken)
    words = words[: words.index("--args")]
    shown = subprocess.run(
        ["gdb", *words, "-ex", "print n", "-batch", "--args", program],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "$1 = 4" in shown.stdout, shown.stdout + shown.stderr
