"""clang-format and clang-tidy, with the project's own settings, against bad code."""

import json
import shutil

import pytest

from cli import paths
from cli.checks import tidy
from cli.checks.check import FAILED, PASSED


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A project of one file, impls/a.cc."""
    shutil.copy(paths.ROOT / ".clang-tidy", tmp_path)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    (tmp_path / "impls").mkdir()
    source = {"directory": str(tmp_path), "file": "impls/a.cc"}
    commands = [source | {"command": "clang++-19 -std=c++23 -c impls/a.cc"}]
    (tmp_path / "compile_commands.json").write_text(json.dumps(commands))
    return tmp_path


def test_clang_format_names_a_badly_formatted_file(tmp_path):
    (tmp_path / "a.cc").write_text("int  main( ) {return 0;}\n")
    check = tidy.check_format([tmp_path / "a.cc"])
    assert check.outcome == FAILED and "a.cc: " in check.detail
    (tmp_path / "a.cc").write_text("int main() { return 0; }\n")
    assert tidy.check_format([tmp_path / "a.cc"]).outcome == PASSED


LONG_FUNCTION = "int f(int x) {\n" + "  x += 1;\n" * 71 + "  return x;\n}\n"


@pytest.mark.parametrize(
    "source, finding",
    [
        ("int half(int x) { return x > 1 ? x / 2 : x / 2; }\n", "bugprone-branch-clone"),
        (LONG_FUNCTION, "readability-function-size"),
        ("int half(int x) { return x / 2; }\n", None),
    ],
)
def test_clang_tidy_names_what_it_finds(tree, source, finding):
    (tree / "impls" / "a.cc").write_text(source)
    check = tidy.check_tidy("tidy", tree, ("impls",))
    assert check.outcome == (FAILED if finding else PASSED)
    assert finding is None or finding in check.detail


def test_a_build_that_compiles_nothing_of_the_rooms_has_failed(tree):
    assert tidy.check_tidy("tidy", tree, ("oracle",)).outcome == FAILED
