"""Importing: what reaches the importer, and what the user sees of a bad file."""

import argparse
import lzma

import pytest

from cli import build, paths, verb_import
from cli.errors import UsageError

# Shows what it was given; finds the third line of a bad trace wrong.
IMPORTER = """#!/bin/bash
echo "$1 -> $3 at $5: $(wc -l < "$1") lines"
grep -q bad "$1" && { echo "assay-import: $1:3: expected an event" >&2; exit 2; }
exit 0
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "BUILD", tmp_path)
    monkeypatch.setattr(build, "build", lambda *_: None)
    tool = paths.tool("release", "assay-import")
    tool.parent.mkdir(parents=True)
    tool.write_text(IMPORTER)
    tool.chmod(0o755)

    def import_file(name, content):
        (tmp_path / name).write_bytes(content)
        arguments = argparse.Namespace(file=str(tmp_path / name), output="o.opsb", occupancy=80)
        return verb_import.run(arguments)

    return import_file


@pytest.mark.parametrize("name, pack", [("t.txt", bytes), ("t.txt.xz", lzma.compress)])
def test_a_trace_reaches_the_importer_as_text(run, tmp_path, capfd, name, pack):
    assert run(name, pack(b"one\ntwo\n")) == 0
    assert capfd.readouterr().out == f"{tmp_path / name} -> o.opsb at 80: 2 lines\n"


@pytest.mark.parametrize("name, pack", [("t.txt", bytes), ("t.txt.xz", lzma.compress)])
def test_a_bad_trace_is_named_as_the_user_named_it(run, tmp_path, capfd, name, pack):
    assert run(name, pack(b"one\ntwo\nbad\n")) == 2
    assert capfd.readouterr().err == f"assay-import: {tmp_path / name}:3: expected an event\n"


@pytest.mark.parametrize("content", [b"no xz", lzma.compress(b"x" * 9999)[:-9]])
def test_a_damaged_package_is_one_line(run, content):
    with pytest.raises(UsageError, match=r"t\.txt\.xz: cannot be unpacked: "):
        run("t.txt.xz", content)


def test_a_missing_file_is_named_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(build, "build", lambda *_: pytest.fail("it built"))
    with pytest.raises(FileNotFoundError, match="nowhere.txt"):
        verb_import.run(argparse.Namespace(file="nowhere.txt", output="o", occupancy=90))
