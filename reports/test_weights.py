"""Weights and criteria, against costs and scores worked out by hand."""

import json
import math

import pytest

from reports import choose, criteria, weights
from reports.test_measurements import contiguous, latency
from reports.weights import Weights, WeightsError

DESIGNS = ("bitmap", "coremap", "free_list")


def by(**wanted: float) -> Weights:
    return Weights("mine", "me", wanted)


def decide(run, **wanted: float) -> dict:
    return choose.choose(run.load(), by(**wanted))


def scores(choice: dict) -> dict[str, float]:
    return {entry["design"]: entry["score"] for entry in choice["ranking"]}


def add(run, name: str, document: dict) -> None:
    """Another document of the run."""
    header = json.loads((run.folder / "bench.json").read_text())
    header = {key: header[key] for key in header if key not in ("workloads", "cells")}
    path = run.folder / f"{name}.json"
    path.write_text(json.dumps({**header, **document, "schema": f"assay-{name}"}))


def of_each(entry: dict, **values) -> list[dict]:
    """An entry for each design, with values of its own."""
    return [
        {**entry, "design": design, **{key: each[i] for key, each in values.items()}}
        for i, design in enumerate(DESIGNS)
    ]


def test_all_that_come_with_assay_can_be_read():
    assert weights.names() == ["kernel", "server", "student", "time"]
    for name in weights.names():
        found = weights.find(name)
        assert found.name == name and found.purpose and set(found.weights) <= set(criteria.ALL)


def test_the_default_is_time_alone_every_workload_alike(run):
    assert choose.choose(run.load()) == choose.choose(run.load(), weights.find("time"))
    assert weights.find(weights.DEFAULT).weights == {"time": 1}


def test_workloads_are_in_groups():
    groups = {
        "trace_pgbench": "traces",
        "fail_in_mix": "failing",
        "worst_buddy": "worst",
        "mixed_50": "runs",
        "churn_99.9": "single",
        "my_own": "other",
    }
    assert {name: criteria.group_of(name) for name in groups} == groups


def test_a_weighted_score_is_that_worked_out_by_hand(run):
    # single: bitmap 1 1, free_list 2 2, coremap 4 8; traces: bitmap 32, the others 1.
    got = scores(decide(run, time_single=3, time_traces=1))
    assert got["bitmap"] == pytest.approx(32 ** (1 / 4))
    assert got["free_list"] == pytest.approx(2 ** (3 / 4))
    assert got["coremap"] == pytest.approx(math.sqrt(4 * 8) ** (3 / 4))
    assert decide(run, time_traces=1)["winner"] == "coremap"  # equal to free_list's: by name
    assert decide(run, time_single=1)["winner"] == "bitmap"
    assert scores(decide(run, time_single=30, time_traces=10)) == pytest.approx(got)


def test_failed_requests_are_a_bounded_cost(run):
    assert criteria.cost_of_share(0) == 1 and criteria.cost_of_share(1) == 10
    # Means of five shares of 100,000 operations: bitmap 2 %, coremap 2.6 %, free_list 4.005 %.
    got = scores(decide(run, failed=1))
    assert got["bitmap"] == pytest.approx(1)
    assert got["coremap"] == pytest.approx((1 + 9 * 0.026) / (1 + 9 * 0.02))
    assert got["free_list"] == pytest.approx((1 + 9 * 0.04005) / (1 + 9 * 0.02))


def test_what_must_fail_is_no_failure(run):
    def rename(document):
        for each in (*document["workloads"], *document["cells"]):
            for key in ("name", "workload"):
                if each.get(key) == "mixed_90":
                    each[key] = "fail_512"

    run.change("bench.json", rename)
    parts, _ = criteria.measure(run.load(), ["bitmap"], {"failed": 1})
    assert parts[0].costs["bitmap"] == pytest.approx(1 + 9 * 0.01 / 4)  # mixed_50's 1 % of four


