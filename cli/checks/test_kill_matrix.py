"""The kill matrix: what each engine's words mean, and which cells fail."""

import json
from dataclasses import replace

import pytest

from cli import paths, runs
from cli.checks import kill_matrix
from cli.checks.check import FAILED, PASSED
from cli.checks.kill_matrix import BROKEN, CAUGHT, EXPLORER, LIBFUZZER, NOT_RUN, SILENT, SWARM, Cell

SMALL = {"clause": "C5", "calls": 2, "frames": 1, "ram": None, "must_be_caught_by": EXPLORER}
LARGE = SMALL | {"frames": 1024, "must_be_caught_by": SWARM}
GOOD = {"outcome": CAUGHT, "calls": 33, "seconds": 0.5, "clause": "C5", "text": "C5: op 2"}

# Speaks as the file `answer` beside it says.
TOOL = """#!/bin/bash
[ -e "$0.stats" ] && cp "$0.stats" "$ASSAY_STATS"
cat "$0.answer"; cat "$0.complaint" >&2; exit $(cat "$0.code")
"""


def cell(engine, **changed):
    return Cell("bad", engine, **GOOD | changed)


def judge(fault, *cells, fuzzed=()):
    table = {("bad", one.engine): one for one in cells}
    checks = kill_matrix.judge(table, {"bad": fault}, list(fuzzed))
    return [(check.name.split()[-1], check.outcome, check.detail) for check in checks]


def test_caught_by_the_engine_that_must_is_enough():
    silent = {"outcome": SILENT, "clause": None}
    small = judge(SMALL, cell(EXPLORER), cell(SWARM, **silent), cell(LIBFUZZER, **silent))
    assert small == [(EXPLORER, PASSED, "")]
    large = judge(LARGE, cell(EXPLORER, **silent), cell(SWARM), cell(LIBFUZZER, outcome=NOT_RUN))
    assert large == [(SWARM, PASSED, "")]


@pytest.mark.parametrize(
    "changed, detail",
    [
        ({"outcome": SILENT, "clause": None}, "it got away: 33 calls in 0.5 s"),
        ({"outcome": NOT_RUN, "calls": None, "seconds": None}, "swarm never tried it"),
        ({"clause": "C2", "text": "C2: op 3"}, "it was caught by something else: C2: op 3"),
        ({"clause": None, "text": "signal 11"}, "it was caught by something else: signal 11"),
        ({"outcome": BROKEN, "text": "signal 11"}, "swarm did not work: signal 11"),
        ({"seconds": 10.1}, "it was caught only after 10.1 s; the limit is 10 s"),
    ],
)
def test_the_engine_that_must_catch_it_fails(changed, detail):
    explorer = cell(EXPLORER, outcome=SILENT, clause=None)
    assert judge(LARGE, explorer, cell(SWARM, **changed)) == [(SWARM, FAILED, detail)]


@pytest.mark.parametrize(
    "changed", [{"clause": "C2", "text": "C2: op 3"}, {"outcome": BROKEN, "text": "signal 11"}]
)
def test_an_engine_that_need_not_catch_it_must_not_be_wrong(changed):
    explorer, swarm = judge(SMALL, cell(EXPLORER), cell(SWARM, **changed))
    assert explorer[:2] == (EXPLORER, PASSED) and swarm[:2] == (SWARM, FAILED)


def test_who_needs_more_frames_than_the_explorer_has_must_escape_it():
    explorer, _ = judge(LARGE, cell(EXPLORER), cell(SWARM))
    detail = "it says that it needs 1024 frames, but fewer do: C5: op 2"
    assert explorer == (EXPLORER, FAILED, detail)


def test_libfuzzer_must_catch_those_that_it_was_to_hunt():
    cells = [cell(EXPLORER), cell(SWARM), cell(LIBFUZZER, outcome=NOT_RUN)]
    assert judge(SMALL, *cells) == [(EXPLORER, PASSED, "")]
    _, fuzzed = judge(SMALL, *cells, fuzzed=["bad"])
    assert fuzzed == (LIBFUZZER, FAILED, "libFuzzer never tried it")
    late = replace(cells[2], outcome=CAUGHT, seconds=61.0)
    assert judge(SMALL, *cells[:2], late, fuzzed=["bad"])[1][1] == FAILED


def test_a_member_without_any_cell_fails():
    assert judge(SMALL) == [(EXPLORER, FAILED, "explorer never tried it")]


