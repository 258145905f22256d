"""The verbs `choose` and `report` on runs made of the fixture of reports/."""

import argparse
import json
import shutil
from pathlib import Path

import pytest

from cli import errors, paths, runs, verb_choose, verb_report
from cli.errors import UsageError

FIXTURE = Path(__file__).resolve().parent.parent / "reports" / "fixtures" / "run"


@pytest.fixture(autouse=True)
def empty_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")


def make_run(verb="run", without=()) -> runs.RunFolder:
    """A finished run with the fixture's results."""
    folder = runs.RunFolder.create(verb)
    for path in FIXTURE.iterdir():
        if path.name not in without:
            shutil.copy(path, folder.path)
    folder.finish()
    return folder


def arguments(run=None, **more):
    defaults = {"run": run, "command": "./assay", "json": False, "output": None}
    return argparse.Namespace(**{**defaults, **more})


def test_choose_prints_ranking_rule_and_winner(capsys):
    make_run()
    assert verb_choose.run(arguments()) == errors.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "bitmap 1 2.00 1.00 1.00 1.00 1.00 32.0" in shown
    assert "bitmap has the lowest score, 2.00×; that of free_list, the runner-up, is 4.00×" in shown
    assert "The rule: A design is eligible if" in shown


def test_choose_without_a_winner_ends_with_1_and_says_why(capsys):
    folder = make_run("bench", without={"fuzz.json", "boot-bitmap.json"})
    assert verb_choose.run(arguments(folder.path.name)) == errors.FAILED
    shown = capsys.readouterr().out
    assert "bitmap is not eligible: not fuzzed" in shown and "there is no winner" in shown


def test_choose_prints_one_json_document(capsys):
    folder = make_run()
    assert verb_choose.run(arguments(str(folder.path), json=True)) == errors.OK
    assert json.loads(capsys.readouterr().out)["winner"] == "bitmap"
    assert not (folder.path / "winner.json").exists()  # a finished run is never changed


def test_the_steps_write_into_the_run_under_way():
    folder = make_run()
    choice = verb_choose.choose_step(folder)
    stored = json.loads((folder.path / "winner.json").read_text())
    assert stored["winner"] == choice["winner"] == "bitmap" and stored["schema_version"] == 1
    assert verb_report.report_step(folder) == folder.path / "report.html"
    page = (folder.path / "report.html").read_text()
    assert "runs/" + folder.path.name in page and "winner.json names" not in page


def test_report_alone_makes_a_new_run_and_changes_no_other(capsys):
    folder = make_run()
    before = sorted(path.name for path in folder.path.iterdir())
    assert verb_report.run(arguments()) == errors.OK
    written = Path(capsys.readouterr().out.strip())
    assert written.name == "report.html" and written.parent.name.endswith("-report")
    assert "bitmap wins" in (paths.ROOT / written).read_text()
    assert sorted(path.name for path in folder.path.iterdir()) == before


@pytest.mark.parametrize("kept", ["fuzz.json", "bench.json", "boot-bitmap.json"])
def test_report_finds_the_newest_run_with_any_result(kept, tmp_path, capsys):
    make_run()
    newest = make_run(without={path.name for path in FIXTURE.iterdir()} - {kept})
    make_run("report", without={path.name for path in FIXTURE.iterdir()})
    assert verb_report.run(arguments(output=str(tmp_path / "page.html"))) == errors.OK
    assert f"<code>runs/{newest.path.name}</code>" in (tmp_path / "page.html").read_text()


def test_report_writes_where_it_is_told_and_over_an_older_page(tmp_path, capsys):
    folder, output = make_run(), tmp_path / "page.html"
    output.write_text("old")
    assert verb_report.run(arguments(str(folder.path), output=str(output))) == errors.OK
    assert "bitmap wins" in output.read_text() and len(list(paths.RUNS.glob("2*"))) == 1


@pytest.mark.parametrize("verb", [verb_choose, verb_report])
def test_no_run_and_an_unknown_run_are_one_line(verb):
    with pytest.raises(UsageError, match="no run yet that fits; `./assay run` makes one"):
        verb.run(arguments())
    with pytest.raises(UsageError, match="nowhere: no such run"):
        verb.run(arguments("nowhere"))


@pytest.mark.parametrize("verb", [verb_choose, verb_report])
def test_a_damaged_result_is_one_line_and_nothing_is_written(verb, tmp_path):
    folder = make_run()
    (folder.path / "bench.json").write_text('{"schema": "assay-bench", "schema_v')
    with pytest.raises(UsageError, match="bench.json: no JSON, cut off or damaged") as caught:
        verb.run(arguments(str(folder.path), output=str(tmp_path / "page.html")))
    assert "\n" not in str(caught.value) and not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("output", ["runs", "nowhere/page.html"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path, output):
    make_run()
    with pytest.raises(UsageError, match="name a file with -o"):
        verb_report.run(arguments(output=str(tmp_path / output)))
