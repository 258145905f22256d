"""What a target must be for OSS-Fuzz: each thing that can be wrong with it is named."""

import re
import zipfile

import pytest

from cli import paths
from cli.checks import oss_fuzz
from cli.checks.check import FAILED, PASSED
from cli.fuzzing import campaign, target
from cli.programs import Finished

LIMITS = oss_fuzz.CALLS["address"]
ASAN = "  4a3b50:\te8 00 00 00 00\tcall   4a3b50 <__asan_report_load4>\n"
UBSAN = ASAN.replace("asan_report_load4", "ubsan_handle_add_overflow")


def test_calls_of_the_runtime_are_counted():
    assert oss_fuzz.problems_of_calls(ASAN * 1000, LIMITS) == []
    (problem,) = oss_fuzz.problems_of_calls(ASAN * 999, LIMITS)
    assert problem == "999 calls of asan, fewer than 1,000"
    (problem,) = oss_fuzz.problems_of_calls(ASAN * 1000 + UBSAN * 201, LIMITS)
    assert problem == "201 calls of ubsan, more than 200"
    assert oss_fuzz.problems_of_calls(UBSAN * 168, oss_fuzz.CALLS["undefined"]) == []
    assert len(oss_fuzz.problems_of_calls(ASAN, oss_fuzz.CALLS["undefined"])) == 2


@pytest.mark.parametrize(
    "needed, problems",
    [
        (["libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"], 0),
        (["libc.so.6", "libc++.so.1"], 1),
        (["libfmt.so.9", "libboost_container.so.1"], 2),
        ([], 1),
    ],
)
def test_only_the_system_s_libraries_may_be_needed(needed, problems):
    headers = "Dynamic Section:\n" + "".join(f"  NEEDED               {name}\n" for name in needed)
    assert len(oss_fuzz.problems_of_libraries(headers)) == problems


STARTED = (
    "INFO: Loaded 1 modules   (1234 inline 8-bit counters): 1234 [0x5, 0x6),\n"
    "Done 4 runs in 0 second(s)\n"
)


@pytest.mark.parametrize(
    "code, stderr, problem",
    [
        (0, STARTED, None),
        (0, STARTED.replace("1234", "99"), "99 edges are traced, fewer than 100"),
        (0, "Done 4 runs", "no edges are traced"),
        (0, STARTED + "ERROR: no interesting inputs were found", "no input covers anything"),
        (77, STARTED, "it does not come to the end of 4 runs"),
        (0, STARTED.replace("Done 4", "Done 2"), "it does not come to the end of 4 runs"),
    ],
)
def test_it_must_start_and_be_traced(code, stderr, problem):
    problems = oss_fuzz.problems_of_start(Finished(code, "", stderr))
    assert len(problems) == (1 if problem else 0)
    assert not problem or problems[0].startswith(problem)


@pytest.fixture
def out(tmp_path):
    """What build.sh leaves, of one target that counts as `outcomes` beside it says."""
    script = """#!/bin/bash
for argument; do case "$argument" in -runs=*) runs="${argument#*=}" ;; esac; done
[ ! -e "$0.died-$runs" ] || { echo "it died" >&2; exit 77; }
echo '{"executions": '$((runs + 1))', "outcomes": {"freed": '$(cat "$0.freed-$runs")'}}' \\
  > "$ASSAY_STATS"
echo "Executed ${!#} in 1 ms" >&2
"""
    (tmp_path / "fuzz-bitmap").write_text(script)
    (tmp_path / "fuzz-bitmap").chmod(0o755)
    (tmp_path / "fuzz-bitmap.options").write_text("[libfuzzer]\nlen_control = 0\ntimeout = 10\n")
    with zipfile.ZipFile(tmp_path / "fuzz-bitmap_seed_corpus.zip", "w") as archive:
        archive.writestr("seed.opsb", "bytes")
    return tmp_path


