"""Reading the kernel's log: what is there, and above all what is not."""

import re

import pytest

from cli.booting import ktap

SOURCE = "ab" * 32
GOOD = f"""KTAP version 1
1..3
# design bitmap source {SOURCE}
# image 118784 bytes, frames 256..284
ok 1 run_lists_add_up
# trace pgbench ops=299910 hash=0x1fcee272736120ba
# swarm seed=0x0000000000000001 frames=4096 sequences=87 ops=1005292 hash=0x68fe10c4fc9e31ea
ok 2 traces_pass_the_trial
ok 3 something_else # SKIP no module
"""


def test_a_complete_log_is_understood():
    log = ktap.parse(GOOD)
    assert ktap.find_gap(log) is None and log.failed() == [] and log.panic is None
    assert [test.name for test in log.tests][:2] == ["run_lists_add_up", "traces_pass_the_trial"]
    assert [test.skipped for test in log.tests] == [None, None, "no module"]
    assert (log.design, log.source_hash, log.image_bytes) == ("bitmap", SOURCE, 118784)
    assert log.swarm == ktap.Trace("swarm", 1005292, "68fe10c4fc9e31ea")
    assert log.traces == [ktap.Trace("pgbench", 299910, "1fcee272736120ba")]


def test_diagnostics_belong_to_the_test_behind_them():
    log = ktap.parse("KTAP version 1\n1..2\n# a\n# b\nnot ok 1 one\n# c\nok 2 two\n# d\n")
    assert [test.diagnostics for test in log.tests] == [["a", "b"], ["c"]]
    assert [test.name for test in log.failed()] == ["one"]


def test_facts_do_not_speak_against_a_test():
    facts = "# trace x ops=2\n# outcomes a=1\n# swarm b=1\n"
    log = ktap.parse(f"{facts}# C2: op 2 lost a frame\nnot ok 1 a\n")
    assert ktap.findings(log.tests[0]) == ["C2: op 2 lost a frame"]


@pytest.mark.parametrize(
    "text, gap",
    [
        ("", "no line 'KTAP version 1'"),
        ("garbage\n\0\n", "no line 'KTAP version 1'"),
        ("1..1\nok 1 a\n", "no line 'KTAP version 1'"),
        ("KTAP version 1\nok 1 a\n", "no plan"),
        ("KTAP version 1\n1..0\n", "promises no test"),
        (GOOD.rsplit("ok 3", 1)[0], "promises 3 tests, 2 reported"),
        (GOOD + "ok 4 one_too_many\n", "promises 3 tests, 4 reported"),
        (GOOD.replace("ok 2", "ok 1"), r"numbered \[1, 1, 3\]"),
        (GOOD.replace("ok 2 traces", "o"), "promises 3 tests, 2 reported"),
    ],
)
def test_what_is_missing_is_named(text, gap):
    found = ktap.find_gap(ktap.parse(text))
    assert found is not None and re.search(gap, found)


def test_a_panic_is_found_behind_a_broken_line():
    log = ktap.parse("KTAP version 1\n1..2\nok 1 a\nPANIC #PF page fault, write to 0x0\n")
    assert log.panic == "#PF page fault, write to 0x0"
    assert log.last_line == "PANIC #PF page fault, write to 0x0"


def test_the_backtrace_is_that_of_the_panic():
    lines = ["# backtrace 0xc0101000 0xc0102000", "# backtrace 0xc0103000"]
    log = ktap.parse("\n".join(["# backtrace 0x00000001", "PANIC a", *lines, "# backtrace ends"]))
    assert log.backtrace == [0xC0101000, 0xC0102000, 0xC0103000]
