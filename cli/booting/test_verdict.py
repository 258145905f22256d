"""The verdict on a boot: log, panic and exit code must agree; each failure has its own words."""

import pytest

from cli.booting import ktap, verdict
from cli.booting.qemu import Boot

PASSED = "KTAP version 1\n1..2\nok 1 a\nok 2 b\n"
FAILED = "KTAP version 1\n1..2\n# why\nnot ok 1 a\nok 2 b\n"
HALF = "KTAP version 1\n1..2\nok 1 a\n"


def failure(serial, code, *, timed_out=False, stderr=""):
    boot = Boot(code, serial, stderr, timed_out, 1.0)
    return verdict.find_failure(boot, ktap.parse(serial), 60)


def test_all_three_together_pass():
    assert failure(PASSED, 33) is None


@pytest.mark.parametrize(
    "serial, code, words",
    [
        (PASSED, 35, "by the log every test passed, but by the exit code 35 a test failed"),
        (PASSED, 37, "by the log every test passed, but by the exit code 37 the shell was left"),
        (PASSED, 0, "triple fault"),
        (PASSED, 99, "QEMU ended with exit code 99, which is no code of the kernel"),
        (HALF, 1, "QEMU ended with exit code 1, which is no code of the kernel; the last line was"),
        ("", 1, "QEMU ended with exit code 1, which is no code of the kernel; it printed nothing"),
        (PASSED, -11, "QEMU ended with signal 11, which is no code of the kernel"),
        (PASSED, 253, "the kernel panicked (exit code 253), but printed no PANIC line"),
        (FAILED, 33, "1 of 2 tests failed: a: why"),
        (FAILED, 35, "1 of 2 tests failed: a: why"),
        (HALF, 33, "incomplete log: the plan promises 2 tests, 1 reported"),
        (HALF, 0, "triple fault: the machine reset itself without a word"),
        ("", 0, "it printed nothing"),
        ("", 33, "incomplete log: the log has no line"),
        (HALF, 247, "the kernel's watchdog saw a hang (exit code 247), but printed no PANIC line"),
        (HALF + "PANIC bad boot: no\n", 249, "panic: bad boot: no"),
        (PASSED + "PANIC late\n", 33, "panic: late"),
    ],
)
def test_each_failure_has_its_own_words(serial, code, words):
    assert words in failure(serial, code)


def test_a_hang_names_the_last_line():
    words = "hang: the kernel did not stop within 60 s, nor did its watchdog; the last line was "
    assert failure(HALF, -1, timed_out=True) == words + "'ok 1 a'"


def test_a_hang_that_the_kernel_saw_is_no_panic():
    words = "hang: x: operation 3 'alloc 1' did not return within 30 s"
    assert failure(f"{HALF}PANIC {words}\n", 247) == words


def test_what_qemu_itself_refuses_is_quoted():
    said = failure("", 1, stderr="Failed to open file 'x'\nqemu: warning: odd\n")
    assert said == "QEMU could not start the machine: Failed to open file 'x'"


def test_a_guest_s_own_code_is_no_refusal_of_qemu():
    words = "QEMU ended with exit code 1, which is no code of the kernel"
    assert failure(HALF, 1, stderr="qemu: error: what a disk said\n").startswith(words)
    assert failure("", 1, stderr="qemu: warning: odd\n") == f"{words}; it printed nothing"


SHELL = "# design bitmap source 00\n# shell\nassay> quit\n"
SHELL_LEFT = SHELL + "# shell left after 1 line\n"


def shell_failure(serial, code, *, timed_out=False):
    boot = Boot(code, serial, "", timed_out, 1.0)
    return verdict.find_shell_failure(boot, ktap.parse(serial), 60)


def test_a_shell_that_was_left_is_fine_by_code_and_log():
    assert shell_failure(SHELL_LEFT, 37) is None
    assert shell_failure(SHELL_LEFT.replace("1 line", "20 lines"), 37) is None


@pytest.mark.parametrize(
    "serial, code, words",
    [
        (SHELL, 37, "incomplete log: it does not say that the shell was left"),
        (SHELL + "assay> shell left after 1 line\n", 37, "incomplete log: it does not say"),
        (SHELL_LEFT, 33, "the shell was not left: by the exit code 33 every test passed"),
        (PASSED, 33, "the shell was not left: by the exit code 33 every test passed"),
        (SHELL, 0, "triple fault: the machine reset itself without a word"),
        (SHELL, -9, "QEMU ended with signal 9"),
        (SHELL + "PANIC #DE divide error\n", 253, "panic: #DE divide error"),
        (SHELL + "PANIC hang: free: it said nothing within 1 s\n", 247, "hang: free: it said"),
    ],
)
def test_every_other_end_of_a_shell_has_its_own_words(serial, code, words):
    assert shell_failure(serial, code).startswith(words)


def test_a_shell_that_hangs_behind_the_last_line_is_a_hang():
    words = "hang: the kernel did not stop within 60 s, nor did its watchdog; the last line was "
    assert shell_failure(SHELL, -9, timed_out=True) == words + "'assay> quit'"
