"""One design under libFuzzer: restarts, findings, and every way in which a target can fail."""

import json
import threading
import time

import pytest

from cli.fuzzing import canary, findings, target
from cli.fuzzing.findings import Findings
from cli.fuzzing.tally import Tally
from cli.fuzzing.target import Target


def fuzz(tree, design, seconds=1, **options):
    found = Findings()
    subject = Target(design, tree.work, [tree.corpus(design)], found.keep)
    subject.fuzz(seconds, 7, **options)
    found.finish()
    return subject.tally.to_json(), found.kept


def test_a_clean_target_adds_up_what_it_counted(tree):
    tree.add_target("bitmap", "quick")
    subject = Target("bitmap", tree.work, [tree.corpus("bitmap")], Findings().keep)
    subject.fuzz(1, 7)
    subject.fuzz(1, 8)
    result = subject.tally.to_json()
    assert (result["status"], result["reason"]) == ("clean", None)
    assert (result["executions"], result["operations"]) == (200, 1800)
    assert (result["coverage_edges"], result["corpus_entries"]) == (42, 3)
    assert result["outcomes"]["refused"] == 6
    assert "-seed=7" in tree.starts("bitmap")[0] and "-seed=8" in tree.starts("bitmap")[1]


def test_a_finding_is_kept_and_the_target_started_again(tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "find bitmap/C4/b", "find bitmap/C4/a", "quick")
    result, kept = fuzz(tree, "bitmap", seconds=5)
    assert result["status"] == "finding"
    assert result["findings"] == ["bitmap-C4-a", "bitmap-C4-b"]
    assert kept["bitmap-C4-a"]["times"] == 2 and kept["bitmap-C4-b"]["times"] == 1
    assert len(tree.starts("bitmap")) == 4 and result["executions"] == 400
    assert kept["bitmap-C4-a"] == {
        "key": "bitmap-C4-a",
        "design": "bitmap",
        "times": 2,
        "clause": "C4",
        "verdict": "C4: op 2 'free a': wrong",
        "operations": 2,
        "ops": "assay-ops 1\nframes 8\na = alloc 1  # one\n\nfree a\n",
        "folder": "runs/findings/bitmap-C4-a",
        "replay": "./assay replay runs/findings/bitmap-C4-a/shortest.ops --design bitmap",
    }
    folder = tree.root / "runs" / "findings" / "bitmap-C4-a"
    assert (folder / "original.opsb").read_text() == "bytes\n"
    assert (folder / "verdict.txt").read_text() == "C4: op 2 'free a': wrong\n"
    assert "ASSAY-VERDICT" in (folder / "stderr.txt").read_text()
    assert sorted(path.name for path in folder.parent.iterdir()) == ["bitmap-C4-a", "bitmap-C4-b"]


def test_a_target_that_always_dies_is_not_started_forever(tree):
    tree.add_target("bitmap", "find bitmap/C4/a")
    result, kept = fuzz(tree, "bitmap", seconds=60, max_deaths=3)
    assert kept["bitmap-C4-a"]["times"] == len(tree.starts("bitmap")) == 3
    assert result["status"] == "finding"


def test_an_input_that_kills_leaves_the_working_corpus(tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "quick")
    (tree.corpus("bitmap") / "abc").write_text("bytes")
    (tree.corpus("bitmap") / "other").write_text("bytes")
    fuzz(tree, "bitmap")
    assert [path.name for path in tree.corpus("bitmap").iterdir()] == ["other"]


@pytest.mark.parametrize(
    "behaviour, reason",
    [
        ("broken", "the process ended with exit code 127: cannot open shared object"),
        ("vacuous", "never happened while fuzzing: none; so it shows nothing"),
    ],
)
def test_a_target_that_shows_nothing_has_failed(tree, behaviour, reason):
    tree.add_target("bitmap", behaviour)
    result, _ = fuzz(tree, "bitmap")
    assert (result["status"], result["reason"]) == ("failed", reason)
    assert len(tree.starts("bitmap")) == (target.MAX_RESTARTS if behaviour == "broken" else 1)


def test_a_process_that_dies_for_no_input_is_started_again_and_counted(tree):
    tree.add_target("bitmap", "killed", "killed", "quick")
    result, _ = fuzz(tree, "bitmap", seconds=5)
    assert (result["status"], result["restarts"]) == ("clean", 2)
    assert result["trouble"].startswith("the process ended with signal 9")
    assert result["executions"] == 300


def test_what_is_known_is_told_to_each_process_and_its_hits_are_counted(tree):
    tree.add_target("bitmap", "find bitmap-C4-a", 'masked "bitmap-C4-a":7', "quick")
    found = Findings(tree.work)
    subject = Target("bitmap", tree.work, [tree.corpus("bitmap")], found.keep, found)
    subject.fuzz(5, 7)
    subject.fuzz(5, 8)
    found.finish()
    told = (tree.bin / "fuzz-bitmap.known").read_text()
    assert told.split() == ["{}", "{", '"bitmap-C4-a":', "1", "}", "{", '"bitmap-C4-a":', "8", "}"]
    assert found.kept["bitmap-C4-a"]["times"] == 8
    assert subject.tally.to_json()["status"] == "finding"
    assert findings.load_all()["bitmap-C4-a"]["hits"] == 8


