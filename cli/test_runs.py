"""Run folders and whole-file writes: nothing is reused, overwritten or left half-written."""

import errno
import json
import os

import pytest

from cli import files, paths, runs
from cli.errors import UsageError


@pytest.fixture(autouse=True)
def empty_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")


def test_two_runs_within_a_second_get_two_folders():
    first, second = runs.RunFolder.create("fuzz"), runs.RunFolder.create("fuzz")
    assert first.path != second.path and first.path.is_dir() and second.path.is_dir()


def test_a_result_carries_the_header():
    folder = runs.RunFolder.create("fuzz", seed=7, command="./assay fuzz")
    path = folder.write_json("fuzz.json", {"schema": "assay-fuzz", "seconds": 1.5})
    document = json.loads(path.read_text())
    assert document["schema"] == "assay-fuzz" and document["schema_version"] == 1
    assert document["seed"] == 7 and document["command"] == "./assay fuzz"
    assert document["seconds"] == 1.5
    assert document["machine"]["cores"] >= 1 and document["machine"]["memory_bytes"] > 2**20
    assert {"started", "commit", "dirty", "compiler"} <= document.keys()


def test_newest_sees_finished_runs_that_have_the_file():
    assert runs.newest("bench.json") is None
    old, new, other, open_one = (runs.RunFolder.create("bench") for _ in range(4))
    for folder in (old, new, open_one):
        folder.write_json("bench.json", {"schema": "assay-bench"})
    for folder in (old, new, other):
        folder.finish()
    assert runs.newest("bench.json") == new.path
    assert (paths.RUNS / "latest").resolve() == other.path.resolve()


def test_a_full_disk_leaves_nothing_under_the_final_name(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "result").write_text("before")
    monkeypatch.setattr(files.os, "fchmod", full)
    with pytest.raises(OSError) as caught:
        files.write_text(tmp_path / "result", "after")
    assert caught.value.filename == str(tmp_path / "result")
    assert (tmp_path / "result").read_text() == "before"
    assert os.listdir(tmp_path) == ["result"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_damaged_result_is_one_line_that_names_the_file(tmp_path, content):
    (tmp_path / "bench.json").write_bytes(content)
    with pytest.raises(UsageError, match="bench.json: no "):
        runs.read_json(tmp_path / "bench.json")
