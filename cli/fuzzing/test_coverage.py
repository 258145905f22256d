"""`./assay fuzz --coverage` with pretended targets and a pretended LLVM."""

import argparse
import hashlib
import json

import pytest

from cli import build, designs, machine, paths, verb_fuzz
from cli.errors import FailedError, UsageError
from cli.fuzzing import campaign, coverage

# Lives through every input but those with `kill` in them.
TARGET = """#!/bin/bash
for argument; do case "$argument" in -artifact_prefix=*) prefix="${argument#*=}" ;; esac; done
for input in "${!#}"/*; do
  if grep -q kill "$input" || [ -e "$0.broken" ]; then
    artifact="${prefix}crash-$(sha1sum < "$input" | cut -c 1-40)"
    [ -e "$0.broken" ] && echo other > "$artifact" || cp "$input" "$artifact"
    echo "ASSAY-VERDICT bitmap-C5-free C5: op 2 'free a': released" >&2
    echo "artifact_prefix='$prefix'; Test unit written to $artifact" >&2; exit 77
  fi
  cat "$input" >> "$0.ran"
done
touch "$LLVM_PROFILE_FILE"
"""
PROFDATA = """#!/bin/bash
echo "$@" >> "$0.log"
[ ! -e "$0.broken" ] || { echo "error: no such profile" >&2; exit 1; }
touch "${!#}"
"""
COV = """#!/bin/bash
echo "$@" >> "$0.log"
[ "$1" = show ] || cat "$0.lcov"
"""
LCOV = """SF:{root}/oracle/model.h
DA:7,0
BRF:0
BRH:0
LF:1
LH:0
end_of_record
SF:{root}/impls/bitmap/bitmap.cc
DA:3,1
DA:4,0
DA:5,0
DA:9,0
BRF:4
BRH:3
LF:8
LH:5
end_of_record
SF:{root}/impls/buddy/buddy.cc
DA:3,0
BRF:0
BRH:0
LF:1
LH:0
end_of_record
SF:{root}/impls/designs.h
BRF:0
BRH:0
LF:0
LH:0
end_of_record
SF:{root}/impls/frame.h
DA:1,1
BRF:0
BRH:0
LF:1
LH:1
end_of_record
"""


