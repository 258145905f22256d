"""The parts that judge what a program found: the zoo, the short look, the regressions."""

import pytest

from cli import build, designs, paths
from cli.checks import part_bench, part_fuzz, part_zoo
from cli.checks.check import FAILED, PASSED

CAUGHT = {"design": "canary", "caught": True, "clause": "C5", "verdict": "C5: op 2 'free a+1'"}


def test_the_canary_must_be_caught_and_by_its_own_clause():
    assert part_zoo.judge(CAUGHT, "C5").outcome == PASSED
    other = part_zoo.judge(CAUGHT | {"clause": "C2"}, "C5")
    assert other.outcome == FAILED and "caught by something else" in other.detail
    free = part_zoo.judge({"design": "canary", "caught": False, "reason": "too slow"}, "C5")
    assert free.outcome == FAILED and "it got away: too slow" in free.detail


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


def test_a_smoke_run_that_writes_nothing_has_failed(tree):
    bench = paths.tool("release", "assay-bench")
    bench.parent.mkdir(parents=True)
    bench.write_text("#!/bin/sh\necho 'assay-bench: it broke' >&2; exit 1\n")
    bench.chmod(0o755)
    (check,) = part_bench.smoke(tree.root / "bench.json")
    assert (check.outcome, check.detail) == (FAILED, "assay-bench: it broke")


def test_every_member_of_the_zoo_says_what_must_catch_it():
    for member in designs.zoo():
        assert designs.expected_clause(member).startswith("C")


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
    for design in designs.names():
        tree.add_target(design, "quick")
    file = paths.ROOT / "fuzz" / "regressions" / "old.ops"
    file.parent.mkdir(parents=True)
    file.write_text("assay-ops 1\n")
    checks = list(part_fuzz.run("fast"))
    assert [check.outcome for check in checks] == [PASSED, PASSED, PASSED, FAILED]
    assert checks[3].detail == "C4: op 2: wrong"
    assert checks[3].repeat == "./assay replay fuzz/regressions/old.ops --design coremap"
