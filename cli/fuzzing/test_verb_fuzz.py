"""The verb `fuzz` from its arguments to its exit code, with pretended targets."""

import argparse
import contextlib
import errno
import json
import os
import signal
import threading
import time

import pytest

from cli import build, designs, files, paths, progress, verb_fuzz, verb_report
from cli.errors import UsageError
from cli.fuzzing import campaign, canary, runner


@pytest.fixture
def run(tree, monkeypatch, capsys):
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    monkeypatch.setattr(designs, "settings", lambda: ["filled_bitmap"])
    monkeypatch.setattr(campaign, "BESIDE", ())
    tree.add_swarm()
    monkeypatch.setattr(canary, "LIMIT_S", 1)
    tree.add_target("canary", "find canary/C5/free")
    tree.add_target("bitmap", "brief")
    tree.add_target("coremap", "brief")
    tree.add_target("filled_bitmap", "brief")

    def fuzz(*names, seconds=6, jobs=2, resume=False, disk=1 << 30):
        options = {"targets": names, "seconds": seconds, "jobs": jobs, "seed": 5, "json": False}
        options |= {"engine": "libfuzzer", "frames": 256, "disk": disk, "resume": resume}
        options |= {"coverage": False}
        code = verb_fuzz.run(argparse.Namespace(**options, command="./assay fuzz"))
        document = json.loads((paths.RUNS / "latest" / "fuzz.json").read_text())
        return code, document, capsys.readouterr().out

    return fuzz


def page_of(shown: str) -> str:
    """The morning report that the last line names."""
    written = shown.splitlines()[-1].removeprefix("report:  ")
    assert written == f"runs/{(paths.RUNS / 'latest').resolve().name}/report.html"
    page = (paths.ROOT / written).read_text()
    assert page.endswith("</html>\n") or page.endswith("</html>")
    return page


def test_clean_targets_and_a_caught_canary_end_with_0(run):
    code, document, shown = run()
    assert code == 0 and document["seed"] == 5 and document["jobs"] == 2
    assert document["ended"] == "time is up"
    assert {t["design"]: t["status"] for t in document["targets"]} == dict.fromkeys(
        ["bitmap", "coremap", "filled_bitmap"], "clean"
    )
    assert all(t["status"] == "clean" and t["executions"] for t in document["swarm"])
    assert {entry[1] for entry in document["timeline"]} >= {"bitmap", "coremap (swarm)"}
    assert document["canary"]["caught"] and document["canary"]["clause"] == "C4"
    assert "The canary was caught after 900 operations" in shown and "a = alloc 1" in shown
    assert "<h1>No finding in " in page_of(shown)
    again = paths.ROOT / "again.html"
    wanted = {"run": ["latest"], "output": str(again), "command": "./assay report"}
    assert verb_report.run(argparse.Namespace(**wanted)) == 0
    assert again.read_text() == page_of(shown)


def test_only_the_named_designs_are_fuzzed(run, tree):
    _, document, _ = run("coremap", seconds=2)
    assert [target["design"] for target in document["targets"]] == ["coremap"]
    assert not (tree.bin / "fuzz-bitmap.starts").exists()
    _, document, _ = run("filled_bitmap", seconds=2)
    assert [target["design"] for target in document["targets"]] == ["filled_bitmap"]


def test_a_finding_ends_with_1_and_shows_how_to_replay_it(run, tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "brief")
    code, document, shown = run("bitmap", seconds=3)
    assert code == 1
    assert document["findings"][0]["key"] == "bitmap-C4-a"
    assert "./assay replay runs/findings/bitmap-C4-a/shortest.ops --design bitmap" in shown
    assert document["findings"][0]["hits"] == 1 and document["findings"][0]["more"] == []
    assert "<h1>1 finding in " in page_of(shown)


@pytest.mark.parametrize("behaviour", ["broken", "vacuous"])
def test_a_target_that_shows_nothing_ends_with_1_and_why(run, tree, behaviour):
    tree.add_target("bitmap", behaviour)
    code, document, shown = run("bitmap", seconds=2)
    assert code == 1 and document["targets"][0]["status"] == "failed"
    assert document["targets"][0]["reason"] in shown
    assert "<h1>No finding" not in page_of(shown) or "less than should be" in page_of(shown)


