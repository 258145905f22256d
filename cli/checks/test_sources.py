"""The checks of the sources, each fed with something bad that it must name and something good."""

import pytest

from cli import paths
from cli.checks import include_table, links, sizes, words


@pytest.fixture
def tree(tmp_path):
    def add(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path

    return add


@pytest.mark.parametrize(
    "name, include, problem",
    [
        ("impls/a/a.h", '"oracle/model.h"', 'impls/ must not include oracle/: "oracle/model.h"'),
        ("impls/a/a_test.cc", '"oracle/model.h"', "impls/ must not include oracle/"),
        ("impls/a/a.cc", "<vector>", "impls/ is freestanding and must not include <vector>"),
        ("impls/a/a.cc", '"a.h"', "\"a.h\" is not named from the repository's root"),
        ("oracle/model.cc", '"oracle/host/file.h"', "oracle/ must not include oracle/host/"),
        ("oracle/trial.h", '"fuzz/edit.h"', "oracle/ must not include fuzz/"),
        ("oracle/operations/b.cc", "<cstdio>", "oracle/ is freestanding"),
        ("kernel-shim/a.cc", '"oracle/host/file.h"', "kernel-shim/ must not include oracle/host/"),
        ("kernel-shim/main.cc", '"bench/a.h"', "kernel-shim/ must not include bench/"),
        ("bench/a.cc", '"fuzz/edit.h"', "bench/ must not include fuzz/"),
        ("fuzz/a.cc", '"bench/a.h"', "fuzz/ must not include bench/"),
        ("other/a.cc", "<span>", "is in no room of the include table"),
    ],
)
def test_an_include_that_the_table_forbids_is_named(tree, name, include, problem):
    problems, _ = include_table.find_problems(tree(name, f"#pragma once\n#include {include}\n"))
    assert len(problems) == 1 and problem in problems[0] and problems[0].startswith(name)


@pytest.mark.parametrize(
    "name, include",
    [
        ("impls/a/a.cc", '"impls/a/a.h"'),
        ("impls/a/a.cc", "<span>"),
        ("impls/a/a_test.cc", "<gtest/gtest.h>"),
        ("oracle/trial.h", '"impls/allocator.h"'),
        ("oracle/model_test.cc", '"oracle/host/file.h"'),
        ("oracle/host/a.cc", '"oracle/zoo/zoo.h"'),
        ("fuzz/a.cc", '"oracle/host/file.h"'),
        ("bench/a.cc", "<benchmark/benchmark.h>"),
        ("kernel-shim/main.cc", '"oracle/trial.h"'),
    ],
)
def test_an_include_that_the_table_allows_passes(tree, name, include):
    assert include_table.find_problems(tree(name, f"#include {include}\n")) == ([], 1)


@pytest.mark.parametrize(
    "include, problem",
    [
        ("<stdio.h>", "C has no library here and must not include <stdio.h>"),
        ('"oracle/model.h"', '"oracle/model.h" is not beside it'),
        ('"../b/b.h"', None),
        ('"a.h"', None),
        ('"assay_plugin.h"', None),
        ("<stdint.h>", None),
    ],
)
def test_c_names_what_lies_beside_it(tree, include, problem):
    for header in ("assay_plugin.h", "a/a.h", "b/b.h"):
        tree(f"impls/plugin/{header}", "#ifndef H\n")
    root = tree("impls/plugin/a/a.c", f"#include {include}\n")
    expected = [f"impls/plugin/a/a.c:1: {problem}"] if problem else []
    assert include_table.find_problems(root) == (expected, 4)


def test_long_lines_files_and_functions_are_named(tree):
    tree("impls/a.h", "x" * 101 + "\n" + "x" * 100 + "\n" + "é" * 100 + "\n")
    tree("fuzz/long.cc", "//\n" * 801)
    tree("fuzz/excused.cc", f"// {sizes.EXCUSE} it is a table\n" + "//\n" * 801)
    root = tree("cli/f.py", "def short():\n" + "    pass\n" * 69 + "def f():\n" + "    pass\n" * 70)
    problems, looked_at = sizes.find_problems(root)
    assert problems == [
        "cli/f.py:71: f has 71 lines, 70 are allowed",
        "fuzz/long.cc: has 801 lines; 800 are allowed without a reason on line one "
        "('over 800 lines since ...')",
        "impls/a.h:1: has 101 columns, 100 are allowed",
    ]
    assert looked_at == 4


@pytest.mark.parametrize(
    "name, line, bad",
    [
        ("fuzz/a.cc", "// FIXME later", "FIXME"),
        ("fuzz/a.cc", "// TODO later", "TODO carries an issue"),
        ("fuzz/a.cc", "// TODO(#12): later", None),
        ("fuzz/a.cc", "// TODO(2026-11-30): later", None),
        ("docs/a.md", "see /home/somebody/assay", "a path of one machine"),
        ("docs/a.md", "build in /root/x", "a path of one machine"),
        ("docs/a.md", "../home/x and $TOP/home/x are fine", None),
        ("cli/a.py", "<<<<<<< mine", "conflict"),
        ("cli/a.py", "x = 1 ", "white space"),
        ("impls/a.h", "// the next chunk of frames", "'chunk' is another word"),
        ("kernel-shim/a.cc", "// the code segment", None),
    ],
)
def test_text_that_must_not_be_in_the_project_is_named(tree, name, line, bad):
    problems, looked_at = words.find_problems(tree(name, f"fine\n{line}\n"))
    assert looked_at == 1 and len(problems) == (bad is not None)
    assert bad is None or (problems[0].startswith(f"{name}:2: ") and bad in problems[0])


def test_a_last_line_without_an_end_is_named(tree):
    assert words.find_problems(tree("a.md", "x"))[0] == ["a.md: the last line does not end"]


def test_a_python_file_without_a_docstring_is_named(tree):
    tree("cli/good.py", '"""Does it."""\n')
    problems, looked_at = words.find_missing_docstrings(tree("cli/bad.py", "x = 1\n"))
    assert problems == ["cli/bad.py: says nowhere what it does"] and looked_at == 2


PAGE = """\
# The title, *with* a mark
[web](https://example.org/gone) [good](other.md#the-second-part) [self](#the-title-with-a-mark)
![picture](missing.svg)
[bad heading](other.md#third)
```
[not a link](nowhere.md)
```
[folder](docs/)
"""


def test_a_dead_link_is_named(tree):
    tree("other.md", "# One\n## The second part\n")
    problems, looked_at = links.find_dead_links(tree("page.md", PAGE))
    assert problems == [
        "page.md:3: 'missing.svg' leads nowhere: there is no missing.svg",
        "page.md:4: 'other.md#third' leads nowhere: other.md has no heading 'third'",
        "page.md:8: 'docs/' leads nowhere: there is no docs/",
    ]
    assert looked_at == 5


def test_a_dead_cxx_file_is_named(tree):
    tree("impls/CMakeLists.txt", "add_library(a a.cc)\nassay_test(a_test)\n")
    tree("impls/a.cc", '#include "impls/a.h"\n')
    tree("impls/a.h", '#include "impls/a.h"\n')
    tree("impls/a_test.cc", "")
    tree("impls/dead.cc", "")
    problems, looked_at = links.find_dead_files(tree("impls/dead.h", ""))
    assert problems == [f"impls/dead.{end}: nothing builds or includes it" for end in ("cc", "h")]
    assert looked_at == 5


def test_a_dead_c_file_is_named(tree):
    tree("impls/plugin/stubs/CMakeLists.txt", "add_library(stubs MODULE used.c)\n")
    tree("impls/plugin/assay_plugin.h", "")
    tree("impls/plugin/stubs/used.c", '#include "used.h"\n')
    tree("impls/plugin/stubs/used.h", '#include "../assay_plugin.h"\n')
    tree("impls/plugin/stubs/dead.c", "")
    tree("impls/plugin/stubs/dead.h", "")
    tree("impls/plugin/examples/a/adapter.c", "")
    problems, looked_at = links.find_dead_files(tree("impls/plugin/examples/a/pmm.c", ""))
    assert problems == [
        f"impls/plugin/stubs/dead.{end}: nothing builds or includes it" for end in ("c", "h")
    ]
    assert looked_at == 7


def test_the_rooms_of_the_table_are_the_project_s():
    rooms = {room.split("/")[0] for room in include_table.MAY_INCLUDE}
    assert all((paths.ROOT / room).is_dir() for room in rooms)
