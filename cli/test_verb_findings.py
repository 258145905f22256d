"""The verb `findings`: lists, shows, and keeps as a regression what is fixed, and only that."""

import argparse
import json

import pytest

from cli import build, designs, paths, verb_findings
from cli.errors import FailedError, UsageError
from cli.fuzzing import findings
from cli.fuzzing.findings import Findings
from cli.fuzzing.output import Output, Verdict

KEY = "bitmap-C4-free-count"


@pytest.fixture
def ask(tree, monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "zoo", lambda: ["canary"])
    (tree.root / "fuzz").mkdir()

    def run(key=None, fixed=False, as_json=False):
        code = verb_findings.run(argparse.Namespace(key=key, fixed=fixed, json=as_json))
        assert code == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def found(tree):
    artifact = tree.work / "crash-abc"
    artifact.write_text("bytes")
    for design, key in (("bitmap", KEY), ("canary", "canary-C5-free-released")):
        kept = Findings()
        kept.keep(design, Output(0, 0, 0, artifact, Verdict(key, "C4", "C4: wrong")), "stack\n")
        kept.finish()


def replays(tree, code, said):
    tree.add_script("assay-ops", f"#!/bin/sh\necho '{said}'; exit {code}\n")


def test_without_findings_it_says_how_to_look_for_some(ask):
    assert "no findings yet; `./assay fuzz`" in ask()


def test_all_are_listed_and_the_canary_is_wrong_on_purpose(ask, found):
    rows = {line.split()[0]: line for line in ask().splitlines() if line}
    assert " open " in rows[KEY] and " 2 " in rows[KEY]
    assert " on purpose " in rows["canary-C5-free-released"]
    assert json.loads(ask(as_json=True))[KEY]["status"] == "open"


def test_one_is_shown_with_its_operations_and_how_to_replay_it(ask, found):
    shown = ask(KEY)
    assert "C4: op 2 'free a': wrong" in shown and "  a = alloc 1" in shown
    assert f"./assay replay runs/findings/{KEY}/shortest.ops --design bitmap" in shown
    assert "may be other bugs" not in shown
    more = findings.folder_of(KEY) / "more"
    more.mkdir()
    (more / "64.ops").touch()
    assert f"may be other bugs:\n  runs/findings/{KEY}/more/64.ops" in ask(KEY)


def test_what_is_fixed_becomes_a_regression(ask, found, tree):
    replays(tree, 0, "passed")
    assert f"fuzz/regressions/{KEY}.ops; commit it" in ask(KEY, fixed=True)
    kept = (paths.ROOT / "fuzz" / "regressions" / f"{KEY}.ops").read_text()
    assert kept.startswith("assay-ops 1\n") and kept.endswith("# C4: op 2 'free a': wrong\n")
    assert findings.load_all()[KEY]["status"] == "fixed"


def test_what_still_breaks_is_not_fixed(ask, found, tree):
    replays(tree, 1, "C4: op 2: wrong")
    with pytest.raises(FailedError, match="bitmap still breaks on it: C4: op 2: wrong"):
        ask(KEY, fixed=True)
    assert findings.load_all()[KEY]["status"] == "open"
    assert not (paths.ROOT / "fuzz" / "regressions").exists()


def test_a_key_must_be_there(ask, found):
    with pytest.raises(UsageError, match=f"no finding 'x' in runs/findings; there are: {KEY}"):
        ask("x")
    with pytest.raises(UsageError, match="--fixed needs the KEY"):
        ask(fixed=True)
