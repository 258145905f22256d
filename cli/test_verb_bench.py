"""Measuring: what the tool is asked, what becomes of its answer, and what of its complaints."""

import argparse
import json

import pytest

from cli import bench_run, bench_table, build, paths, plugins, runs, verb_bench, verb_report
from cli.bench_run import Plan
from cli.errors import FailedError, MissingError, UsageError

# Answers as the file `answer` beside it says, and ends as `code` says.
TOOL = """#!/bin/bash
echo "$@" >> "$0.arguments"
echo "measuring repetition 1/2: bitmap pair" >&2
cat "$0.words" >&2
while [ $# -gt 0 ]; do
  [ "$1" = -o ] && cp "$0.answer" "$2"
  [ "$1" = --gbench ] && echo '{"context": {}, "benchmarks": [1]}' > "$2"
  case "$1" in
    --latency | --timeline | --contiguous) echo '{"passes": 9, "entries": [2]}' > "$2" ;;
  esac
  [ "$1" = --save-workloads ] && printf abc > "$2/pair.opsb"
  shift
done
exit "$(cat "$0.code")"
"""
CELL = {"workload": "pair", "median_ns": 12.345, "mad_ns": 0.5, "sequence": "pair.opsb"}
FACTS = {"repetitions": 9}
ANSWER = {
    "workloads": [{"name": "pair"}],
    "cells": [CELL | {"design": "bitmap", "oracle": "pass"}],
    "references": [CELL | {"design": "stack", "oracle": "not judged", "median_ns": 1.0}],
}


