"""Shrinking: who is broken, where the short sequence goes, and what is said."""

import argparse

import pytest

from cli import build, designs, paths, verb_shrink
from cli.errors import FailedError, UsageError

SHORT = "assay-ops 1\nframes 2\na = alloc 2\nfree a+1\n"

# Breaks coremap and the canary; refuses garbage; dies where a file is called fatal.
OPS = """#!/bin/bash
echo "$@" >> "$0.said"
[ "$(cat "$2")" = garbage ] && { echo "assay-ops: $2:1:1: expected 'assay-ops 1'" >&2; exit 2; }
case "$1 $4" in
  "locate coremap"|"locate canary") echo 3; echo "C5: op 3 'free a+1': released 2 frames"; exit 1 ;;
  "locate "*) exit 0 ;;
esac
case "$2" in *fatal*) kill -SEGV $$ ;; esac
printf 'assay-ops 1\\nframes 2\\na = alloc 2\\nfree a+1\\n' > "$6"
echo "9 operations -> 2 in 7 trials"
echo "$4-C5-free-released"
echo "C5: op 2 'free a+1': released 2 frames"
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    monkeypatch.setattr(designs, "settings", lambda: ["filled_bitmap"])
    monkeypatch.setattr(designs, "zoo", lambda: ["canary"])
    tool = paths.tool("fuzz", "assay-ops")
    tool.parent.mkdir(parents=True)
    tool.write_text(OPS)
    tool.chmod(0o755)

    def shrink(name="found.ops", design=None, output=None, content="long"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        arguments = argparse.Namespace(file=str(file), design=design, output=output)
        code = verb_shrink.run(arguments)
        assert file.read_text() == content, "the input stays"
        return code

    return shrink


def test_the_first_design_that_breaks_is_named_with_sequence_verdict_trials_and_replay(
    run, tmp_path, capfd
):
    assert run() == 0
    short = tmp_path / "found.shortest.ops"
    assert short.read_text() == SHORT
    said = capfd.readouterr()
    assert "shrinking on coremap" in said.err
    assert "9 operations -> 2 in 7 trials" in said.out
    assert "C5: op 2 'free a+1': released 2 frames" in said.out
    assert SHORT in said.out
    assert f"./assay replay {short} --design coremap" in said.out


def test_the_canary_is_tried_where_no_design_breaks(run, monkeypatch, capfd):
    monkeypatch.setattr(designs, "names", lambda: ["bitmap"])
    assert run() == 0
    assert "--design canary" in capfd.readouterr().out


def test_a_finding_is_shrunk_on_its_own_design(run, capfd):
    assert run("runs/findings/canary-C5-free-released/original.opsb") == 0
    assert "--design canary" in capfd.readouterr().out


def test_a_design_may_be_named_with_the_width_of_its_words(run, tmp_path):
    with pytest.raises(UsageError, match="breaks no clause on bitmap/8$"):
        run(design="bitmap/8")
    assert "--design bitmap/8" in paths.tool("fuzz", "assay-ops.said").read_text()
    with pytest.raises(UsageError, match="no design 'bitmop'"):
        run(design="bitmop/8")


def test_it_goes_where_it_is_told(run, tmp_path):
    assert run(design="canary", output=str(tmp_path / "here.ops")) == 0
    assert (tmp_path / "here.ops").read_text() == SHORT


def test_it_never_goes_over_the_input(run, tmp_path):
    for name in ("found.ops", "./found.ops"):
        with pytest.raises(UsageError, match="is the input"):
            run(design="canary", output=f"{tmp_path}/{name}")


@pytest.mark.parametrize(
    ("output", "problem"), [("short.txt", "name it .ops"), ("nowhere/x.ops", "there is no folder")]
)
def test_a_bad_place_is_one_line(run, tmp_path, output, problem):
    with pytest.raises(UsageError, match=problem):
        run(design="canary", output=str(tmp_path / output))


def test_what_passes_is_one_line_that_names_who_was_tried(run):
    with pytest.raises(UsageError, match="found.ops: breaks no clause on bitmap$"):
        run(design="bitmap")


def test_what_passes_everywhere_asks_for_a_design(run, monkeypatch):
    monkeypatch.setattr(designs, "names", lambda: ["bitmap"])
    monkeypatch.setattr(verb_shrink.sequences, "CANARY", "filled_bitmap")
    with pytest.raises(UsageError, match="on bitmap, filled_bitmap; name another with --design"):
        run()


def test_an_unknown_design_is_one_line(run):
    with pytest.raises(UsageError, match="no design 'bitmop'; did you mean 'bitmap'"):
        run(design="bitmop")


def test_garbage_is_one_line_with_its_place(run):
    with pytest.raises(UsageError, match=r"found.ops:1:1: expected 'assay-ops 1'$"):
        run(content="garbage")


def test_a_shrinker_that_dies_leaves_nothing(run, tmp_path):
    with pytest.raises(FailedError, match="assay-ops shrink: signal 11"):
        run("fatal.ops")
    assert not (tmp_path / "fatal.shortest.ops").exists()


def test_a_missing_file_is_named_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(build, "build", lambda *_: pytest.fail("it built"))
    with pytest.raises(FileNotFoundError, match="nowhere.ops"):
        verb_shrink.run(argparse.Namespace(file="nowhere.ops", design=None, output=None))
