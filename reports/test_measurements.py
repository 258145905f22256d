"""The documents of the recorder, of code size and of growth: read when there, refused by place."""

import json

import pytest

from reports.results import ResultError


def latency() -> dict:
    """Three calls of one kind: 10, 10 and 500 ns."""
    call = {"call": "free", "count": 3, "buckets": [[10.0, 2], [500.0, 1]]}
    call |= {"p50_ns": 10.0, "p90_ns": 500.0, "p99_ns": 500.0, "p999_ns": 500.0, "max_ns": 500.0}
    call["worst"] = [{"ns": 500.0, "again_ns": 11.0, "operation": 7, "disturbed": False}]
    entry = {"design": "bitmap", "workload": "mixed_90", "sequence": "mixed_90.opsb"}
    timer = {"clock": "tsc", "floor_ns": 9.5, "resolution_ns": 0.4}
    return {"timer": timer, "passes": 3, "entries": [entry | {"frames": 512, "calls": [call]}]}


def timeline() -> dict:
    """Two moments of an arena of four frames."""
    samples = {"operation": [0, 4], "used": [0, 4], "free": [4, 0], "largest_free_run": [4, 0]}
    samples |= {"unusable": {"4": [0.0, None]}, "free_huge_share": [1.0, 0.0]}
    samples |= {"moves": [0, None], "failed": [0, 1]}
    heatmap = {"rows": 1, "columns": 2, "operation": [0, 4], "used": [[0.0], [1.0]]}
    entry = {"design": "bitmap", "workload": "mixed_90", "sequence": "mixed_90.opsb", "frames": 4}
    entry |= {"usable": 4, "operations": 5, "first_measured": 2}
    return {"entries": [entry | {"samples": samples, "heatmap": heatmap}]}


def contiguous() -> dict:
    """A length at an occupancy."""
    cell = {"occupancy": 0.9, "frames": 512, "requests": 50}
    cell |= {"served": 40, "none_existed": 7, "missed": 3}
    entry = {"design": "bitmap", "sequence": None, "reason_for_missing": None, "cells": [cell]}
    return {"seed": 1, "frames": 65536, "entries": [entry]}


def size() -> dict:
    """A design's bytes."""
    each = {"design": "bitmap", "code_bytes": 2546, "constant_bytes": 20, "variable_bytes": 0}
    return {"target": "i686", "designs": [each]}


def growth() -> dict:
    """A cost that falls: an exponent below 0."""
    fit = {"design": "bitmap", "workload": "free_one", "exponent": -0.02}
    fit |= {"standard_error": 0.01, "points": 8}
    return {"sizes": [1024], "cells": [], "references": [], "fits": [fit]}


def cpus() -> dict:
    """A load on two CPUs."""
    cell = {"design": "bitmap", "sound": True, "broken": "", "failed": 0}
    cell |= {"one_thread_ns": [10.0], "threads_ns": [30.0]}
    load = {"sequence": "a.opsb", "operations": 9, "threads": 2, "repetitions": 1}
    return load | {"cells": [cell]}


def kernel_costs() -> dict:
    """One call of one workload."""
    call = {"call": "free", "count": 1, "mean": 3.0, "p50": 3, "p99": 3, "p99_9": 3, "max": 3}
    cell = {"design": "bitmap", "workload": "mixed_90", "operations": 2, "hash": "ab"}
    cell |= {"calls": [call | {"max_at": 2}]}
    workload = {"name": "mixed_90", "operations": 1, "set_up_operations": 1}
    about = {"design": "bitmap", "empty_call": {"allocate": 10, "free": 11}}
    costs = {"frames": 64, "kernel_compiler": "Clang 19", "workloads": [workload]}
    return costs | {"designs": [about], "cells": [cell]}


DOCUMENTS = [latency, timeline, contiguous, size, growth, cpus, kernel_costs]


def stem_of(make) -> str:
    """The name of its file."""
    return make.__name__.replace("_", "-")


