"""The rule, against scores worked out by hand, and shown to react: altered results, other winners.

The fixture's ratios are powers of two, so that a score is 2 to the mean of the exponents:
    bitmap     0 0 0 0 5   mean 1   score 2
    free_list  1 1 4 4 0   mean 2   score 4
    coremap    2 3 5 5 0   mean 3   score 8
"""

import pytest

from reports import choose


def winner(run) -> str | None:
    return choose.choose(run.load())["winner"]


def entry_of(run, design: str) -> dict:
    ranking = choose.choose(run.load())["ranking"]
    return next(entry for entry in ranking if entry["design"] == design)


def test_the_scores_are_those_worked_out_by_hand(run):
    choice = choose.choose(run.load())
    assert [entry["design"] for entry in choice["ranking"]] == ["bitmap", "free_list", "coremap"]
    assert [entry["rank"] for entry in choice["ranking"]] == [1, 2, 3]
    assert [entry["score"] for entry in choice["ranking"]] == pytest.approx([2, 4, 8])
    assert choice["ranking"][1]["ratios"] == {
        "single_pair": 2.0,
        "fill_drain": 2.0,
        "mixed_50": 16.0,
        "mixed_90": 16.0,
        "trace_pgbench": 1.0,
    }
    assert choice["winner"] == "bitmap" and choice["margin"] == pytest.approx(2)
    assert choice["rule"].startswith(choose.ELIGIBLE) and choice["schema"] == "assay-choice"


def test_a_slower_winner_loses(run):
    run.change_cell("bitmap", "single_pair", median_ns=1024.0)
    # The best single pair is now free_list's 8: bitmap (7 0 0 0 5), free_list (0 1 4 4 0).
    choice = choose.choose(run.load())
    assert choice["winner"] == "free_list"
    assert choice["ranking"][0]["score"] == pytest.approx(2**1.8)
    assert choice["ranking"][1]["score"] == pytest.approx(2**2.4)


def test_a_faster_loser_wins(run):
    for workload in ("single_pair", "fill_drain", "mixed_50", "mixed_90"):
        run.change_cell("coremap", workload, median_ns=0.5)
    assert winner(run) == "coremap"


def test_a_finding_disqualifies(run):
    run.change_target("bitmap", status="finding", findings=["bitmap-C2"])
    assert winner(run) == "free_list"
    entry = entry_of(run, "bitmap")
    assert (entry["eligible"], entry["rank"], entry["score"]) == (False, None, None)
    assert entry["reason"] == "1 finding"


def test_a_finding_counts_wherever_it_stands(run):
    finding = {"key": "bitmap-C2", "design": "bitmap", "clause": "C2", "verdict": "C2: no"}
    finding |= {"operations": 1, "ops": "", "folder": "f", "replay": "r"}
    run.change("fuzz.json", lambda document: document["findings"].append(finding))
    assert winner(run) == "free_list" and entry_of(run, "bitmap")["reason"] == "1 finding"
    run.change_target("bitmap", status="finding", findings=["bitmap-C2", "bitmap-C9"])
    assert entry_of(run, "bitmap")["reason"] == "2 findings"
    run.change_target("coremap", status="finding", findings=[])
    assert entry_of(run, "coremap")["reason"] == "1 finding"


def test_a_failed_fuzz_target_disqualifies(run):
    run.change_target("bitmap", status="failed", reason="exit code 127")
    assert winner(run) == "free_list"
    assert entry_of(run, "bitmap")["reason"] == "fuzzing failed: exit code 127"


def test_a_failed_oracle_disqualifies(run):
    run.change_cell("bitmap", "mixed_90", oracle="C1: op 9 'alloc 1': no", median_ns=None)
    assert winner(run) == "free_list"
    entry = entry_of(run, "bitmap")
    assert entry["reason"] == "failed the oracle under mixed_90: C1: op 9 'alloc 1': no"
    assert "mixed_90" not in entry["ratios"]


def test_a_time_does_not_count_without_the_oracle(run):
    run.change_cell("bitmap", "mixed_90", oracle="C1: no")  # and the median is still there
    assert winner(run) == "free_list" and "mixed_90" not in entry_of(run, "bitmap")["ratios"]


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({"verdict": "fail", "reason": "triple fault"}, "a boot failed: triple fault"),
        ({"verdict": "fail"}, "a boot failed: no reason given"),
        (
            {"tests": [{"name": "hands over", "ok": False, "diagnostics": []}]},
            "a boot failed: failed: hands over",
        ),
    ],
)
def test_a_failed_boot_disqualifies(run, fields, reason):
    assert winner(run.boot("bitmap", **fields)) == "free_list"
    assert entry_of(run, "bitmap")["reason"] == reason