@pytest.fixture
def llvm(tree, monkeypatch):
    """The tools on the PATH; `llvm.cov` and `llvm.profdata` are their logs."""
    tools = tree.root / "tools"
    for folder, name, text in (
        (tools, coverage.PROFDATA, PROFDATA),
        (tools, coverage.COV, COV),
        (paths.build_dir("coverage") / "bin", "fuzz-bitmap", TARGET),
        (paths.build_dir("coverage") / "bin", "fuzz-paging", TARGET),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (tools / f"{coverage.COV}.lcov").write_text(LCOV.format(root=tree.root))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(build, "build", lambda *_: None)
    monkeypatch.setattr(designs, "names", lambda: ["bitmap"])
    monkeypatch.setattr(designs, "settings", lambda: [])
    monkeypatch.setattr(campaign, "BESIDE", ("paging",))
    seed = tree.root / "fuzz" / "corpus" / "small.ops"
    seed.parent.mkdir(parents=True)
    seed.write_text("assay-ops 1\n")
    return tools


@pytest.fixture
def show(llvm, capsys):
    def show(*names, as_json=False, **changed):
        options = {"targets": names, "seconds": 60, "jobs": machine.usable_cores(), "seed": None}
        options |= {"engine": "libfuzzer", "frames": 256, "disk": campaign.DISK_LIMIT}
        options |= {"resume": False, "json": as_json, "coverage": True} | changed
        code = verb_fuzz.run(argparse.Namespace(**options, command="./assay fuzz --coverage"))
        document = json.loads((paths.RUNS / "latest" / "coverage.json").read_text())
        return code, document, capsys.readouterr().out

    return show


def add_input(tree, name, text):
    sha1 = hashlib.sha1(text.encode()).hexdigest()
    (tree.corpus(name) / sha1).write_text(text)
    return sha1


def test_corpus_and_seeds_are_run_and_the_table_is_of_the_designs(show, tree, llvm):
    add_input(tree, "bitmap", "one\n")
    code, document, shown = show("bitmap")
    ran = (paths.tool("coverage", "fuzz-bitmap").with_suffix(".ran")).read_text()
    assert code == 0 and "one" in ran and "assay-ops 1" in ran
    assert "bitmap: 1 inputs, 1 seeds" in shown
    assert "impls/bitmap/bitmap.cc      8       62.5         4     75.0" in shown
    assert "bitmap: bitmap.cc 4-5, 9" in shown and "interface: nothing" in shown
    assert "buddy: buddy.cc as a whole" in shown and "designs.h" not in shown
    assert "oracle/" not in shown and document["files"][-1]["file"] == "oracle/model.h"
    folder = (paths.RUNS / "latest").resolve()
    assert f"every line: runs/{folder.name}/html/index.html" in shown
    assert not (folder / "work").exists() and (folder / "run.json").exists()
    log = (llvm / f"{coverage.COV}.log").read_text()
    assert f"{tree.root}/impls {tree.root}/oracle" in log and "_test" in log


def test_an_empty_corpus_is_said_and_one_without_seeds_is_not_run(show, tree, llvm):
    code, _, shown = show()
    assert code == 0
    assert "bitmap: no corpus yet, 1 seeds" in shown
    assert "paging: no corpus yet and no seeds; it was not run" in shown
    assert "paging" not in (llvm / f"{coverage.PROFDATA}.log").read_text()
    with pytest.raises(UsageError, match="paging: no corpus yet"):
        show("paging")


def test_inputs_that_kill_are_left_out_and_named(show, tree):
    killers = {add_input(tree, "bitmap", text) for text in ("kill 1\n", "kill 2\n")}
    add_input(tree, "bitmap", "one\n")
    code, document, shown = show("bitmap")
    assert code == 1
    for killer in killers:
        line = f"bitmap: left out runs/corpus/bitmap/{killer}: C5: op 2 'free a': released"
        assert line in shown
        assert (tree.corpus("bitmap") / killer).exists()
    assert len(document["targets"][0]["skipped"]) == 2


def test_a_target_that_dies_of_itself_is_an_error_and_leaves_nothing_behind(show, tree):
    paths.tool("coverage", "fuzz-bitmap").with_suffix(".broken").touch()
    with pytest.raises(FailedError, match="fuzz-bitmap dies without an input"):
        show("bitmap")
    assert not list(paths.RUNS.glob("*-coverage"))


def test_a_tool_that_fails_is_named(show, llvm):
    (llvm / f"{coverage.PROFDATA}.broken").touch()
    with pytest.raises(FailedError, match="llvm-profdata-19 merge: error: no such profile"):
        show("bitmap")


def test_too_many_that_kill_end_it(show, tree, monkeypatch):
    monkeypatch.setattr(coverage, "MAX_DEATHS", 2)
    for number in range(3):
        add_input(tree, "bitmap", f"kill {number}\n")
    with pytest.raises(FailedError, match="bitmap: more than 2 inputs kill it"):
        show("bitmap")


@pytest.mark.parametrize(
    "flag, changed",
    [
        ("--for", {"seconds": 90}),
        ("--jobs", {"jobs": 1000}),
        ("--seed", {"seed": 5}),
        ("--engine", {"engine": "swarm"}),
        ("--disk", {"disk": 1}),
        ("--resume", {"resume": True}),
    ],
)
def test_what_says_how_to_fuzz_makes_no_sense_with_it(show, flag, changed):
    with pytest.raises(UsageError, match=f"leave out {flag}"):
        show("bitmap", **changed)


def test_an_unknown_target_is_named(show):
    with pytest.raises(UsageError, match="no design 'bitmp'; did you mean 'bitmap'"):
        show("bitmp")


def test_as_json_it_is_one_document(show):
    _, document, shown = show("bitmap", as_json=True)
    assert json.loads(shown)["files"] == document["files"]


def test_lines_in_a_row_are_one_range():
    assert coverage.ranges([]) == ""
    assert coverage.ranges([3, 4, 5, 9, 11, 12]) == "3-5, 9, 11-12"