@pytest.fixture
def measured(run):
    """The fixture with every document beside bench.json."""
    header = json.loads((run.folder / "bench.json").read_text())
    header = {name: header[name] for name in header if name not in ("workloads", "cells")}
    for make in DOCUMENTS:
        name = stem_of(make)
        document = {**header, **make(), "schema": f"assay-{name}"}
        (run.folder / f"{name}.json").write_text(json.dumps(document))
    return run


def test_all_are_read(measured):
    loaded = measured.load()
    assert loaded.entry(loaded.latency, "bitmap", "mixed_90")["calls"][0]["max_ns"] == 500.0
    assert loaded.entry(loaded.latency, "bitmap", "mixed_50") is None
    assert loaded.entry(loaded.timeline, "bitmap", "mixed_90")["usable"] == 4
    assert loaded.entry(loaded.contiguous, "bitmap")["cells"][0]["missed"] == 3
    assert loaded.entry(None, "bitmap") is None
    assert loaded.size["designs"][0]["code_bytes"] == 2546
    assert loaded.growth["fits"][0]["exponent"] == -0.02
    assert set(loaded.sha256) >= {f"{stem_of(make)}.json" for make in DOCUMENTS}


@pytest.mark.parametrize("make", DOCUMENTS)
def test_each_may_be_absent_and_each_may_be_alone(measured, make):
    name = make.__name__
    others = [path.name for path in measured.folder.iterdir() if path.stem != stem_of(make)]
    alone = measured.remove(*others).load()
    assert alone.measurements() == [getattr(alone, name)] and alone.bench is None
    assert alone.designs() == ([] if name == "growth" else ["bitmap"])
    assert not alone.is_fuzzing_alone()


def test_where_times_were_measured_a_size_alone_puts_no_design_on_trial(measured):
    measured.change("size.json", lambda d: d["designs"].append(d["designs"][0] | {"design": "x"}))
    assert measured.load().designs() == ["bitmap", "coremap", "free_list"]


def entry_of(document):
    return document["entries"][0]


@pytest.mark.parametrize(
    "name, edit, place",
    [
        ("latency", lambda d: entry_of(d)["calls"][0].update(call="x"), r"calls\[0\].call: expec"),
        ("latency", lambda d: d["entries"].append(entry_of(d)), "'bitmap under mixed_90' is there"),
        ("latency", lambda d: d.pop("timer"), "timer: the field is missing"),
        ("contiguous", lambda d: d["entries"].append(entry_of(d)), "'bitmap' is there twice"),
        ("contiguous", lambda d: entry_of(d)["cells"][0].update(occupancy=90), "a share from 0"),
        ("timeline", lambda d: entry_of(d)["samples"]["free"].pop(), "samples: lists of"),
        ("timeline", lambda d: entry_of(d)["samples"]["unusable"]["4"].pop(), r"\[0\].samples: "),
        ("timeline", lambda d: entry_of(d)["heatmap"]["used"].pop(), "heatmap: lists of different"),
        ("timeline", lambda d: entry_of(d)["heatmap"]["used"][1].pop(), "heatmap.used: lists of"),
        ("size", lambda d: d["designs"].append(d["designs"][0]), "'bitmap' is there twice"),
        ("cpus", lambda d: d["cells"].append(d["cells"][0]), "'bitmap' is there twice"),
        ("kernel-costs", lambda d: d["cells"].append(d["cells"][0]), "under mixed_90' is there tw"),
        ("cpus", lambda d: d["cells"][0].update(threads_ns=[]), r"threads_ns: expected at least o"),
        ("growth", lambda d: d["fits"][0].update(exponent="x"), r"fits\[0\].exponent: expected a"),
    ],
)
def test_what_is_damaged_is_refused_with_its_place(measured, name, edit, place):
    measured.change(f"{name}.json", edit)
    with pytest.raises(ResultError, match=f"{name}.json: .*{place}"):
        measured.load()