@pytest.mark.parametrize(
    "error, said",
    [
        (OSError(errno.ENOSPC, "No space left", "report.html"), "report.html: No space left; free"),
        (RuntimeError("a bug"), "internal error at"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_a_page_that_cannot_be_made_is_one_line_and_no_failure(run, monkeypatch, error, said):
    def fail(*_):
        raise error

    lines = []
    monkeypatch.setattr(verb_report, "report_step", fail)
    monkeypatch.setattr(progress, "say", lines.append)
    code, document, shown = run("bitmap", seconds=2)
    again = f"`./assay report runs/{(paths.RUNS / 'latest').resolve().name}` makes it"
    assert code == 0 and document["targets"][0]["status"] == "clean"
    (line,) = [line for line in lines if line.startswith("assay: the report could not be made")]
    assert said in line and line.endswith(again) and "\n" not in line
    assert shown.splitlines()[-1] == f"report:  none; {again}"


def test_a_canary_that_gets_away_ends_with_1(run, tree):
    tree.add_target("canary", "quick")
    code, document, shown = run("bitmap", seconds=2)
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
    code, document, shown = run("bitmap", "coremap", seconds=60)
    assert "The run ended early" in page_of(shown)
    assert time.monotonic() - started < 20
    assert code == 0 and document["interrupted"] and document["ended"] == "interrupted"
    assert [target["executions"] for target in document["targets"]] == [100, 100]


def test_a_run_over_its_limit_of_disk_ends_in_order(run, monkeypatch):
    monkeypatch.setattr(runner, "DISK_EVERY_S", 0)
    code, document, shown = run("bitmap", seconds=60, disk=1)
    assert document["ended"] == "disk limit reached" and "it ended early: disk limit" in shown
    assert code in (1, 3) and document["elapsed"] < 30
    assert "disk limit reached" in page_of(shown)


def test_a_full_disk_ends_the_run_in_order(run, monkeypatch):
    real, calls = files.write_text, []

    def full(path, text):
        calls.append(path)
        if path.name == runner.STATE and len(calls) > 8:
            calls.clear()
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, text)

    monkeypatch.setattr(files, "write_text", full)
    _, document, shown = run("bitmap", seconds=60)
    assert "disk full" in page_of(shown)
    assert document["ended"] == "disk full" and document["elapsed"] < 30


def test_a_killed_run_goes_on_and_loses_nothing(run, tree):
    tree.add_target("bitmap", "find bitmap/C4/a", "find bitmap/C4/b", "brief")
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            run("bitmap", seconds=600)
        os._exit(0)
    (plan,) = wait_for(lambda: list(paths.RUNS.glob("*-fuzz/fuzz/plan.json")))
    state = plan.with_name("state.json")
    wait_for(lambda: state.exists() and json.loads(state.read_text())["slices"] > 4)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    before = json.loads(state.read_text())
    plan.write_text(json.dumps(json.loads(plan.read_text()) | {"seconds": before["elapsed"] + 2}))

    code, document, shown = run(resume=True)
    assert "<h1>2 findings in " in page_of(shown)
    assert code == 1 and document["targets"][0]["findings"] == ["bitmap-C4-a", "bitmap-C4-b"]
    assert {finding["key"] for finding in document["findings"]} == {"bitmap-C4-a", "bitmap-C4-b"}
    assert document["elapsed"] > before["elapsed"]
    assert document["timeline"][: len(before["timeline"])] == before["timeline"]
    starts = len(tree.starts("bitmap"))
    assert starts * 100 - 200 <= document["targets"][0]["executions"] <= starts * 100
    assert not list(plan.parent.glob("bitmap-*.stderr"))
    with pytest.raises(UsageError, match="there is no run to resume"):
        run(resume=True)


def wait_for(condition, seconds=30):
    """What `condition` gives, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
    return found


def test_there_must_be_a_run_to_resume(run):
    with pytest.raises(UsageError, match="there is no run to resume"):
        run(resume=True)
    with pytest.raises(UsageError, match="leave out the rest"):
        run("bitmap", resume=True)


def test_too_little_time_is_refused(run):
    with pytest.raises(UsageError, match="1 s are too short for 6 targets"):
        run(seconds=1)


def test_swarm_fuzzes_designs_only():
    with pytest.raises(UsageError, match="paging: swarm fuzzes designs only"):
        campaign.Plan(["paging"], seconds=9, jobs=1, seed=1, engine="swarm").check()
