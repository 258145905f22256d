"""Exploring: what the tool is told, and its exit code."""

import argparse

import pytest

from cli import build, designs, main, paths, verb_explore
from cli.errors import UsageError

# Notes its arguments; finds something in coremap.
TOOL = """#!/bin/bash
echo "$@"
case "$*" in *coremap*) exit 1 ;; esac
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(build, "build", lambda *what: built.append(what))
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    monkeypatch.setattr(designs, "settings", lambda: ["filled_bitmap"])
    monkeypatch.setattr(designs, "zoo", lambda: ["canary"])
    tool = paths.tool("release", "assay-explore")
    tool.parent.mkdir(parents=True)
    tool.write_text(TOOL)
    tool.chmod(0o755)

    def explore(*words):
        args = main.make_parser("explore", verb_explore).parse_args(list(words))
        code = verb_explore.run(args)
        assert built == [("release", ["assay-explore"])]
        return code

    return explore


def test_the_default_is_every_design_with_8_frames(run, capfd):
    assert run() == 0
    assert capfd.readouterr().out == "--frames 8\n"


def test_every_option_reaches_the_tool(run, capfd):
    words = (
        "--frames 5 --from 2 --hole-frames 4 --zero-frames 3 --both-oracles 2 --base 0 "
        "--memory 100 --json"
    )
    assert run("bitmap", "canary", "filled_bitmap", *words.split()) == 0
    assert capfd.readouterr().out == f"bitmap canary filled_bitmap {words}\n"


def test_a_finding_is_1(run):
    assert run("coremap") == 1


def test_an_unknown_design_is_named_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(build, "build", lambda *_: pytest.fail("it built"))
    with pytest.raises(UsageError, match="no design 'bitmop'; did you mean 'bitmap'"):
        verb_explore.run(argparse.Namespace(designs=["bitmop"]))
