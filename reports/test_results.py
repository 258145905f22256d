"""What is wrong with a result is one line that names the file and the field."""

import json

import pytest

from reports import results
from reports.results import ResultError


def complaint(run) -> str:
    with pytest.raises(ResultError) as caught:
        run.load()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_the_fixture_is_sound(run):
    loaded = run.load()
    assert loaded.designs() == ["bitmap", "coremap", "free_list"]
    assert len(loaded.bench["cells"]) == 15 and len(loaded.boots) == 1
    assert sorted(loaded.sha256) == ["bench.json", "boot-bitmap.json", "fuzz.json"]


def test_steps_that_were_not_run_are_none(run):
    loaded = run.remove("fuzz.json", "boot-bitmap.json").load()
    assert loaded.fuzz is None and loaded.boots == () and loaded.bench is not None


@pytest.mark.parametrize("name", ["fuzz.json", "bench.json", "boot-bitmap.json"])
@pytest.mark.parametrize("keep", [0, 1, 0.5, -3])
def test_a_truncated_file_is_named(run, name, keep):
    text = (run.folder / name).read_text()
    size = int(len(text) * keep) if isinstance(keep, float) else keep
    (run.folder / name).write_text(text[:size])
    assert complaint(run).startswith(f"{run.folder / name}: no JSON, cut off or damaged: ")


@pytest.mark.parametrize("garbage", [b"\xff\xfe\x00", b"hello", b"[" * 100_000, b'{"a": NaN}'])
def test_garbage_is_named(run, garbage):
    (run.folder / "bench.json").write_bytes(garbage)
    assert "bench.json: no JSON, cut off or damaged: " in complaint(run)


@pytest.mark.parametrize("document", ["[]", "3", '"x"', "{}", '{"schema": "assay-fuzz"}'])
def test_another_schema_is_named(run, document):
    (run.folder / "bench.json").write_text(document)
    assert "bench.json: schema: expected 'assay-bench', found" in complaint(run)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version_is_named(run, version):
    run.change("bench.json", lambda document: document.update(schema_version=version))
    text = complaint(run)
    assert "bench.json: schema_version: this Assay reads version 1, found " in text
    assert repr(version) in text


@pytest.mark.parametrize(
    "name, path, value, message",
    [
        ("bench.json", ("cells", 3, "median_ns"), "4", "cells[3].median_ns: expected a number"),
        ("bench.json", ("cells", 0, "median_ns"), -4.0, "cells[0].median_ns: expected a number"),
        ("bench.json", ("cells", 0, "median_ns"), 0, "cells[0].median_ns: expected a number above"),
        ("bench.json", ("cells", 0, "served"), True, "cells[0].served: expected a whole number"),
        ("bench.json", ("cells", 0, "failed"), 1.5, "cells[0].failed: expected a whole number"),
        ("bench.json", ("cells", 0, "design"), "a b", "cells[0].design: expected a name, found"),
        ("bench.json", ("cells",), {}, "cells: expected a list, found {}"),
        ("bench.json", ("machine",), "x86", "machine: expected an object, found 'x86'"),
        ("bench.json", ("machine", "load"), [None], "machine.load[0]: expected a number"),
        ("fuzz.json", ("targets", 1, "status"), "ok", "targets[1].status: expected 'clean' or"),
        ("fuzz.json", ("targets", 1, "outcomes", "none"), "x", "targets[1].outcomes.none: "),
        ("fuzz.json", ("canary", "caught"), 1, "canary.caught: expected true or false, found 1"),
        ("boot-bitmap.json", ("verdict",), "maybe", "verdict: expected 'pass' or 'fail'"),
        ("boot-bitmap.json", ("trace", "equal"), None, "trace.equal: expected true or false"),
    ],
)
def test_a_field_that_holds_something_else_is_named(run, name, path, value, message):
    def edit(document):
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    run.change(name, edit)
    text = complaint(run)
    assert text.startswith(f"{run.folder / name}: ") and message in text


@pytest.mark.parametrize(
    "name, path",
    [
        ("bench.json", "command"),
        ("bench.json", "workloads"),
        ("bench.json", "cells.oracle"),
        ("fuzz.json", "canary"),
        ("fuzz.json", "targets.findings"),
        ("boot-bitmap.json", "tests"),
    ],
)
def test_a_missing_field_is_named(run, name, path):
    def edit(document):
        *parents, last = path.split(".")
        for parent in parents:
            document = document[parent][0]
        del document[last]

    run.change(name, edit)
    shown = path.replace(".", "[0].")
    assert f"{name}: {shown}: the field is missing" in complaint(run)


@pytest.mark.parametrize("field, value", [("smoke", 1), ("pinned_cpu", "0"), ("references", [{}])])
def test_a_field_that_may_be_absent_is_checked_when_it_is_there(run, field, value):
    run.change("bench.json", lambda document: document.update({field: value}))
    assert f"bench.json: {field}" in complaint(run)


def test_a_long_value_is_shown_in_short(run):
    run.change("bench.json", lambda document: document.update(command=["x" * 1000]))
    assert len(complaint(run)) < 250


def test_nothing_is_there_twice(run):
    run.change("bench.json", lambda document: document["cells"].append(document["cells"][0]))
    assert "bench.json: cells: 'bitmap under single_pair' is there twice" in complaint(run)


def test_a_cell_belongs_to_a_workload(run):
    run.change_cell("bitmap", "single_pair", workload="other")
    assert "the workload 'other' of 'bitmap' is not among the workloads" in complaint(run)


def test_an_empty_folder_and_none_at_all(tmp_path):
    with pytest.raises(ResultError, match="no results"):
        results.load(tmp_path)
    with pytest.raises(ResultError, match="no run folder"):
        results.load(tmp_path / "nowhere")


def test_a_run_of_which_only_the_steps_are_known_can_be_shown(run):
    header = json.loads((run.folder / "fuzz.json").read_text())
    steps = [{"name": "build", "seconds": 1.5, "failure": "building fuzz failed"}]
    document = {**header, "schema": "assay-steps", "steps": steps, "failures": ["build: it failed"]}
    (run.folder / "steps.json").write_text(json.dumps(document))
    loaded = run.remove("fuzz.json", "bench.json", "boot-bitmap.json").load()
    assert loaded.documents() == [loaded.steps] and loaded.designs() == []
