"""What is kept of a bug over several runs, and how a second bug behind its key comes to light."""

import dataclasses
import json
import threading
import shutil
import threading

import pytest

from cli.errors import FailedError
from cli.fuzzing import findings
from cli.fuzzing.findings import Findings
from cli.fuzzing.output import Output, Verdict

KEY = "bitmap-C4-free-count"
SHRUNK = "assay-ops 1\nframes 8\na = alloc 1  # one\n\nfree a\n"


@pytest.fixture
def found(tree):
    artifact = tree.work / "crash-abc"
    artifact.write_text("bytes")
    return Output(0, 0, 0, artifact=artifact, verdict=Verdict(KEY, "C4", "C4: op 9: wrong"))


def keep(work, output) -> Findings:
    """A run that finds it once."""
    kept = Findings(work)
    kept.keep("bitmap", output, "stack\n")
    kept.finish()
    return kept


def test_it_is_on_the_disk_before_it_is_shrunk(tree, found, monkeypatch):
    monkeypatch.setattr(findings, "shrink", lambda *_: pytest.fail("too early"))
    kept = Findings(tree.work)
    monkeypatch.setattr(kept, "_shrink_later", lambda *_: None)
    kept.keep("bitmap", found, "stack\n")
    stored = findings.load_all()[KEY]
    assert (stored["design"], stored["status"], stored["shrunk"]) == ("bitmap", "open", False)
    assert "not shrunk yet" in (findings.folder_of(KEY) / "verdict.txt").read_text()


def test_the_target_may_remove_its_artifact_before_it_is_shrunk(tree, found):
    kept, turn = Findings(tree.work), threading.Event()
    kept._shrinking.submit(turn.wait)  # somebody else's turn
    kept.keep("bitmap", found, "stack\n")
    found.artifact.unlink()
    turn.set()
    kept.finish()
    assert findings.load_all()[KEY]["shrunk"] and kept.kept[KEY]["ops"] == SHRUNK


def test_a_finding_that_is_removed_before_it_is_shrunk_is_no_error(tree, found):
    kept, turn = Findings(tree.work), threading.Event()
    kept._shrinking.submit(turn.wait)
    kept.keep("bitmap", found, "stack\n")
    shutil.rmtree(findings.folder_of(KEY))
    turn.set()
    kept.finish()
    assert findings.load_all() == {}


def test_a_resumed_run_shrinks_what_was_not_shrunk(tree, found, monkeypatch):
    kept = Findings(tree.work)
    with monkeypatch.context() as killed:
        killed.setattr(kept, "_shrink_later", lambda *_: None)
        kept.keep("bitmap", found, "stack\n")
    resumed = Findings(tree.work)
    resumed.resume(kept.snapshot())
    resumed.finish()
    assert findings.load_all()[KEY]["shrunk"]
    assert resumed.kept[KEY]["ops"] == SHRUNK
    assert (findings.folder_of(KEY) / "stderr.txt").read_text() == "stack\n"


def test_an_open_bug_is_known_to_the_next_run_and_a_fixed_one_is_not(tree, found):
    keep(tree.work, found)
    assert json.loads(open(Findings(tree.work).environment()["ASSAY_KNOWN"]).read()) == {KEY: 1}
    findings.update(findings.folder_of(KEY), status=findings.FIXED)
    assert json.loads(open(Findings(tree.work).environment()["ASSAY_KNOWN"]).read()) == {}


def test_who_has_no_folder_of_a_run_masks_nothing(tree):
    assert Findings().environment() == {}


def test_a_known_bug_that_is_hit_again_is_a_finding_of_this_run_too(tree, found):
    keep(tree.work, found)
    again = Findings(tree.work)
    again.note_masked({KEY: 999})
    again.finish()
    assert again.kept[KEY]["times"] == 999 and again.kept[KEY]["ops"] == SHRUNK
    assert findings.load_all()[KEY]["hits"] == 1000


def test_a_known_bug_whose_folder_was_removed_is_found_anew(tree, found):
    kept = keep(tree.work, found)
    later = Findings(tree.work)
    for file in findings.folder_of(KEY).iterdir():
        file.unlink()
    later.note_masked({KEY: 5})
    assert later.kept == {} and KEY in kept.kept
    assert json.loads(open(later.environment()["ASSAY_KNOWN"]).read()) == {}


def test_only_what_shrinks_to_something_new_is_kept_of_masked_inputs(tree, found):
    keep(tree.work, found)
    masked = tree.work / "masked"
    (masked / f"{KEY}@4.opsb").write_text("bytes")
    Findings(tree.work).finish()
    more = findings.folder_of(KEY) / "more"
    assert not more.exists() and not list(masked.iterdir())

    other = "assay-ops 1\nframes 9\nfree @3\n"
    (tree.bin / "assay-ops").write_text(f"#!/bin/sh\necho C4; printf '{other}' > $6\n")
    (masked / f"{KEY}@8.opsb").write_text("bytes")
    Findings(tree.work).finish()
    assert [file.name for file in more.iterdir()] == ["8.ops"]
    assert (more / "8.ops").read_text() == other


