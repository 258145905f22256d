"""The part `mutants`: what counts as killed, what as excused, and what must fail."""

import json

import pytest

from cli.checks import part_mutants
from cli.checks.check import FAILED, PASSED
from cli.errors import FailedError

PLACE = {"file": "a.cc", "function": "f", "kind": "operator", "line": 1, "column": 2}
ENTRY = {"design": "bitmap", "file": "a.cc", "function": "f", "kind": "operator"}


def mutants(count):
    made = [PLACE | {"id": i, "original": "a < b", "mutated": "a <= b"} for i in range(count)]
    return part_mutants.with_places(made)


def results(*outcomes):
    return {i: {"id": i, "outcome": out, "text": "C1"} for i, out in enumerate(outcomes)}


def judge(outcomes, excused, *, count=None, is_full=False):
    chosen = mutants(len(outcomes) if count is None else count)
    checks = part_mutants.judge("bitmap", chosen, outcomes, excused, is_full=is_full)
    return {check.name.removeprefix("bitmap: "): check for check in checks}


def excuse(which):
    return {("bitmap", "a.cc", "f", "operator", "a < b", "a <= b", which): "the same value"}


def failed(checks):
    return [name for name, check in checks.items() if check.outcome == FAILED]


def test_who_is_killed_by_anything_passes():
    assert failed(judge(results("contract", "crash", "hang", "own test"), {})) == []


def test_a_survivor_without_a_reason_fails():
    checks = judge(results("contract", "survived"), {})
    assert failed(checks) == ["no mutant survives without a reason"]
    detail = checks["no mutant survives without a reason"].detail
    assert detail == "a.cc:1:2: f: operator 'a < b' → 'a <= b' (number 2 of its like)"


def test_a_survivor_with_a_reason_passes_and_its_double_does_not():
    assert failed(judge(results("contract", "survived"), excuse(2))) == []
    assert "no mutant survives without a reason" in failed(
        judge(results("contract", "survived"), excuse(1))
    )


def test_an_excused_mutant_that_is_killed_fails():
    assert failed(judge(results("contract"), excuse(1))) == ["no excused mutant is killed"]


@pytest.mark.parametrize("outcomes", [results("broken"), {}])
def test_a_mutant_that_was_not_tried_fails(outcomes):
    assert failed(judge(outcomes, {}, count=1)) == ["every mutant was tried"]


def test_no_mutants_fail():
    assert len(failed(judge({}, {}))) == 3


def test_all_mutants_show_excuses_of_nothing_and_too_many():
    checks = judge(results("survived"), excuse(1) | excuse(7), is_full=True)
    assert failed(checks) == ["every excuse is of a mutant", "at most 5% survive"]
    many = results("survived", *["contract"] * 19)
    assert failed(judge(many, excuse(1), is_full=True)) == []


def test_an_excuse_needs_a_reason_and_stands_once(tmp_path):
    file = tmp_path / "survivors.json"
    entry = ENTRY | {"original": "a < b", "mutated": "a <= b", "reason": "the same value"}
    file.write_text(json.dumps([entry]))
    assert part_mutants.read_survivors(file) == excuse(1)
    for wrong in ([entry, entry], [entry | {"reason": " "}]):
        file.write_text(json.dumps(wrong))
        with pytest.raises(FailedError, match="twice or without a reason"):
            part_mutants.read_survivors(file)


def test_the_sample_is_the_same_every_time():
    chosen = part_mutants.sample(mutants(100), 20)
    assert len(chosen) == 20
    assert chosen == part_mutants.sample(mutants(100), 20)


def test_a_torn_line_is_no_result_yet(tmp_path):
    file = tmp_path / "results.jsonl"
    assert part_mutants.read_results(file) == []
    file.write_text('{"program":"1"}\n{"id":1,"outcome":"hang","text":""}\n{"id":2,"outc')
    assert [result["id"] for result in part_mutants.read_results(file)] == [1]


TOOL = """#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in --mutants) ids=$2 ;; --results) file=$2 ;; esac
  shift 2
done
[ "$ids" = 9 ] && { echo "it broke" >&2; exit 2; }
echo '{"program":"1"}' > "$file"
for id in $(echo "$ids" | tr , ' '); do
  echo '{"id":'"$id"',"outcome":"contract","text":"C1"}' >> "$file"
done
"""


@pytest.fixture
def tool(tmp_path, monkeypatch):
    script = tmp_path / "assay-mutants-bitmap"
    script.write_text(TOOL)
    script.chmod(0o755)
    monkeypatch.setattr(part_mutants.paths, "tool", lambda preset, name: tmp_path / name)


def test_every_share_of_the_mutants_is_tried(tool, tmp_path):
    found = part_mutants.try_all("bitmap", mutants(5), tmp_path, "default")
    assert sorted(found) == [0, 1, 2, 3, 4]
    assert list(tmp_path.glob("*.jsonl")) == []
    assert part_mutants.row_of("bitmap", found)[-1] == "100.0%"


def test_a_tool_that_fails_is_one_line(tool, tmp_path):
    with pytest.raises(FailedError, match="mutants of bitmap: it broke"):
        part_mutants.try_all("bitmap", [{"id": 9}], tmp_path, "default")


def test_a_passed_check_says_nothing_of_how_to_repeat_it():
    (check, *_) = judge(results("hang"), {}).values()
    assert (check.outcome, check.repeat) == (PASSED, "")