@pytest.mark.parametrize("trace", [{"equal": False}, {"host_hash": "8877665544332211"}])
@pytest.mark.parametrize("what", ["trace", "swarm"])
def test_hashes_that_differ_disqualify_whatever_the_boot_says(run, what, trace):
    run.change("boot-bitmap.json", lambda document: document[what].update(trace))
    assert winner(run) == "free_list"
    assert "the kernel's hash differs from the host's" in entry_of(run, "bitmap")["reason"]


def test_one_failed_boot_among_good_ones_disqualifies(run):
    (run.folder / "boot.json").write_text((run.folder / "boot-bitmap.json").read_text())
    assert winner(run) == "bitmap"
    run.change("boot.json", lambda document: document.update(verdict="fail"))
    assert winner(run) == "free_list"


def test_not_booted_yet_is_fine(run):
    assert winner(run.remove("boot-bitmap.json")) == "bitmap"


def test_a_missing_cell_disqualifies_and_says_so(run):
    def drop(document):
        document["cells"] = [
            cell
            for cell in document["cells"]
            if (cell["design"], cell["workload"]) != ("bitmap", "mixed_50")
        ]

    run.change("bench.json", drop)
    assert winner(run) == "free_list"
    assert entry_of(run, "bitmap")["reason"] == "not measured under mixed_50"


def test_a_design_that_serves_nothing_is_not_eligible(run):
    run.change_cell("bitmap", "mixed_90", median_ns=None, served=0)
    assert entry_of(run, "bitmap")["reason"] == "served no operation under mixed_90"


def test_every_cause_is_named(run):
    run.change_target("bitmap", status="finding", findings=["k"])
    run.change_cell("bitmap", "mixed_90", oracle="C1: no", median_ns=None)
    run.boot("bitmap", verdict="fail")
    reason = entry_of(run, "bitmap")["reason"]
    assert reason == (
        "1 finding; failed the oracle under mixed_90: C1: no; a boot failed: no reason given"
    )


def test_only_eligible_designs_are_the_measure(run):
    run.change_target("bitmap", status="finding", findings=["k"])
    # Without bitmap: free_list is best everywhere, coremap (1 2 1 1 0), bitmap (-1 -1 -4 -4 5).
    assert entry_of(run, "free_list")["score"] == pytest.approx(1)
    assert entry_of(run, "coremap")["score"] == pytest.approx(2)
    assert entry_of(run, "bitmap")["ratios"]["mixed_50"] == pytest.approx(1 / 16)


def test_a_tie_is_ordered_by_name(run):
    run.change("bench.json", lambda document: document["cells"].reverse())
    coremap = {"single_pair": 16.0, "fill_drain": 64.0, "mixed_50": 320.0, "mixed_90": 640.0}
    for workload, median in coremap.items():
        run.change_cell("free_list", workload, median_ns=median)
    choice = choose.choose(run.load())
    assert [entry["design"] for entry in choice["ranking"]] == ["bitmap", "coremap", "free_list"]
    assert [entry["rank"] for entry in choice["ranking"]] == [1, 2, 3]
    run.change_cell("free_list", "single_pair", median_ns=15.9)
    assert [e["design"] for e in choose.choose(run.load())["ranking"]][1] == "free_list"


def test_when_all_are_out_there_is_no_winner_and_every_reason(run):
    run.change("fuzz.json", lambda document: document["canary"].update(caught=False))
    choice = choose.choose(run.load())
    assert choice["winner"] is None and choice["margin"] is None
    assert [entry["rank"] for entry in choice["ranking"]] == [None] * 3
    for entry in choice["ranking"]:
        assert entry["reason"] == "the canary got away, so the fuzzing shows nothing"
        assert entry["score"] is None and entry["ratios"] == {}


def test_without_fuzzing_or_measuring_nobody_wins(run):
    fuzz = (run.folder / "fuzz.json").read_text()
    assert winner(run.remove("fuzz.json")) is None
    assert entry_of(run, "bitmap")["reason"] == "not fuzzed"
    (run.folder / "fuzz.json").write_text(fuzz)
    assert winner(run.remove("bench.json")) is None
    assert entry_of(run, "bitmap")["reason"] == "not measured"


def test_a_single_eligible_design_wins_without_a_margin(run):
    run.change_target("bitmap", status="failed").change_target("coremap", status="failed")
    choice = choose.choose(run.load())
    assert choice["winner"] == "free_list" and choice["margin"] is None
    assert choice["ranking"][0]["score"] == pytest.approx(1)


def test_the_choice_does_not_depend_on_the_order_of_cells(run):
    before = choose.choose(run.load())
    run.change("bench.json", lambda document: document["cells"].reverse())
    assert choose.choose(run.load()) == before