@pytest.fixture
def tool(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    path = paths.tool("release", "assay-bench")
    path.parent.mkdir(parents=True)
    path.write_text(TOOL)
    path.chmod(0o755)

    def behave(answer=ANSWER, words="", code=0):
        for name, text in {"answer": json.dumps(answer), "words": words, "code": str(code)}.items():
            path.with_name(f"assay-bench.{name}").write_text(text)
        return path.with_name("assay-bench.arguments")

    return behave


def measure(*designs, folder=None, **options):
    """A run of one workload."""
    verb_bench.prepare(list(designs))
    plan = Plan(list(designs), options.pop("workloads", ["pair"]), **options)
    return bench_run.begin(folder or runs.RunFolder.create("bench"), plan)


def arguments(*words):
    parser = argparse.ArgumentParser()
    verb_bench.add_arguments(parser)
    args = parser.parse_args(words)
    args.command = None
    return args


def test_the_answer_is_kept_under_the_header(tool):
    tool()
    folder = runs.RunFolder.create("bench")
    (cell,) = measure("bitmap", folder=folder)["cells"]
    assert cell.items() >= ANSWER["cells"][0].items()
    document = runs.read_json(folder.path / "bench.json")
    assert document["schema"] == "assay-bench" and document["machine"]["cores"] >= 1
    assert document["cells"] == [cell] and (folder.path / "gbench.json").exists()


def test_what_was_measured_is_known_by_its_content(tool, plugin):
    tool()
    program, loaded = paths.tool("release", "assay-bench"), plugin.object_file(plugins.FAST)
    loaded.parent.mkdir(parents=True)
    loaded.write_bytes(b"abc")
    bench = measure("my_pmm", "bitmap")
    assert bench["plugin_sha256"]["my_pmm"].startswith("ba7816bf8f01cfea")  # FIPS 180-2, B.1
    program.write_text(TOOL + "# another\n")
    again = measure("bitmap")
    assert len(again["binary_sha256"]) == 64 and again["plugin_sha256"] == {}
    assert again["binary_sha256"] != bench["binary_sha256"]


def test_a_workload_is_kept_and_named_by_its_content(tool):
    tool()
    folder = runs.RunFolder.create("bench")
    result = measure("bitmap", folder=folder)
    assert (folder.path / "workloads" / "pair.opsb").read_bytes() == b"abc"
    for digest in (result["workloads"][0]["sha256"], result["cells"][0]["sequence_sha256"]):
        assert digest.startswith("ba7816bf8f01cfea")  # FIPS 180-2, appendix B.1


def test_designs_workloads_repetitions_and_frames_reach_the_tool(tool):
    asked = tool()
    measure("bitmap", "coremap", repetitions=3, frames=512)
    shown = asked.read_text()
    assert "--designs bitmap,coremap " in shown
    assert "--workloads pair --repetitions 3 --frames 512 " in shown


def test_each_workload_has_a_process_and_all_become_one_document(tool):
    asked = tool()
    folder = runs.RunFolder.create("bench")
    result = measure("bitmap", folder=folder, workloads=["pair", "own/pair.opsb"], recorded=True)
    first, second = asked.read_text().splitlines()
    assert f"--workload-folder {paths.ROOT / 'bench' / 'workloads'} --workloads pair " in first
    assert "--workloads own/pair.opsb " in second
    assert "--contiguous " in first and "--contiguous " not in second
    assert len(result["cells"]) == len(result["references"]) == 2
    assert runs.read_json(folder.path / "gbench.json")["benchmarks"] == [1, 1]
    latency = runs.read_json(folder.path / "latency.json")
    assert (latency["schema"], latency["entries"]) == ("assay-latency", [2, 2])
    assert runs.read_json(folder.path / "contiguous.json")["entries"] == [2]


def test_a_run_that_was_stopped_goes_on_behind_its_last_part(tool, monkeypatch, capsys):
    asked = tool(words="assay-bench: no\n", code=-11)
    plan = {"workloads": ["pair", "other"], "repetitions": 3}
    folder = runs.RunFolder.create("bench")
    with pytest.raises(FailedError):
        measure("bitmap", folder=folder, **plan)
    assert list((folder.path / "parts").iterdir()) == [], "half a part is none"
    (folder.path / "parts" / ".part-killed").mkdir()
    tool()
    part = bench_run.part_of(folder.path / "parts", "pair")
    bench_run.measure_part(folder, Plan(["bitmap"], ["pair"]), "pair", part.parent, lambda *_: None)
    asked.unlink()
    monkeypatch.setattr(verb_report, "report_step", lambda folder: folder.path / "report.html")
    assert verb_bench.run(arguments("--resume", str(folder.path))) == 0
    assert {each.name for each in part.parent.iterdir()} == {"pair", "other"}
    (line,) = asked.read_text().splitlines()
    assert "--workloads other --repetitions 3 " in line
    assert len(runs.read_json(folder.path / "bench.json")["cells"]) == 2
    with pytest.raises(UsageError, match="is finished; leave out --resume"):
        verb_bench.run(arguments("--resume", str(folder.path)))
    with pytest.raises(UsageError, match="no run of the benchmarks was stopped"):
        verb_bench.run(arguments("--resume"))


def test_another_build_does_not_go_on_with_a_run(tool):
    tool(code=-11)
    folder = runs.RunFolder.create("bench")
    with pytest.raises(FailedError):
        measure("bitmap", folder=folder)
    paths.tool("release", "assay-bench").write_text(TOOL + "# another\n")
    with pytest.raises(UsageError, match="have been built anew since"):
        verb_bench.run(arguments("--resume"))


def test_what_is_measured_follows_from_what_is_asked_for():
    quick = verb_bench.plan_of(arguments("bitmap"), ["bitmap"])
    assert quick == verb_bench.plan_of(arguments("bitmap", "--quick"), ["bitmap"])
    assert quick.recorded and not quick.sizes and "trace_pgbench" in quick.workloads
    full = verb_bench.plan_of(arguments("--full"), ["bitmap"])
    assert full.recorded and full.sizes and set(full.workloads) > {*quick.workloads, "ageing"}
    table = verb_bench.plan_of(arguments("--table", "--set", "quick"), ["bitmap"])
    assert (table.workloads, table.frames) == (quick.workloads, bench_table.FRAMES)
    own = verb_bench.plan_of(arguments("--workloads", "a,b.opsb,a", "--frames", "99"), ["bitmap"])
    assert (own.workloads, own.frames) == (["a", "b.opsb"], 99)
    with pytest.raises(UsageError, match="there is no set 'x' of workloads; there are: quick"):
        verb_bench.plan_of(arguments("--set", "x"), ["bitmap"])


def test_the_rest_is_estimated_from_what_is_done(monkeypatch):
    monkeypatch.setattr(bench_run.time, "monotonic", lambda: 130.0)
    assert bench_run.left(100.0, 0.25) == ", about 90 s left"
    assert bench_run.left(10.0, 0.25) == ", about 6 min left"
    assert bench_run.left(100.0, 0.01) == ""


def test_workloads_are_listed_with_version_sets_and_the_whole_question(capsys):
    parser = argparse.ArgumentParser()
    verb_bench.add_arguments(parser)
    assert verb_bench.run(parser.parse_args(["--list"])) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[2].startswith("single_pair 1 quick full What do one allocation and one")
    assert lines[3] == "nearly all memory is free?"
    assert verb_bench.run(parser.parse_args(["--list", "--json"])) == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "single_pair"
    with pytest.raises(UsageError, match="^--list takes no --set; leave it out$"):
        verb_bench.run(parser.parse_args(["--list", "--set", "quick"]))


def test_the_table_is_measured_in_its_own_arena_and_shown_as_ratios(tool, capsys, monkeypatch):
    ratio = {"ratio": 1.5, "ratio_mad": 0.03, "metadata_bytes": 64, "frames": 512, "requests": []}
    cell = CELL | ratio | {"workload": "single_pair", "design": "bitmap", "oracle": "pass"}
    workloads = [{"name": "pair", "frames": 512}]
    asked = tool(ANSWER | {"workloads": workloads, "cells": [cell], "references": []} | FACTS)
    monkeypatch.setattr(verb_report, "report_step", lambda folder: folder.path / "report.html")
    assert verb_bench.run(arguments("bitmap", "--table")) == 0
    for name, line in zip(bench_table.WORKLOADS, asked.read_text().splitlines(), strict=True):
        assert f"--workloads {name} --frames 262144 " in line
    assert "1.50 ±2%" in capsys.readouterr().out


def test_a_cell_that_failed_the_oracle_is_a_result(tool, capfd):
    bad = CELL | {"design": "bitmap", "oracle": "C1: op 3: overlaps", "median_ns": None}
    tool(ANSWER | {"cells": [bad]}, words="assay-bench: bitmap pair has no number\n", code=1)
    result = measure("bitmap")
    assert "bitmap on pair: C1: op 3: overlaps" in verb_bench.summarize(result)
    assert capfd.readouterr().err == "assay-bench: bitmap pair has no number\n"


@pytest.mark.parametrize(
    "code, error, message",
    [
        (2, UsageError, "^there is no workload 'x'$"),
        (-11, FailedError, "assay-bench ended with exit code"),
    ],
)
def test_a_tool_that_refuses_or_dies_is_one_line_and_no_result(tool, code, error, message):
    tool(words="assay-bench: there is no workload 'x'\n", code=code)
    folder = runs.RunFolder.create("bench")
    with pytest.raises(error, match=message):
        measure("bitmap", folder=folder)
    assert not (folder.path / "bench.json").exists()


def test_a_missing_tool_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    with pytest.raises(MissingError, match="assay-bench: no such program"):
        bench_run.run_tool([paths.tool("release", "assay-bench")], lambda *_: None)


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    folder = tmp_path / "my_pmm"
    folder.mkdir()
    (folder / "adapter.c").write_text("")
    monkeypatch.setattr(plugins, "_found", {})
    monkeypatch.setattr(plugins, "build_named", lambda *_: None)
    monkeypatch.setattr(plugins, "switch_on", lambda _: None)
    return plugins.find(str(folder))


def test_a_plugin_reaches_the_tool_as_its_fast_shared_object(tool, plugin):
    asked = tool()
    plugin.object_file(plugins.FAST).parent.mkdir(parents=True)
    plugin.object_file(plugins.FAST).write_bytes(b"")
    result = measure("my_pmm", "bitmap")
    assert f"--designs {plugin.object_file(plugins.FAST)},bitmap " in asked.read_text()
    assert result["plugins"] == {"my_pmm": str(plugin.folder.resolve())}


def test_an_adapter_that_cannot_be_run_ends_the_verb_before_anything_is_measured(
    tool, plugin, monkeypatch
):
    def die(each):
        raise FailedError(f"{each.adapter}: .init is missing")

    asked = tool()
    monkeypatch.setattr(plugins, "switch_on", die)
    with pytest.raises(FailedError, match="my_pmm/adapter.c: .init is missing"):
        measure("my_pmm")
    assert not asked.exists()


@pytest.mark.parametrize("view", ["--size", "--harness"])
def test_a_view_of_what_assay_builds_refuses_a_plugin(tool, plugin, view):
    parser = argparse.ArgumentParser()
    verb_bench.add_arguments(parser)
    args = parser.parse_args([str(plugin.folder), "bitmap", view])
    with pytest.raises(UsageError, match=f"^{view} .*; leave out the plug-in my_pmm$"):
        verb_bench.run(args)


def test_what_a_plugin_is_left_out_of_is_said_once_for_each_reason():
    why = {"design": "my_pmm", "reason": "at most 1 are promised"}
    left_out = [why | {"workload": name} for name in ("mixed_50", "mixed_90", "mixed_90")]
    foreign = CELL | {"design": "my_pmm", "oracle": "pass", "foreign": True}
    text = verb_bench.summarize(ANSWER | {"cells": [foreign], "left_out": left_out})
    assert "my_pmm is left out of mixed_50, mixed_90: at most 1 are promised" in text
    assert "my_pmm: called through a table of functions" in text
    assert "called through" not in verb_bench.summarize(ANSWER)


def test_the_table_has_designs_and_the_yardstick():
    lines = verb_bench.summarize(ANSWER).splitlines()
    assert lines[0].split() == ["workload", "bitmap", "stack"]
    assert lines[2].split() == ["pair", "12.35", "±", "0.50", "1.00", "±", "0.50"]
