"""The first verdict on somebody's own allocator, and how a plug-in begins."""

import argparse

import pytest

from cli import errors, paths, plugins, verb_new, verb_try
from cli.errors import UsageError

OPS = "assay-ops 1\nbase 1\nframes 2\nram zero\na = alloc 2\n"


def exploration(frames, *, finding=None):
    return {
        "frames": frames,
        "closed": finding is None,
        "states": 10 * frames,
        "transitions": 100 * frames,
        "finding": finding,
    }


def found(key, operations, ops=OPS, **more):
    return {"key": key, "operations": operations, "ops": ops, "verdict": f"{key}!", **more}


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_found", {})
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.chdir(tmp_path)
    verb_new.run(argparse.Namespace(folder="my_pmm"))
    return plugins.find("my_pmm")


def fuzzed(*findings, **changes):
    skip = {"clause": "C5", "check": "misuse is refused", "reason": "it does not say"}
    base = {"seconds": 21.0, "executions": 5000, "operations": 70000, "coverage_edges": 12}
    base |= {"skips": [skip], "unsaid": 0, "failure": None, "findings": list(findings)}
    return base | changes


def test_new_begins_an_adapter_that_says_the_next_command(plugin, capsys):
    text = plugin.adapter.read_text()
    assert "./assay try my_pmm" in text
    assert "@" not in text


def test_new_never_writes_over_an_adapter(plugin):
    with pytest.raises(UsageError, match="is there already, and stays as it is"):
        verb_new.run(argparse.Namespace(folder="my_pmm"))


def test_new_refuses_a_name_that_cannot_be_part_of_a_file_name(tmp_path):
    with pytest.raises(UsageError, match="its name may have letters"):
        verb_new.run(argparse.Namespace(folder=str(tmp_path / "my pmm")))


def test_a_new_adapter_compiles_and_lacks_only_the_allocator(plugin):
    with pytest.raises(errors.FailedError) as caught:
        plugins.build(plugin, plugins.FAST)
    for name in ("pmm_init", "pmm_alloc", "pmm_free"):
        assert f"{name} (used in adapter.c:" in str(caught.value)


def test_the_shorter_way_to_a_finding_is_shown(plugin, tmp_path):
    slow = found("my_pmm-C2-allocate-missed", 9, replay="./assay replay slow.ops")
    explored = [exploration(2, finding=found("my_pmm-C2-allocate-missed", 3))]
    kept = verb_try.all_findings(plugin, tmp_path, explored, fuzzed(slow))
    assert [each["operations"] for each in kept] == [3]
    assert (tmp_path / "my_pmm-C2-allocate-missed.ops").read_text() == OPS
    assert kept[0]["replay"].endswith("--design my_pmm")


def test_what_the_end_of_a_sequence_shows_once_more_is_left_out(plugin, tmp_path):
    first = found("my_pmm-C3-allocate-lock_held", 1, replay="r")
    again = found("my_pmm-C3-end-lock_held", 0, replay="r")
    alone = found("my_pmm-C13-end-missed", 2, replay="r")
    kept = verb_try.all_findings(plugin, tmp_path, [], fuzzed(again, first, alone))
    assert [each["key"] for each in kept] == [first["key"], alone["key"]]


def test_a_verdict_says_what_was_found_done_and_not_judged(plugin):
    result = {
        "plugin": "my_pmm",
        "explored": [exploration(1), exploration(2)],
        "fuzzed": fuzzed(unsaid=7),
        "findings": [found("my_pmm-C2-allocate-missed", 1, replay="./assay replay x.ops")],
    }
    text = verb_try.describe(result, plugin)
    assert "my_pmm-C2-allocate-missed!\n    base 1\n    frames 2" in text
    assert "./assay replay x.ops" in text
    assert "my_pmm: 1 finding\n" in text
    assert "2 arenas of up to 2 frames: 30 states, 300 calls" in text
    assert "5,000 sequences, 70,000 calls, 12 branches" in text
    assert "C5, misuse is refused: it does not say" in text
    assert "its free returns ASSAY_DONE" in text
    assert text.endswith("./assay fuzz my_pmm --for 8h")


def test_a_clean_verdict_says_so(plugin):
    result = {"plugin": "my_pmm", "explored": [], "fuzzed": fuzzed(), "findings": []}
    assert "my_pmm: no findings" in verb_try.describe(result, plugin)