@pytest.fixture
def answer(tree):
    def make(preset, tool, said="", code=0, *, complaint="", stats=None):
        path = paths.tool(preset, tool)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TOOL)
        path.chmod(0o755)
        said = said if isinstance(said, str) else json.dumps(said)
        for name, text in (("answer", said), ("complaint", complaint), ("code", str(code))):
            path.with_name(f"{tool}.{name}").write_text(text)
        if stats:
            path.with_name(f"{tool}.stats").write_text(json.dumps(stats))

    return make


CLOSED = {"transitions": 40, "closed": True, "finding": None}
FOUND = {"clause": "C5", "verdict": "C5: op 2"}


def outcome_of(engine):
    found = kill_matrix.hunt("canary", engine)
    return found.outcome, found.calls, found.clause


def test_what_the_explorer_says(answer):
    answer("release", "assay-explore", {"explorations": [CLOSED, CLOSED | {"finding": FOUND}]}, 1)
    assert outcome_of(EXPLORER) == (CAUGHT, 80, "C5")
    answer("release", "assay-explore", {"explorations": [CLOSED, CLOSED]})
    assert outcome_of(EXPLORER) == (SILENT, 80, None)
    answer("release", "assay-explore", {"explorations": [CLOSED, CLOSED | {"closed": False}]})
    assert outcome_of(EXPLORER)[0] == BROKEN
    answer("release", "assay-explore", "", 139, complaint="it died")
    assert outcome_of(EXPLORER)[0] == BROKEN


def test_what_swarm_says(answer):
    finding = FOUND | {"seed": 3}
    answer("release", "assay-swarm", {"operations": 90, "finding": finding}, 1)
    assert outcome_of(SWARM) == (CAUGHT, 90, "C5")
    assert kill_matrix.hunt("canary", SWARM).command == (
        "build/release/bin/assay-swarm --design canary --frames 4096 --seconds 10 --seed 1 "
        "-o found.ops"
    )
    answer("release", "assay-swarm", {"operations": 90, "finding": None})
    assert outcome_of(SWARM) == (SILENT, 90, None)
    answer("release", "assay-swarm", "", 139)
    assert outcome_of(SWARM)[0] == BROKEN


def test_what_libfuzzer_says(answer):
    written = "Test unit written to ./crash-abc"
    verdict = f"ASSAY-VERDICT canary-C5-free C5: op 2\n{written}\n"
    answer("fuzz", "fuzz-zoo", code=77, complaint=verdict, stats={"operations": 70})
    assert outcome_of(LIBFUZZER) == (CAUGHT, 70, "C5")
    assert kill_matrix.hunt("canary", LIBFUZZER).command == (
        "ASSAY_MEMBER=canary ASSAY_FRAMES=4096 build/fuzz/bin/fuzz-zoo -len_control=0 "
        "-max_len=65536 -max_total_time=60 -seed=1 -timeout=10"
    )
    hang = f"SUMMARY: libFuzzer: timeout\n{written.replace('crash', 'timeout')}\n"
    answer("fuzz", "fuzz-zoo", code=70, complaint=hang)
    assert outcome_of(LIBFUZZER)[::2] == (CAUGHT, "C12")
    answer("fuzz", "fuzz-zoo", stats={"operations": 70})
    assert outcome_of(LIBFUZZER) == (SILENT, 70, None)
    answer("fuzz", "fuzz-zoo", code=2, complaint="no such member")
    assert outcome_of(LIBFUZZER)[0] == BROKEN


def test_the_matrix_is_filled_shown_and_kept(answer):
    answer("release", "assay-explore", {"explorations": [CLOSED]})
    answer("release", "assay-swarm", {"operations": 90, "finding": FOUND | {"verdict": "C2: x"}}, 1)
    cells = kill_matrix.fill(["bad"], [])
    text = kill_matrix.render(cells, {"bad": LARGE})
    head, _, row, _, left = text.splitlines()
    assert "libFuzzer" in head and row.split()[:3] == ["bad", "C5", "silent"]
    assert left == "1 of 3 cells were not run: --fast"
    assert "*" in row and "by C2" in row and row.endswith("not run")
    kept = kill_matrix.keep(cells, {"bad": LARGE}, text, scope="default")
    assert kept.read_text() == text + "\n"
    document = json.loads(kept.with_suffix(".json").read_text())
    assert document["schema"] == "assay-kill-matrix" and (kept.parent / runs.FINISHED).exists()
    (member,) = document["members"]
    assert [one["outcome"] for one in member["cells"]] == [SILENT, CAUGHT, NOT_RUN]