def repeat(out, once, often):
    (out / "fuzz-bitmap.freed-1").write_text(str(once))
    (out / "fuzz-bitmap.freed-100").write_text(str(often))
    seeds = oss_fuzz.unpack_seeds(out / "fuzz-bitmap_seed_corpus.zip", out / "seeds")
    return oss_fuzz.problems_of_repeating(out / "fuzz-bitmap", list(seeds.iterdir()), out)


def test_a_hundred_times_the_same_must_come_of_an_input(out):
    assert repeat(out, 6, 303) == []


def test_an_input_that_ends_in_two_ways_is_told(out):
    (problem,) = repeat(out, 6, 302)
    assert problem.startswith("100 times seed.opsb are not what one is: freed")


def test_an_input_that_kills_it_at_last_is_told(out):
    (out / "fuzz-bitmap.died-100").touch()
    assert repeat(out, 6, 303) == ["100 times seed.opsb: it died"]


def test_options_and_dictionary_become_flags(out):
    flags = ["-len_control=0", "-timeout=10"]
    assert oss_fuzz.flags_of(out, "fuzz-bitmap") == flags
    (out / "fuzz-bitmap.dict").touch()
    assert oss_fuzz.flags_of(out, "fuzz-bitmap") == [*flags, f"-dict={out}/fuzz-bitmap.dict"]


def test_all_targets_must_be_there_with_what_belongs_to_them(out):
    assert oss_fuzz.problems_of_output(out, {"fuzz-bitmap"}) == []
    (out / "fuzz-bitmap_seed_corpus.zip").unlink()
    (out / "fuzz-bitmap.options").unlink()
    assert oss_fuzz.problems_of_output(out, {"fuzz-bitmap", "fuzz-text"}) == [
        "fuzz-text was not built",
        "fuzz-bitmap has no .options",
        "fuzz-bitmap has no seed corpus",
    ]
    (problem,) = oss_fuzz.problems_of_output(out, set())
    assert problem == "fuzz-bitmap is no target of `./assay fuzz`"


def test_seed_corpora_must_stay_small(out):
    (out / "fuzz-bitmap_seed_corpus.zip").write_bytes(bytes(oss_fuzz.SEEDS_LIMIT + 1))
    (problem,) = oss_fuzz.problems_of_output(out, {"fuzz-bitmap"})
    assert "1,048,577 bytes" in problem


BUILD = """#!/bin/bash
echo "$SANITIZER $LIB_FUZZING_ENGINE $CXXFLAGS" >&2
echo "a.cc:1: error: no such thing"
exit $(cat "$SRC/assay/code")
"""


@pytest.mark.parametrize("code, outcome", [(0, PASSED), (2, FAILED)])
def test_build_sh_runs_under_the_image_s_flags(tree, monkeypatch, code, outcome):
    (tree.root / ".clusterfuzzlite").mkdir()
    (tree.root / ".clusterfuzzlite" / "build.sh").write_text(BUILD)
    (tree.root / "code").write_text(str(code))
    monkeypatch.setattr(campaign, "names", lambda: [])
    monkeypatch.setattr(oss_fuzz, "problems_of_output", lambda *_: [])
    monkeypatch.setattr(oss_fuzz, "from_problems", lambda name, *_: oss_fuzz.Check(name, PASSED))
    (check,) = oss_fuzz.check_sanitizer("undefined")
    assert check.outcome == outcome
    if outcome == FAILED:
        log = (tree.root / "build" / "oss-fuzz-undefined" / "build.log").read_text()
        assert re.search("undefined -fsanitize=fuzzer .*-O1 .*-fsanitize=array-bounds.*libc", log)
        assert "a.cc:1: error: no such thing" in check.detail


def test_build_sh_sets_the_options_of_our_own_runs():
    text = (paths.ROOT / ".clusterfuzzlite" / "build.sh").read_text()
    options = dict(re.findall(r"^(\w+) = (\S+)$", text, re.MULTILINE))
    ours = dict(re.match(r"-(\w+)=(\d+)", flag).groups() for flag in target.FLAGS)
    del ours["print_final_stats"]  # for us
    assert options.pop("max_len") == "$length" and f"length={ours.pop('max_len')}\n" in text
    assert options == ours
