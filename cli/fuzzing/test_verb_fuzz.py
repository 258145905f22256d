"""The verb `fuzz` from its arguments to its exit code, with pretended targets."""

import argparse
import json
import os
import signal
import threading
import time

import pytest

from cli import build, designs, paths, verb_fuzz
from cli.fuzzing import canary


@pytest.fixture
def run(tree, monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    monkeypatch.setattr(designs, "settings", lambda: ["filled_bitmap"])
    monkeypatch.setattr(canary, "LIMIT_S", 1)
    tree.add_target("canary", "find canary/C5/free")
    tree.add_target("bitmap", "quick")
    tree.add_target("coremap", "quick")
    tree.add_target("filled_bitmap", "quick")

    def fuzz(*names, seconds=2, jobs=1):
        options = {"designs": names, "seconds": seconds, "jobs": jobs, "seed": 5, "json": False}
        options |= {"engine": "libfuzzer", "frames": 256}
        code = verb_fuzz.run(argparse.Namespace(**options, command="./assay fuzz"))
        document = json.loads((paths.RUNS / "latest" / "fuzz.json").read_text())
        return code, document, capsys.readouterr().out

    return fuzz


def test_clean_targets_and_a_caught_canary_end_with_0(run):
    code, document, shown = run()
    assert code == 0 and document["seed"] == 5 and document["jobs"] == 1
    assert [t["status"] for t in document["targets"]] == ["clean", "clean"]
    assert document["canary"]["caught"] and document["canary"]["clause"] == "C4"
    assert "The canary was caught after 900 operations" in shown and "a = alloc 1" in shown


def test_only_the_named_designs_are_fuzzed(run, tree):
    _, document, _ = run("coremap")
    assert [target["design"] for target in document["targets"]] == ["coremap"]
    assert not (tree.bin / "fuzz-bitmap.starts").exists()
    _, document, _ = run("filled_bitmap")
    assert [target["design"] for target in document["targets"]] == ["filled_bitmap"]


def test_a_finding_ends_with_1_and_shows_how_to_replay_it(run, tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "quick")
    code, document, shown = run()
    assert code == 1
    assert document["findings"][0]["key"] == "bitmap-C4-a"
    assert "./assay replay runs/findings/bitmap-C4-a/shortest.ops --design bitmap" in shown


@pytest.mark.parametrize("behaviour", ["broken", "vacuous"])
def test_a_target_that_shows_nothing_ends_with_1_and_why(run, tree, behaviour):
    tree.add_target("bitmap", behaviour)
    code, document, shown = run()
    assert code == 1 and document["targets"][0]["status"] == "failed"
    assert document["targets"][0]["reason"] in shown


def test_a_canary_that_gets_away_ends_with_1(run, tree):
    tree.add_target("canary", "quick")
    code, document, shown = run()
    assert code == 1 and not document["canary"]["caught"]
    assert "The canary got away: not caught within 1 s" in shown


@pytest.fixture
def heeds_ctrl_c():
    """Also where whoever started the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_a_normal_end(run, tree, heeds_ctrl_c):
    for design in ("bitmap", "coremap"):
        tree.add_target(design, "wait")
    ctrl_c = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    ctrl_c.start()
    started = time.monotonic()
    code, document, _ = run(seconds=20, jobs=2)
    assert time.monotonic() - started < 10
    assert code == 0 and document["interrupted"]
    assert [target["executions"] for target in document["targets"]] == [100, 100]