def test_metadata_below_a_bit_per_frame_is_no_merit(run):
    # Bytes per frame in the largest arena: bitmap 0.25, coremap 16, free_list 0.125.
    assert scores(decide(run, metadata=1)) == pytest.approx(
        {"free_list": 1, "bitmap": 2, "coremap": 128}
    )
    run.change_cell("free_list", "trace_pgbench", metadata_bytes=1)
    assert scores(decide(run, metadata=1))["bitmap"] == pytest.approx(2)


def test_size_and_latency_and_contiguous_success_count_where_they_are_there(run):
    size = {"constant_bytes": 0, "variable_bytes": 0}
    size = of_each(size, code_bytes=[100, 200, 400], stack_bytes=[30, 20, 10])
    add(run, "size", {"target": "i686", "designs": size})
    assert scores(decide(run, code=1)) == pytest.approx({"bitmap": 1, "coremap": 2, "free_list": 4})
    assert decide(run, stack=1)["winner"] == "free_list"
    document = latency()
    call = document["entries"][0]["calls"][0]
    worst = {"ns": 900.0, "operation": 1, "disturbed": True}
    calls = [
        [call | {"p999_ns": time, "worst": [worst | {"again_ns": time / 4}]}]
        for time in (800.0, 400.0, 100.0)
    ]
    add(run, "latency", document | {"entries": of_each(document["entries"][0], calls=calls)})
    assert scores(decide(run, p999=1)) == pytest.approx({"free_list": 1, "coremap": 4, "bitmap": 8})
    # 900 ns once, but 200 ns when it was quiet: noise does not count.
    assert scores(decide(run, worst_call=1))["bitmap"] == pytest.approx(200 / 25)
    document = contiguous()
    cell = document["entries"][0]["cells"][0]
    cells = [[cell | {"requests": 50, "served": served}] for served in (50, 25, 0)]
    add(run, "contiguous", document | {"entries": of_each(document["entries"][0], cells=cells)})
    assert scores(decide(run, contiguous=1)) == pytest.approx(
        {"bitmap": 1, "coremap": 5.5, "free_list": 10}
    )


def test_a_latency_below_the_timer_s_own_is_the_timer_s(run):
    document = latency()
    calls = [[document["entries"][0]["calls"][0] | {"p999_ns": time}] for time in (1.0, 9.5, 19.0)]
    add(run, "latency", document | {"entries": of_each(document["entries"][0], calls=calls)})
    assert scores(decide(run, p999=1)) == pytest.approx({"bitmap": 1, "coremap": 1, "free_list": 2})


def test_what_is_not_there_for_all_is_left_out_for_all_and_said(run):
    size = {"design": "bitmap", "code_bytes": 1, "constant_bytes": 0, "variable_bytes": 0}
    add(run, "size", {"target": "i686", "designs": [size]})
    choice = decide(run, time=1, code=5, p999=5, time_worst=5)
    assert scores(choice) == pytest.approx({"bitmap": 2, "free_list": 4, "coremap": 8})
    assert choice["left_out"] == [
        "code: size.json has nothing of coremap",
        "p999: the run has no latency.json (`./assay bench`)",
        "time_worst: no workload of the group 'worst' was measured",
    ]


def test_without_anything_that_counts_there_is_no_winner(run):
    choice = decide(run, p999=1)
    assert choice["winner"] is None and choice["why"] == [] and choice["tied"] == []
    assert "Nothing that the weights ask for was measured" in choose.explain_winner(choice)


def test_weights_never_make_an_ineligible_design_win(run):
    run.change_target("bitmap", status="finding", findings=["k"])
    for name in weights.names():
        choice = choose.choose(run.load(), weights.find(name))
        entry = next(each for each in choice["ranking"] if each["design"] == "bitmap")
        assert choice["winner"] != "bitmap" and entry["score"] is None, name


