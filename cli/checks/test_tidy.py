"""clang-format and clang-tidy, with the project's own settings, against bad code."""

import json
import shutil

import pytest

from cli import paths, programs
from cli.checks import tidy
from cli.checks.check import FAILED, PASSED
from cli.checks.tidy_units import make_units


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


HELPER = """#include <cstdint>
namespace assay {{
namespace {{
{helper} helper() {{ return 1; }}
}}  // namespace
int use_{name}(int x);
int use_{name}(int x) {{ return x > 1 ? x / {part} : x / 2 + static_cast<int>(helper()); }}
}}  // namespace assay
"""


def add_sources(tree, names, flags="") -> None:
    """Sources beside each other whose helpers have one name."""
    commands = []
    for name in names:
        text = HELPER.format(name=name, helper="std::int64_t", part=3)
        (tree / "impls" / f"{name}.cc").write_text(text)
        command = f"clang++-19 -std=c++23 {flags} -o {name}.o -c impls/{name}.cc"
        source = {"directory": str(tree), "file": f"impls/{name}.cc"}
        commands.append(source | {"command": command})
    (tree / "compile_commands.json").write_text(json.dumps(commands))


def worsen(tree, name) -> None:
    path = tree / "impls" / f"{name}.cc"
    text = path.read_text().replace("x / 3 : x / 2 + static_cast<int>(helper())", "x / 2 : x / 2")
    path.write_text(text)


@pytest.fixture
def commands(monkeypatch):
    """What clang-tidy was asked for."""
    seen, run = [], programs.capture

    def capture(command, **options):
        seen.append([str(word) for word in command])
        return run(command, **options)

    monkeypatch.setattr(programs, "capture", capture)
    return seen


def test_tests_are_read_together_though_their_helpers_have_one_name(tree, commands):
    add_sources(tree, ["a_test", "b_test", "c_test"])
    assert tidy.check_tidy("tidy", tree, ("impls",)).outcome == PASSED
    assert len(commands) == 1
    worsen(tree, "b_test")
    check = tidy.check_tidy("tidy", tree, ("impls",))
    assert check.outcome == FAILED and check.detail.startswith("impls/b_test.cc:7:")
    assert "bugprone-branch-clone" in check.detail and len(commands) == 2


def test_what_does_not_compile_together_is_read_one_by_one(tree, commands):
    add_sources(tree, ["a", "b"])
    worsen(tree, "b")
    check = tidy.check_tidy("tidy", tree, ("impls",))
    assert check.detail.startswith("impls/b.cc:7:") and "redefinition" not in check.detail
    assert len(commands) == 3 and not list(tree.glob("*.cc")), "nothing is left behind"


def test_a_unit_has_the_flags_of_its_sources(tree):
    add_sources(tree, ["a", "b"], "-DX=1 -I .")
    first, *others = make_units(tree, tidy.compiled_files(tree, ("impls",)))
    assert others == [] and [file.name for file in first.files] == ["a.cc", "b.cc"]
    assert first.flags == ("-std=c++23", "-DX=1", "-I", ".")


def test_a_source_is_read_with_its_own_includes_alone(tree):
    """A header that is compiled ahead would hide one that a source does not include."""
    (tree / "ahead.h").write_text("int ahead();\n")
    compiler = ["clang++-19", "-std=c++23", "-x", "c++-header", tree / "ahead.h"]
    assert programs.capture([*compiler, "-o", tree / "ahead.pch"]).ok
    words = f"-include-pch {tree}/ahead.pch -include {tree}/ahead.h".split()
    add_sources(tree, ["a"], " ".join(["-Winvalid-pch", *(f"-Xclang {word}" for word in words)]))
    assert tidy.check_tidy("tidy", tree, ("impls",)).outcome == PASSED
    (tree / "impls" / "a.cc").write_text("int behind();\nint behind() { return ahead(); }\n")
    check = tidy.check_tidy("tidy", tree, ("impls",))
    assert check.outcome == FAILED and "'ahead'" in check.detail


def test_a_build_that_compiles_nothing_of_the_rooms_has_failed(tree):
    assert tidy.check_tidy("tidy", tree, ("oracle",)).outcome == FAILED