def test_a_snapshot_goes_on_where_it_was(tree):
    tree.add_target("bitmap", "quick", "find bitmap/C4/a", "quick")
    first = Target("bitmap", tree.work, [tree.corpus("bitmap")], Findings().keep)
    first.fuzz(1, 7)
    state, collected = first.snapshot()
    assert [part.log.name for part in collected] == ["bitmap-1.stderr"]
    first.fuzz(1, 8)  # nobody keeps this any more: it stays on the disk
    found = Findings()
    second = Target("bitmap", tree.work, [tree.corpus("bitmap")], found.keep)
    second.resume(json.loads(json.dumps(state)), {"bitmap-1"})
    found.finish()
    result = second.tally.to_json()
    assert result["executions"] == 300 and result["findings"] == ["bitmap-C4-a"]
    assert list(found.kept) == ["bitmap-C4-a"]
    assert not (tree.work / "bitmap-1.stderr").exists()
    second.fuzz(1, 9)
    assert (tree.work / "bitmap-4.stderr").exists()


def test_an_input_whose_process_was_killed_before_it_told_why_kills_again(tree):
    tree.add_target("bitmap", "find bitmap/C4/a")
    (tree.work / "bitmap-1.stderr").write_text("#100	INITED cov: 42 ft: 7 corp: 3/9b exec/s: 0")
    (tree.work / "bitmap-1-crash-abc").write_text("bytes")
    found = Findings()
    subject = Target("bitmap", tree.work, [tree.corpus("bitmap")], found.keep)
    subject.resume(Tally("bitmap").to_state(), set())
    found.finish()
    assert list(found.kept) == ["bitmap-C4-a"] and len(tree.starts("bitmap")) == 1


def test_a_missing_target_has_failed(tree):
    result, _ = fuzz(tree, "bitmap")
    assert result["status"] == "failed"
    assert result["reason"] == "build/fuzz/bin/fuzz-bitmap is not there"


def test_a_target_that_does_not_end_is_killed_and_has_failed(tree, monkeypatch):
    monkeypatch.setattr(target, "GRACE_S", 0)
    tree.add_target("bitmap", "hang")
    result, _ = fuzz(tree, "bitmap")
    assert result["status"] == "failed" and "did not end" in result["reason"]


def test_a_stop_lets_the_process_end_in_order(tree):
    tree.add_target("bitmap", "wait")
    subject = Target("bitmap", tree.work, [tree.corpus("bitmap")], Findings().keep)
    worker = threading.Thread(target=subject.fuzz, args=(30, 7))
    started = time.monotonic()
    worker.start()
    while subject.progress_now()[0] == 0:
        time.sleep(0.05)
    subject.interrupt()
    worker.join()
    assert time.monotonic() - started < 5
    assert subject.tally.status() == ("clean", None) and subject.tally.executions == 100


def test_a_finding_survives_a_dead_shrinker(tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "quick")
    (tree.bin / "assay-ops.broken").touch()
    _, kept = fuzz(tree, "bitmap")
    folder = tree.root / "runs" / "findings" / "bitmap-C4-a"
    assert kept["bitmap-C4-a"]["operations"] == 2  # the whole sequence, as text
    assert "not shrunk: assay-ops: it died" in (folder / "verdict.txt").read_text()


def test_a_new_finding_replaces_the_old_folder_of_its_key(tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "quick")
    old = tree.root / "runs" / "findings" / "bitmap-C4-a"
    old.mkdir(parents=True)
    (old / "stale").touch()
    fuzz(tree, "bitmap")
    assert sorted(path.name for path in old.iterdir()) == [
        "finding.json",
        "original.opsb",
        "shortest.ops",
        "stderr.txt",
        "verdict.txt",
    ]


def test_the_canary_is_caught_or_said_to_have_got_away(tree, monkeypatch):
    tree.add_target("canary", "find canary/C5/free", "quick")
    caught = canary.catch_canary(tree.work, 1)
    assert caught["caught"] and caught["shortest_operations"] == 2
    assert caught["verdict"].startswith("C4: op 2") and caught["operations"] == 900
    monkeypatch.setattr(canary, "LIMIT_S", 1)
    (tree.work / "canary-corpus").rmdir()
    missed = canary.catch_canary(tree.work, 1)
    assert (missed["caught"], missed["reason"]) == (False, "not caught within 1 s")


def test_header_and_comments_are_no_operations():
    header = "assay-ops 1\nbase 1\nframes 64\nhole 1 2\nram junk 7\n"
    assert findings.count_operations(f"{header}# none\n\na = alloc 4 # x\nfree all\n") == 2
