"""The verb `compare` on runs made of the fixture of reports/: its output and its refusals."""

import argparse
import json
import shutil
from pathlib import Path

import pytest

from cli import errors, paths, verb_compare
from cli.errors import UsageError

FIXTURE = Path(__file__).resolve().parent.parent / "reports" / "fixtures" / "run"


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    for name in ("old", "new"):
        shutil.copytree(FIXTURE, tmp_path / "runs" / name)


def change(edit, run="new") -> None:
    path = paths.RUNS / run / "bench.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def slow_down(document) -> None:
    """bitmap under its first workload takes half as long again."""
    cell = document["cells"][0]
    cell["repetitions_ns"] = [time * 1.5 for time in cell["repetitions_ns"]]
    cell["median_ns"] *= 1.5


def compare(*words) -> int:
    parser = argparse.ArgumentParser()
    verb_compare.add_arguments(parser)
    args = parser.parse_args(["old", "new", *words])
    args.command = "./assay compare"
    return verb_compare.run(args)


def test_what_is_the_same_is_said_and_ends_with_0(capsys):
    assert compare("--fail", "median>0%") == errors.OK
    shown = capsys.readouterr().out
    assert shown.startswith("runs/new against runs/old\nNothing changed in ")
    assert "single_pair" not in shown and "REGRESSION" not in shown


def test_a_regression_is_shown_and_ends_with_1_only_beyond_the_limit(capsys):
    change(slow_down)
    assert compare() == errors.OK
    assert "bitmap  single_pair  time, ns  1.500×  ▲ slower" in capsys.readouterr().out
    assert compare("--fail", "median>60%") == errors.OK
    assert compare("--fail", "failed>1pp", "--fail", "median>5%") == errors.FAILED
    shown = capsys.readouterr().out
    assert "REGRESSION  median>5%: bitmap on single_pair: median: 1.500×" in shown
    assert max(map(len, shown.splitlines())) <= 110


def test_all_shows_the_rest(capsys):
    assert compare("--all") == errors.OK
    assert "coremap    trace_pgbench   time, ns" in capsys.readouterr().out


def test_a_wrong_design_is_a_regression_by_any_rule_and_none(capsys):
    change(lambda d: d["cells"][0].update(oracle="C1: op 9: overlaps", median_ns=None))
    assert compare() == errors.FAILED
    shown = capsys.readouterr().out
    assert "REGRESSION  bitmap on single_pair: oracle: wrong now: C1: op 9" in shown


@pytest.mark.parametrize(
    "edit, option, message",
    [
        (
            lambda d: d["machine"].update(cpu="Another"),
            "--different-machines",
            "^cpu: Example CPU 1000 in runs/old, Another in runs/new: .*; --different-machines",
        ),
        (
            lambda d: d["machine"].update(cores=64),
            "--different-machines",
            "^cores: 2 in runs/old, 64 in runs/new: .*; --different-machines compares",
        ),
        (
            lambda d: d["workloads"][0].update(sha256="f" * 64),
            "--different-workloads",
            "^workload single_pair: not the same operations .*; --different-workloads compares",
        ),
    ],
)
def test_what_is_not_comparable_is_refused_unless_told_to(edit, option, message, tmp_path, capsys):
    change(edit)
    page = tmp_path / "page.html"
    with pytest.raises(UsageError, match=message):
        compare("-o", str(page))
    other = {"--different-machines", "--different-workloads"} - {option}
    with pytest.raises(UsageError, match=message):
        compare(*other)
    assert not page.exists()
    assert compare(option, "-o", str(page)) == errors.OK
    assert "warning: " in capsys.readouterr().err
    assert "Compared all the same, as it was asked for" in page.read_text()


def test_a_gate_that_cannot_fire_is_refused():
    with pytest.raises(UsageError, match="'stack>1%' has nothing to judge .*size.json is not in"):
        compare("--fail", "stack>1%")


def test_a_bad_rule_is_wrong_usage_and_shows_the_grammar(capsys):
    with pytest.raises(SystemExit) as ended:
        compare("--fail", "median>5")
    assert ended.value.code == errors.USAGE
    assert "'median>5' is no rule: a rule is MEASURE>N%" in capsys.readouterr().err


def test_json_is_one_document(capsys):
    change(slow_down)
    assert compare("--json", "--fail", "median>5%") == errors.FAILED
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "assay-comparison"
    slower = [c for c in document["comparisons"][0]["changes"] if c["kind"] == "worse"]
    assert [(c["design"], c["ratio"]) for c in slower] == [("bitmap", 1.5)]
    assert document["broken_rules"] == [["median>5%: bitmap on single_pair: median: 1.500×"]]


def test_a_run_without_measurements_and_an_unknown_one_are_one_line():
    (paths.RUNS / "new" / "bench.json").unlink()
    with pytest.raises(UsageError, match="new: nothing was measured in this run"):
        compare()
    shutil.rmtree(paths.RUNS / "new")
    with pytest.raises(UsageError, match="new: no such run"):
        compare()


def test_a_page_that_cannot_be_written_is_one_line():
    with pytest.raises(UsageError, match="there is no folder"):
        compare("-o", "nowhere/page.html")


def test_verdicts_are_coloured_by_direction_on_a_terminal_only(monkeypatch, capsys):
    change(slow_down)
    compare()
    assert "\033" not in capsys.readouterr().out
    monkeypatch.setattr(verb_compare.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    compare()
    assert "\033[31m▲ slower\033[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    compare()
    assert "\033" not in capsys.readouterr().out
