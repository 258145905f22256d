"""The parts that judge what a program found: the explorer, the short look, the regressions."""

import json

import pytest

from cli import build, designs, paths, programs
from cli.checks import paging, parsers, part_bench, part_explore, part_fuzz, sharing
from cli.checks.check import FAILED, PASSED, Check
from cli.fuzzing.seeds import PARSERS

CELL = {"design": "bitmap", "workload": "pair", "oracle": "pass", "median_ns": 1.5}


@pytest.mark.parametrize(
    "changed, outcome, detail",
    [
        ({}, PASSED, ""),
        ({"oracle": "C1: op 2: overlaps"}, FAILED, "C1: op 2: overlaps"),
        ({"median_ns": None}, FAILED, "it was not measured"),
    ],
)
def test_a_cell_must_be_judged_and_measured(changed, outcome, detail):
    check = part_bench.judge(CELL | changed)
    assert (check.outcome, check.detail) == (outcome, detail)


def test_plugins_are_settled_everywhere_and_only_the_one_with_a_bug_is_rejected():
    sound = CELL | {"design": part_bench.SOUND}
    bad = CELL | {"design": part_bench.WITH_BUG, "oracle": "C2: missed", "median_ns": None}
    result = {"workloads": [{"name": "pair"}], "cells": [sound, bad], "left_out": []}
    assert part_bench.judge_plugins(result) is None
    assert "not there once" in part_bench.judge_plugins(result | {"cells": [bad]})
    assert "C2: missed, 1.5" in part_bench.judge_plugins(
        result | {"cells": [sound, bad | {"median_ns": 1.5}]}
    )
    assert "rejects nobody" in part_bench.judge_plugins(
        result | {"cells": [sound, CELL | {"design": part_bench.WITH_BUG}]}
    )


def test_a_smoke_run_that_writes_nothing_has_failed(tree):
    bench = paths.tool("release", "assay-bench")
    bench.write_text("#!/bin/sh\necho 'assay-bench: it broke' >&2; exit 1\n")
    bench.chmod(0o755)
    (check,) = part_bench.smoke(tree.root / "bench.json")
    assert (check.outcome, check.detail) == (FAILED, "assay-bench: it broke")


@pytest.mark.parametrize(
    "behaviour, outcome, detail",
    [
        ("quick", PASSED, ""),
        ("find bitmap/C4/a", FAILED, "C4: op 2 'free a': wrong"),
        ("vacuous", FAILED, "never happened while fuzzing: none; so it shows nothing"),
        ("broken", FAILED, "the process ended with exit code 127: cannot open shared object"),
    ],
)
def test_a_short_look_passes_only_if_it_saw_everything(tree, behaviour, outcome, detail):
    tree.add_target("bitmap", behaviour)
    check = part_fuzz.fuzz_briefly("bitmap", "fast")
    assert (check.outcome, check.detail) == (outcome, detail)
    assert "-runs=3000" in tree.starts("bitmap")[0] and "-seed=1" in tree.starts("bitmap")[0]


def test_a_regression_that_breaks_a_design_again_has_failed(tree, monkeypatch):
    monkeypatch.setattr(designs, "names", lambda: ["bitmap", "coremap"])
    monkeypatch.setattr(build, "build", lambda *_: None)
    replay = (
        '#!/bin/bash\n[ "$1" = convert ] || [ "$4" = bitmap ] && exit 0\n'
        'echo "C4: op 2: wrong"; exit 1\n'
    )
    tree.add_script("assay-ops", replay)
    monkeypatch.setattr(designs, "settings", lambda: [])
    monkeypatch.setattr(sharing, "check_sharing", lambda: Check("merge", PASSED))
    for target in (*designs.names(), designs.LOCKSTEP, paging.TARGET, *PARSERS):
        tree.add_target(target, "quick")
    file = paths.ROOT / "fuzz" / "regressions" / "old.ops"
    file.parent.mkdir(parents=True)
    file.write_text("assay-ops 1\n")
    checks = list(part_fuzz.run("fast"))
    assert [check.outcome for check in checks] == [PASSED] * 8 + [FAILED, FAILED]
    assert checks[8].detail == "C4: op 2: wrong"
    assert checks[8].repeat == "./assay replay fuzz/regressions/old.ops --design coremap"


