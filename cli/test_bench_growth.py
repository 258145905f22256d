"""Growth: lines through points with known slopes, what is asked of the tool, and what is shown."""

import json

import pytest

from cli import bench_growth, build, paths, runs
from cli.errors import FailedError, UsageError

# Costs the square root of the frames; beside it the stack, always the same.
TOOL = """#!/bin/bash
while [ $# -gt 0 ]; do
  case "$1" in
    --designs) design="$2" ;; --workloads) workload="$2" ;;
    --frames) frames="$2" ;; -o) output="$2" ;;
  esac
  shift
done
echo "$design $workload $frames" >> "$0.asked"
echo "assay-bench: out of memory" >&2
cost=$(awk "BEGIN { print sqrt($frames) }")
sed "s/COST/$cost/; s/DESIGN/$design/; s/WORKLOAD/$workload/g; s/FRAMES/$frames/g" \\
  "$0.answer" > "$output"
exit "$(cat "$0.code")"
"""
CELL = '{"workload": "WORKLOAD", "frames": FRAMES, "oracle": "pass"'
ANSWER = (
    '{"judged": "whole", "cells": [' + CELL + ', "design": "DESIGN", "fastest_ns": COST}],'
    ' "references": [' + CELL + ', "design": "stack", "fastest_ns": 3}]}'
)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path / "build")
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(build, "build", lambda *_: None)
    path = paths.tool("release", "assay-bench")
    path.parent.mkdir(parents=True)
    path.write_text(TOOL)
    path.chmod(0o755)
    path.with_name("assay-bench.answer").write_text(ANSWER)
    path.with_name("assay-bench.code").write_text("0")
    return path


def test_a_power_law_has_its_exponent_and_no_error():
    points = [(size, 7 * size**0.25) for size in (1024, 4096, 16384, 65536)]
    fit = bench_growth.fit(points)
    assert fit["exponent"] == pytest.approx(0.25) and fit["points"] == 4
    assert fit["standard_error"] == pytest.approx(0, abs=1e-6)


def test_the_error_is_that_of_a_least_squares_slope():
    # Through (0, 0), (1, 1), (2, 0): slope 0, residuals -1/3, 2/3, -1/3, so sqrt((2/3) / 1 / 2).
    e = 2.718281828459045
    fit = bench_growth.fit([(1, 1), (e, e), (e**2, 1)])
    assert fit["exponent"] == pytest.approx(0, abs=1e-12)
    assert fit["standard_error"] == pytest.approx((1 / 3) ** 0.5)


def test_two_points_are_no_line():
    assert bench_growth.fit([(1024, 1), (4096, 2)])["exponent"] is None


def test_every_design_is_asked_at_every_size_and_lines_are_fitted(tool):
    folder = runs.RunFolder.create("bench")
    result = bench_growth.growth_step(folder, ["bitmap", "coremap"], None, (12, 14, 16, 18))
    asked = tool.with_name("assay-bench.asked").read_text().splitlines()
    assert "coremap fail_full 4096" in asked and "bitmap fail_512 262144" in asked
    assert "bitmap fail_512 4096" not in asked  # fewer than 512 frames would be free
    assert len(asked) == len(set(asked)) == 2 * (4 * 5 - 1)
    exponents = {(f["design"], f["workload"]): f["exponent"] for f in result["fits"]}
    assert exponents["bitmap", "free_one"] == pytest.approx(0.5, abs=1e-6)
    assert exponents["stack", "free_one"] == pytest.approx(0)
    assert runs.read_json(folder.path / "growth.json")["fits"] == json.loads(
        json.dumps(result["fits"])
    )


def test_costs_stand_in_a_row_by_size_and_fit_a_terminal(tool):
    folder = runs.RunFolder.create("bench")
    result = bench_growth.growth_step(folder, ["bitmap"], None)
    lines = bench_growth.summarize(result).splitlines()
    rows = [line.split() for line in lines if line.startswith("bitmap")]
    assert rows[0][:6] == ["bitmap", "32.0", "64.0", "128", "256", "512"]
    assert rows[0][-3:] == ["0.50", "±", "0.00"] and rows[4][1:3] == ["–", "–"]
    assert max(map(len, lines)) <= 100


def test_what_broke_a_clause_is_named_and_has_no_point(tool):
    broken = ANSWER.replace("pass", "C1: overlaps", 1).replace("COST", "null")
    tool.with_name("assay-bench.answer").write_text(broken)
    tool.with_name("assay-bench.code").write_text("1")
    result = bench_growth.growth_step(runs.RunFolder.create("bench"), ["bitmap"], None, (10, 12))
    assert "bitmap on free_one at 1,024 frames: C1: overlaps" in bench_growth.summarize(result)
    assert result["fits"][0]["points"] == 0


@pytest.mark.parametrize("code, error", [(2, UsageError), (3, FailedError)])
def test_a_tool_that_gives_up_is_one_line(tool, code, error):
    tool.with_name("assay-bench.code").write_text(str(code))
    with pytest.raises(error, match="bitmap on allocate_one at 1,024 frames: .*out of memory"):
        bench_growth.growth_step(runs.RunFolder.create("bench"), ["bitmap"], None, (10,))
