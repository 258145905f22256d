"""Loads on several CPUs: what the tool is asked, and what becomes of its answer."""

import argparse
import json

import pytest

from cli import build, paths, runs, verb_bench
from cli.errors import UsageError

# Answers as the file `answer` beside it says, and ends as `code` says.
TOOL = """#!/bin/bash
echo "$@" > "$0.arguments"
echo "the table"
echo "assay-cpus: load.cpus: cannot open" >&2
while [ $# -gt 0 ]; do [ "$1" = -o ] && cp "$0.answer" "$2"; shift; done
exit "$(cat "$0.code")"
"""
CELL = {"design": "bitmap", "sound": True, "one_thread_ns": [1.0], "threads_ns": [2.0]}


@pytest.fixture
def measure(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    path = paths.tool("release", "assay-cpus")
    path.parent.mkdir(parents=True)
    path.write_text(TOOL)
    path.chmod(0o755)

    def run(*words, code=0, sound=True):
        answer = {"threads": 2, "cells": [CELL | {"sound": sound}]}
        path.with_name("assay-cpus.answer").write_text(json.dumps(answer))
        path.with_name("assay-cpus.code").write_text(str(code))
        parser = argparse.ArgumentParser()
        verb_bench.add_arguments(parser)
        args = parser.parse_args([*words, "--cpus", "load.opsb"])
        args.command = None
        return verb_bench.run(args)

    run.asked = path.with_name("assay-cpus.arguments")
    return run


def test_the_tool_is_asked_and_its_answer_kept(measure, capsys):
    assert measure("bitmap", "buddy", "--repetitions", "3") == 0
    asked = measure.asked.read_text()
    assert asked.startswith("load.opsb --designs bitmap,buddy --repetitions 3 -o ")
    assert "the table\n" in capsys.readouterr().out
    document = runs.read_json(paths.RUNS / "latest" / "cpus.json")
    assert document["schema"] == "assay-cpus" and document["cells"] == [CELL]
    assert "shown" not in document


def test_a_design_that_is_broken_behind_it_fails(measure):
    assert measure("bitmap", code=1, sound=False) == 1


def test_what_the_tool_refuses_is_one_line(measure):
    with pytest.raises(UsageError, match="^load.cpus: cannot open$"):
        measure("bitmap", code=2)
    with pytest.raises(UsageError, match="--cpus takes no --workloads; leave it out"):
        measure("bitmap", "--workloads", "fill")
