"""Reading libFuzzer's stderr. The texts are what clang 19's libFuzzer and sanitizers print."""

from pathlib import Path

import pytest

from cli.fuzzing.output import executions_so_far, read_output, safe_name

CLEAN = """\
INFO: Seed: 1585857902
#2\tINITED cov: 6 ft: 7 corp: 1/1b exec/s: 0 rss: 31Mb
#40\tNEW    cov: 9 ft: 10 corp: 2/4b lim: 4 exec/s: 0 rss: 32Mb L: 3/3 MS: 3 ChangeByte-
#65536\tpulse  cov: 14 ft: 15 corp: 7/21b lim: 63 exec/s: 0 rss: 32Mb
#70001\tDONE   cov: 14 ft: 15 corp: 7/21b lim: 63 exec/s: 0 rss: 32Mb
Done 70001 runs in 1 second(s)
stat::number_of_executed_units: 70001
"""
DIED = """\
#2\tINITED cov: 6 ft: 7 corp: 1/1b exec/s: 0 rss: 31Mb
{}
MS: 3 InsertByte-; base unit: aff6dd56c99872e23423a46fb34c73f0efb67a93
artifact_prefix='a/'; Test unit written to a/crash-57df79b2
stat::number_of_executed_units: 7156
"""
OWN = """\
ASSAY-VERDICT bitmap/C5/free+inner/released C5: op 2 'free a+1': released 3
==5743== ERROR: libFuzzer: deadly signal
    #7 0x55a0ddb9d2b5 in LLVMFuzzerTestOneInput fuzz/target.cc:8:107
SUMMARY: libFuzzer: deadly signal"""
ASAN = """\
==1==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014
WRITE of size 1 at 0x602000000014 thread T0
    #0 0x5573f in __asan_memset asan/interceptors.cpp:26:3
    #1 0x5574a in assay::Bitmap<64u>::free(assay::Pfn) impls/bitmap/bitmap.cc:12:3
SUMMARY: AddressSanitizer: heap-buffer-overflow impls/bitmap/bitmap.cc:12:3 in __asan_memset"""
UBSAN = """\
/src/assay/impls/bitmap/bitmap.cc:9:64: runtime error: shift exponent 64 is too large
SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior /src/assay/impls/bitmap/bitmap.cc:9:64"""
TIMEOUT = "==5750== ERROR: libFuzzer: timeout after 3 seconds\nSUMMARY: libFuzzer: timeout"


def test_a_clean_run_gives_its_counters_and_no_verdict():
    output = read_output(CLEAN, "bitmap")
    assert (output.executions, output.coverage_edges, output.corpus_entries) == (70001, 14, 7)
    assert output.artifact is None and output.verdict is None


@pytest.mark.parametrize(
    "stderr, key, clause, text",
    [
        (
            OWN,
            "bitmap-C5-free-inner-released",
            "C5",
            "C5: op 2 'free a+1': released 3",
        ),
        (
            ASAN,
            "bitmap-heap-buffer-overflow-Bitmap-64u-free",
            "C9",
            "C9: AddressSanitizer: heap-buffer-overflow in Bitmap<64u>::free",
        ),
        (
            UBSAN,
            "bitmap-undefined-behavior-bitmap.cc-9",
            None,
            "UndefinedBehaviorSanitizer: bitmap.cc:9: shift exponent 64 is too large",
        ),
        (TIMEOUT, "bitmap-C12-timeout", "C12", "C12: an operation did not return in time"),
        ("", "bitmap-died-unknown", None, "libFuzzer: died in unknown"),
    ],
)
def test_a_death_has_a_key_a_clause_and_a_text(stderr, key, clause, text):
    output = read_output(DIED.format(stderr), "bitmap")
    assert output.artifact == Path("a/crash-57df79b2")
    assert (output.verdict.key, output.verdict.clause, output.verdict.text) == (key, clause, text)
    assert output.executions == 7156


def test_a_slow_input_killed_nobody():
    slow = DIED.format("Slowest unit: 11 s").replace("crash-57df79b2", "slow-unit-57df79b2")
    assert read_output(slow, "bitmap").artifact is None


def test_the_progress_is_the_last_status_line():
    assert executions_so_far(CLEAN[: CLEAN.index("#70001")]) == 65536
    assert executions_so_far("") == 0


def test_a_key_is_always_a_plain_file_name():
    assert safe_name("../../etc/x y") == "etc-x-y"
    assert safe_name("///") == "unnamed"