def test_the_factors_of_the_reasons_make_the_margin(run):
    choice = decide(run, time_single=1, time_traces=1, metadata=2)
    factors = [each["factor"] for each in choice["why"]]
    assert math.prod(factors) == pytest.approx(choice["margin"]) and len(factors) == 3
    assert factors == sorted(factors, reverse=True)


def test_leaving_one_out_shows_what_decided(run):
    # bitmap: single 1, traces 32; free_list: 2, 1. Alone, each would name its own winner.
    choice = decide(run, time_single=6, time_traces=1)
    assert choice["winner"] == "bitmap"
    without = {each["criterion"]: each["winner_without"] for each in choice["why"]}
    assert without == {"time_single": "coremap", "time_traces": "bitmap"}
    text = " ".join(choose.explain_why(choice))
    assert "free_list falls behind by time_single (1.81×). It gains by time_traces (0.610×)" in text
    assert "Without time_single coremap would win." in text


def test_a_tie_within_the_noise_is_called_one(run):
    for workload in ("single_pair", "fill_drain", "mixed_50", "mixed_90", "trace_pgbench"):
        bitmap = run.load().cell("bitmap", workload)["median_ns"]
        run.change_cell("free_list", workload, median_ns=bitmap * 1.03)
    choice = decide(run, time=1)
    assert choice["margin"] == pytest.approx(1.03) and choice["tied"] == []
    assert choice["noise"] == pytest.approx(0.01)  # the least floor
    run.change("bench.json", lambda d: [w.update(noise_floor=0.05) for w in d["workloads"]])
    choice = decide(run, time=1)
    assert choice["winner"] == "bitmap" and choice["tied"] == ["bitmap", "free_list"]
    text = choose.explain_winner(choice)
    assert "a tie within the noise, which is 5 % of a score: bitmap and free_list." in text
    # Metadata are counted and have no noise: half of the score has 5 %.
    assert decide(run, time=1, metadata=1)["noise"] == pytest.approx(math.sqrt(1.05) - 1)


@pytest.mark.parametrize(
    "text, message",
    [
        ("name = 3", "name: expected a text"),
        ('name = "a"', "purpose: expected a text"),
        ('name = "a"\npurpose = "b"', r"weights: expected a table \[weights\]"),
        ('name = "a"\npurpose = "b"\n[weights]', r"weights: expected a table \[weights\]"),
        ('name = "a"\npurpose = "b"\nx = 1\n[weights]\ntime = 1', "x: there are only name"),
        ('name = "a"\npurpose = "b"\n[weights]\nspeed = 1', "weights.speed: no such criterion"),
        ('name = "a"\npurpose = "b"\n[weights]\ntime = 0', "weights.time: expected a number abo"),
        ('name = "a"\npurpose = "b"\n[weights]\ntime = "2"', "weights.time: expected a number"),
        ('name = "a"\npurpose = "b"\n[weights]\ntime = inf', "weights.time: expected a number"),
        ("name = ", "no TOML: "),
        ("\xff", "no TOML: |name: expected"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(WeightsError, match=message) as caught:
        weights.find(str(path))
    assert "\n" not in str(caught.value) and "own.toml" in str(caught.value)


def test_a_file_of_one_s_own_is_used_and_a_wrong_name_is_told(tmp_path, run):
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\npurpose = "me"\n[weights]\nmetadata = 1\n')
    choice = choose.choose(run.load(), weights.find(str(path)))
    assert choice["winner"] == "free_list" and choice["weights"]["name"] == "own"
    assert "by the weights 'own' for me" in choice["rule"]
    with pytest.raises(WeightsError, match="no weights 'kern'; there are kernel, server"):
        weights.find("kern")


def test_a_run_keeps_the_weights_that_it_was_chosen_by(run):
    add(run, "choice", choose.choose(run.load(), by(metadata=1)))
    (run.folder / "choice.json").rename(run.folder / "winner.json")
    assert choose.choose(run.load())["winner"] == "free_list"