def test_what_is_no_sequence_is_replayed_by_its_own_target(tree, found):
    (tree.bin / "assay-ops").write_text("#!/bin/sh\necho 'assay-ops: no design' >&2; exit 2\n")
    kept = keep(tree.work, found)
    binary, input_file = kept.kept[KEY]["replay"].split()
    assert binary == "build/fuzz/bin/fuzz-bitmap"
    assert (tree.root / input_file).read_text() == "bytes"
    assert kept.kept[KEY]["verdict"] == "C4: op 9: wrong"
    (tree.work / "masked" / f"{KEY}@2.opsb").write_text("other bytes")
    Findings(tree.work).finish()
    more = findings.folder_of(KEY) / "more" / "2.opsb"
    assert more.read_text() == "other bytes"


def test_an_input_of_the_paging_side_is_shrunk_by_its_own_tool(tree, found):
    key = "paging-bitmap-P3-wrong_victim"
    (tree.bin / "assay-ops").write_text("#!/bin/sh\necho 'assay-ops: no sequence' >&2; exit 2\n")
    steps = "base 1, 3 frames, room for 2 pages\\n   1 read 1:0\\n   2 grow 1:0"
    (tree.bin / "assay-paging").write_text(
        f"#!/bin/sh\nprintf short > $4; printf '{steps}\\n{key}\\nP3: op 2: wrong\\n'\n"
    )
    (tree.bin / "assay-paging").chmod(0o755)
    verdict = dataclasses.replace(found.verdict, key=key)
    kept = Findings(tree.work)
    kept.keep("paging", dataclasses.replace(found, verdict=verdict), "stderr")
    kept.finish()
    record = kept.kept[key]
    assert (record["operations"], record["verdict"]) == (2, "P3: op 2: wrong")
    assert record["replay"].startswith("build/fuzz/bin/fuzz-paging ")
    assert (tree.root / record["replay"].split()[1]).read_text() == "short"
    assert "   2 grow 1:0" in findings.read_verdict_file(findings.folder_of(key))

    (tree.work / "masked" / f"{key}@2.opsb").write_text("other bytes")
    Findings(tree.work).finish()
    more = findings.folder_of(key) / "more"
    assert not more.exists(), "it shrinks to the same"
    assert findings.describe_folder(findings.folder_of(key))["operations"] == 2


def test_a_finding_keeps_the_day_on_which_it_was_found(tree, found):
    keep(tree.work, found)
    folder = findings.folder_of(KEY)
    findings.update(folder, found="2026-01-02T03:04:05+00:00")
    (tree.work / "masked" / f"{KEY}@2.opsb").write_text("other bytes")
    keep(tree.work, found)
    assert findings.read_finding(folder)["found"] == "2026-01-02T03:04:05+00:00"


def test_what_there_was_no_time_for_is_shrunk_by_a_later_run(tree, found, monkeypatch):
    shrink, gate = findings.shrink, threading.Event()

    def slow(*finding):
        gate.wait(60)
        return shrink(*finding)

    monkeypatch.setattr(findings, "shrink", slow)
    hurried = Findings(tree.work)
    hurried.keep("bitmap", found, "stack\n")
    other = dataclasses.replace(found, verdict=dataclasses.replace(found.verdict, key="other"))
    hurried.keep("bitmap", other, "stack\n")
    (tree.work / "masked" / f"{KEY}@2.opsb").write_text("other bytes")
    threading.Timer(0.3, gate.set).start()
    hurried.finish(seconds=0.01)
    assert not findings.read_finding(findings.folder_of("other"))["shrunk"]
    assert (findings.folder_of(KEY) / "more" / "2.opsb").read_text() == "other bytes"

    Findings(tree.work).finish()
    assert findings.read_finding(findings.folder_of("other"))["shrunk"]
    assert (findings.folder_of("other") / "shortest.ops").read_text() == SHRUNK


def test_an_older_finding_that_does_not_say_whether_it_is_shrunk_is_known(tree, found):
    keep(tree.work, found)
    path = findings.folder_of(KEY) / "finding.json"
    stored = json.loads(path.read_text())
    del stored["shrunk"]
    path.write_text(json.dumps(stored))
    again = Findings(tree.work)
    again.finish()
    assert json.loads(open(again.environment()["ASSAY_KNOWN"]).read()) == {KEY: 1}


def test_ctrl_c_ends_the_shrinking_in_order(tree, found, monkeypatch):
    kept = Findings(tree.work)
    kept.keep("bitmap", found, "stack\n")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(findings, "wait", interrupted)
    kept.finish()
    assert findings.read_finding(findings.folder_of(KEY))["hits"] == 1


def test_a_damaged_finding_is_named(tree, found):
    keep(tree.work, found)
    (findings.folder_of(KEY) / "finding.json").write_text("{")
    with pytest.raises(FailedError, match=f"runs/findings/{KEY}/finding.json: no JSON"):
        Findings(tree.work)