@pytest.mark.parametrize(
    "behaviour, outcome, detail",
    [
        ("quick", PASSED, ""),
        ("find parser/C4/a", FAILED, "C4: op 2 'free a': wrong count"),
        ("broken", FAILED, "cannot open shared object"),
    ],
)
def test_a_parser_passes_only_if_no_input_broke_it(tree, behaviour, outcome, detail):
    tree.add_target("text", behaviour)
    check = parsers.fuzz_parser("text", "fast")
    assert (check.outcome, check.detail) == (outcome, detail)
    assert "-runs=10000" in tree.starts("text")[0] and "-dict=" in tree.starts("text")[0]


@pytest.mark.parametrize(
    "behaviour, outcome, detail",
    [
        ("quick", PASSED, ""),
        ("find paging/P4/a", FAILED, "C4: op 2 'free a': wrong count"),
        ("vacuous", FAILED, "never happened while fuzzing: none; so it shows nothing"),
        ("broken", FAILED, "the process ended with exit code 127: cannot open shared object"),
    ],
)
def test_paging_passes_only_if_it_saw_everything(tree, behaviour, outcome, detail):
    tree.add_target("paging", behaviour)
    check = paging.fuzz_paging("fast")
    assert (check.outcome, check.detail) == (outcome, detail)
    broken = paths.build_dir("fuzz") / "paging-paging-1-crash-abc"
    assert broken.exists() == behaviour.startswith("find")
    assert not broken.exists() or check.repeat.endswith(broken.name)


EXPLORATION = {
    "word_bits": None,
    "map": "....",
    "closed": True,
    "states": 52,
    "abstract_states": 34,
    "possible_states": 34,
    "finding": None,
}


@pytest.mark.parametrize(
    "changed, outcome, detail",
    [
        ({}, PASSED, ""),
        ({"closed": False}, FAILED, "arena ....: not closed, 52 states found"),
        ({"abstract_states": 33}, FAILED, "arena ....: reached 33 of 34 ways to hold its frames"),
        ({"finding": {"verdict": "C2: x", "ops": "a"}}, FAILED, "arena ....: C2: x\na"),
    ],
)
def test_an_arena_must_be_closed_and_every_holding_reached(changed, outcome, detail):
    (check,) = part_explore.judge("bitmap", [EXPLORATION | changed], 1, "do it")
    assert (check.outcome, check.detail) == (outcome, detail)


def test_every_variant_must_have_explored_every_arena():
    narrow = EXPLORATION | {"word_bits": 2}
    checks = part_explore.judge("bitmap", [EXPLORATION, EXPLORATION, narrow], 2, "do it")
    assert [check.outcome for check in checks] == [PASSED, FAILED]
    assert checks[1].name == "bitmap, 2-bit words"
    assert checks[1].detail == "explored 1 arenas instead of 2"
    assert part_explore.judge("bitmap", [], 2, "do it")[0].outcome == FAILED


FAULT = {"clause": "C5", "operations": 2, "verdict": "C5: op 2", "ops": "free a+1"}


@pytest.mark.parametrize(
    "finding, code, outcome, detail",
    [
        (FAULT, 1, PASSED, ""),
        (None, 0, FAILED, "it got away"),
        (FAULT | {"operations": 3}, 1, FAILED, "C5: op 2\nfree a+1"),
        (FAULT | {"clause": "C2"}, 1, FAILED, "C5: op 2\nfree a+1"),
    ],
)
def test_the_explorer_must_find_the_canary_s_fault(monkeypatch, finding, code, outcome, detail):
    output = json.dumps({"explorations": [{"finding": finding}]})
    answer = programs.Finished(code, output, "")
    monkeypatch.setattr(part_explore, "call_tool", lambda *_, **__: answer)
    monkeypatch.setattr(designs, "faults", lambda: {"canary": {"clause": "C5"}})
    check = part_explore.catch_canary()
    assert (check.outcome, check.detail) == (outcome, detail)


def test_an_explorer_that_dies_or_sees_widths_differ_has_failed(monkeypatch):
    answers = [
        programs.Finished(-11, "", ""),
        programs.Finished(1, json.dumps({"explorations": [], "differences": ["2 is not 4"]}), ""),
    ]
    monkeypatch.setattr(part_explore, "call_tool", lambda *_, **__: answers.pop(0))
    checks = [part_explore.explore("bitmap", 0, "fast")[0] for _ in range(2)]
    assert [check.outcome for check in checks] == [FAILED, FAILED]
    assert [check.detail for check in checks] == ["signal 11", "2 is not 4"]


def test_exploring_must_stay_within_its_time():
    assert part_explore.judge_time(59.9, 60).outcome == PASSED
    assert part_explore.judge_time(61, 60).outcome == FAILED
