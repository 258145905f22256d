"""What is expected of costs: every change of a figure is named, and can be made the expected."""

import copy

import pytest

from cli.booting import costs, golden

CALL = {"call": "free", "count": 2, "mean": 3.5, "p50": 3, "p99": 4, "p99_9": 4, "max": 4}
DOCUMENT = {
    "kernel_compiler": "clang 19",
    "cells": [{"design": "a", "workload": "w", "calls": [CALL | {"max_at": 9}]}],
}

LOG = """# cost_clock allocate=10 free=11
# cost_run w ops=7 hash=0xabababababababab
# cost w free calls=2 sum=0x0000000000000007 p50=3 p99=4 p99_9=4 max=4 at=9
ok 1 calls_cost_instructions
"""


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "GOLDEN", tmp_path / "golden.json")
    return tmp_path / "golden.json"


def changed(**fields):
    document = copy.deepcopy(DOCUMENT)
    document["cells"][0]["calls"][0].update(fields)
    return document


def test_what_was_renewed_is_expected(file):
    golden.renew(DOCUMENT)
    assert golden.find_changes(DOCUMENT) == []
    golden.renew(DOCUMENT | {"kernel_compiler": "clang 20"})
    assert sorted(golden.read()) == ["clang 19", "clang 20"]
    assert file.read_text().count("\n") == 12


@pytest.mark.parametrize("key", golden.FIGURES)
def test_any_other_figure_is_a_change(key):
    golden.renew(DOCUMENT)
    (change,) = golden.find_changes(changed(**{key: 5}))
    assert change.startswith("a, w, free: count 2 mean 3.5 ") and f"{key} 5" in change


def test_calls_that_come_or_go_are_changes():
    golden.renew(DOCUMENT)
    (came, went) = golden.find_changes(changed(call="allocate_run"))
    assert came.startswith("a, w, allocate_run: not counted, now count 2")
    assert went.endswith("max 4, now not counted")


def test_the_kernel_s_log_is_read():
    counted = costs.read(LOG, "a", [])
    assert counted["design"]["empty_call"] == {"allocate": 10, "free": 11}
    (cell,) = counted["cells"]
    assert (cell["workload"], cell["operations"], cell["hash"]) == ("w", 7, "ab" * 8)
    assert cell["calls"] == [CALL | {"max_at": 9}]
