"""The verbs `choose` and `report` on runs made of the fixture of reports/."""

import argparse
import json
import shutil
from pathlib import Path

import pytest

from cli import designs, errors, paths, plugins, runs, verb_boot, verb_choose, verb_report
from cli.errors import UsageError

FIXTURE = Path(__file__).resolve().parent.parent / "reports" / "fixtures" / "run"


@pytest.fixture(autouse=True)
def empty_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap", "free_list"])
    monkeypatch.setattr(designs, "everybody", designs.names)


def make_run(verb="run", without=()) -> runs.RunFolder:
    """A finished run with the fixture's results."""
    folder = runs.RunFolder.create(verb)
    for path in FIXTURE.iterdir():
        if path.name not in without:
            shutil.copy(path, folder.path)
    folder.finish()
    return folder


def arguments(*folders, **more):
    """What both verbs take."""
    defaults = {"run": list(folders), "command": "./assay", "json": False, "output": None}
    return argparse.Namespace(**{**defaults, **more})


def choosing(*folders, **more):
    """The arguments of `choose`."""
    return arguments(*folders, **{"weights": "time", **more})


def choosing_or_reporting(verb, *folders, **more):
    """The arguments of either."""
    return choosing(*folders, **more) if verb is verb_choose else arguments(*folders, **more)


def test_choose_prints_ranking_rule_and_winner(capsys):
    make_run()
    assert verb_choose.run(choosing()) == errors.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "design bitmap free_list coremap" in shown and "rank 1 2 3 score 2.00" in shown
    assert "bitmap has the lowest score, 2.00×; that of free_list, the runner-up, is 4.00×" in shown
    assert "The rule: A design is eligible if" in shown
    assert "free_list falls behind by mixed_50 (1.74×), mixed_90 (1.74×)" in shown
    assert "Without any one of them bitmap wins as well." in shown


def test_choose_without_a_winner_ends_with_1_and_says_why(capsys):
    folder = make_run("bench", without={"fuzz.json", "boot-bitmap.json"})
    assert verb_choose.run(choosing(folder.path.name)) == errors.FAILED
    shown = capsys.readouterr().out
    assert "bitmap is not eligible: not fuzzed" in shown and "there is no winner" in shown


def test_choose_prints_one_json_document(capsys):
    folder = make_run()
    assert verb_choose.run(choosing(str(folder.path), json=True)) == errors.OK
    assert json.loads(capsys.readouterr().out)["winner"] == "bitmap"
    assert not (folder.path / "winner.json").exists()  # a finished run is never changed


def test_the_choice_is_kept_in_a_run_of_its_own_or_where_it_is_wanted(tmp_path, capsys):
    folder = make_run()
    before = sorted(path.name for path in folder.path.iterdir())
    assert verb_choose.run(choosing(str(folder.path), weights="kernel")) == errors.OK
    (kept,) = paths.RUNS.glob("2*-choose/winner.json")
    assert f"choice: runs/{kept.parent.name}/winner.json" in capsys.readouterr().out
    stored = json.loads(kept.read_text())
    assert stored["schema"] == "assay-choice" and stored["run"] == f"runs/{folder.path.name}"
    assert stored["plugins"] == {}  # the fixture has none
    assert stored["weights"]["name"] == "kernel" and stored["winner"] == "free_list"
    output = tmp_path / "mine.json"
    assert verb_choose.run(choosing(str(folder.path), output=str(output))) == errors.OK
    assert json.loads(output.read_text())["winner"] == "bitmap"
    assert len(list(paths.RUNS.glob("2*"))) == 2
    assert sorted(path.name for path in folder.path.iterdir()) == before
    assert verb_boot.pick_design(str(output)) == "bitmap"
    assert verb_boot.pick_design(str(kept.parent)) == "free_list"
    assert verb_boot.pick_design(None) == "free_list"  # of the newest choice


def test_only_a_choice_with_a_winner_is_booted(tmp_path):
    path = tmp_path / "mine.json"
    for document, message in (
        ({"schema": "assay-choice", "winner": None}, "has no winner; name the design to boot"),
        ({"schema": "assay-bench"}, "no choice of a winner; `./assay choose -o FILE` writes one"),
        ({"schema": "assay-choice", "winner": "my_pmm"}, "no design 'my_pmm'"),
    ):
        path.write_text(json.dumps(document))
        with pytest.raises(UsageError, match=message):
            verb_boot.pick_design(str(path))


def test_a_plugin_that_won_is_booted_from_its_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(plugins, "_found", {})
    folder = tmp_path / "my_pmm"
    folder.mkdir()
    (folder / "adapter.c").write_text("")
    path = tmp_path / "mine.json"
    choice = {"schema": "assay-choice", "winner": "my_pmm", "plugins": {"my_pmm": str(folder)}}
    path.write_text(json.dumps(choice))
    assert verb_boot.pick_design(str(path)) == "my_pmm"
    assert plugins.get("my_pmm").folder == folder


def test_unless_told_a_fuzzed_run_is_chosen_from(capsys):
    fuzzed = make_run()
    make_run("bench", without={"fuzz.json"})
    assert verb_choose.run(choosing()) == errors.OK
    assert capsys.readouterr().out.startswith(f"runs/{fuzzed.path.name}\n")


def test_a_run_lends_another_what_it_lacks_if_the_commit_is_the_same(capsys):
    measured = make_run("bench", without={"fuzz.json", "boot-bitmap.json"})
    fuzzed = make_run("fuzz", without={"bench.json"})
    both = [str(measured.path), str(fuzzed.path)]
    assert verb_choose.run(choosing(*both)) == errors.OK
    path = fuzzed.path / "fuzz.json"
    path.write_text(path.read_text().replace("0123456789abcdef", "f" * 16))
    with pytest.raises(UsageError, match="made at commit ffff.*; repeat it at this commit"):
        verb_choose.run(choosing(*both))


def test_weights_that_cannot_be_used_are_one_line(tmp_path):
    make_run()
    with pytest.raises(UsageError, match="no weights 'kernl'; there are kernel, server, student"):
        verb_choose.run(choosing(weights="kernl"))
    own = tmp_path / "own.toml"
    own.write_text("name =")
    with pytest.raises(UsageError, match="own.toml: no TOML"):
        verb_choose.run(choosing(weights=str(own)))


def test_what_the_run_lacks_is_said(capsys):
    make_run()
    assert verb_choose.run(choosing(weights="student")) == errors.OK
    shown = capsys.readouterr().out
    assert "not counted: code: the run has no size.json (`./assay bench --size`)" in shown


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


def test_targets_that_are_no_designs_are_not_lent(capsys):
    measured = make_run("bench", without={"fuzz.json", "boot-bitmap.json"})
    fuzzed = make_run("fuzz", without={"bench.json", "boot-bitmap.json"})
    document = runs.read_json(fuzzed.path / "fuzz.json")
    document["targets"].append({**document["targets"][0], "design": "lockstep"})
    (fuzzed.path / "fuzz.json").write_text(json.dumps(document))
    assert verb_choose.run(choosing(str(measured.path), str(fuzzed.path))) == errors.OK
    shown = capsys.readouterr().out
    assert "bitmap has the lowest score" in shown and "lockstep" not in shown


def test_other_runs_lend_the_report_what_its_run_lacks(tmp_path):
    folder, lender = make_run(), runs.RunFolder.create("bench")
    for name in ("growth.json", "latency.json"):
        shutil.copy(FIXTURE.parent / "measured" / name, lender.path)
    lender.finish()
    output = tmp_path / "page.html"
    both = [str(each.path) for each in (folder, lender)]
    assert verb_report.run(arguments(*both, output=str(output))) == errors.OK
    page = output.read_text()
    assert '<figure id="cost-by-arena">' in page
    assert f"<code>runs/{lender.path.name}/growth.json</code>" in page  # among the files
    assert f"./assay replay runs/{lender.path.name}/workloads/trace_pgbench.opsb" in page
    assert f"runs/{lender.path.name}/fuzz.json" not in page
    assert (
        f"<code>./assay report {' '.join(f'runs/{each.path.name}' for each in (folder, lender))}"
        in page
    )


@pytest.mark.parametrize("verb", [verb_choose, verb_report])
def test_no_run_and_an_unknown_run_are_one_line(verb):
    with pytest.raises(UsageError, match="no run yet that fits; `./assay run` makes one"):
        verb.run(choosing_or_reporting(verb))
    with pytest.raises(UsageError, match="nowhere: no such run"):
        verb.run(choosing_or_reporting(verb, "nowhere"))


@pytest.mark.parametrize("verb", [verb_choose, verb_report])
def test_a_damaged_result_is_one_line_and_nothing_is_written(verb, tmp_path):
    folder = make_run()
    (folder.path / "bench.json").write_text('{"schema": "assay-bench", "schema_v')
    with pytest.raises(UsageError, match="bench.json: no JSON, cut off or damaged") as caught:
        output = str(tmp_path / "page.html")
        verb.run(choosing_or_reporting(verb, str(folder.path), output=output))
    assert "\n" not in str(caught.value) and not (tmp_path / "page.html").exists()


def test_a_winner_by_a_criterion_that_there_is_not_is_one_line(tmp_path):
    folder = make_run().path
    verb_choose.run(choosing(str(folder), output=str(folder / "winner.json")))
    choice = json.loads((folder / "winner.json").read_text())
    choice["weights"]["weights"] = {"beauty": 1}
    (folder / "winner.json").write_text(json.dumps(choice))
    with pytest.raises(UsageError, match=r"winner.json: weights.beauty: no such criterion; there"):
        verb_report.run(arguments(str(folder), output=str(tmp_path / "page.html")))
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize("output", ["runs", "nowhere/page.html"])
def test_an_output_that_cannot_be_written_is_one_line(tmp_path, output):
    make_run()
    with pytest.raises(UsageError, match="name a file with -o"):
        verb_report.run(arguments(output=str(tmp_path / output)))
