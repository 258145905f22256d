"""Test suites as checks: what passed, failed and was skipped, and that silence is a failure."""

import pytest

from cli.checks import junit, suites
from cli.checks.check import FAILED, PASSED, SKIPPED, Check, from_problems


def test_a_check_that_looked_at_nothing_has_failed():
    assert from_problems("x", [], 0).outcome == FAILED
    assert from_problems("x", [], 1).outcome == PASSED
    assert from_problems("x", ["bad"], 1).outcome == FAILED


SUITE = """\
<testsuite>
  <testcase name="good" status="run"/>
  <testcase name="bad" status="fail"><failure message=""/><system-out>1 != 2</system-out></testcase>
  <testcase name="skips" status="notrun"><skipped message="SKIP_REGULAR_EX…"/></testcase>
  <testcase name="gone" status="notrun"><skipped message="Unable to find executable"/></testcase>
  <testcase name="off" status="disabled"><disabled message=""/></testcase>
  <testcase name="pytest skips"><skipped message="no"/></testcase>
  <testcase name="pytest breaks"><error message="KeyError">at line 3</error></testcase>
</testsuite>
"""


def test_test_results_become_checks(tmp_path):
    (tmp_path / "r.xml").write_text(SUITE)
    checks = junit.read_results("s", tmp_path / "r.xml", "again")
    assert [check.outcome for check in checks] == [
        PASSED,
        FAILED,
        SKIPPED,
        FAILED,
        SKIPPED,
        SKIPPED,
        FAILED,
    ]
    assert checks[1] == Check("s: bad", FAILED, "1 != 2", "again")
    assert checks[6].detail == "KeyError\nat line 3"


@pytest.mark.parametrize(
    "script, detail",
    [
        ("echo '<testsuite/>' > $0", "it ran no test"),
        ("echo broken >&2; exit 3", "broken"),
        ("echo '<testsuite><testcase name=\"a\"/></testsuite>' > $0; exit 3", "exit code 3"),
    ],
)
def test_a_suite_that_ran_nothing_or_broke_off_has_failed(script, detail):
    run = junit.run_suite("s", lambda file: ["sh", "-c", script, file], seconds=9, repeat="again")
    assert run[-1].outcome == FAILED and detail in run[-1].detail


def test_pytest_is_run_and_its_failures_are_failed_checks(tmp_path):
    (tmp_path / "test_x.py").write_text("def test_a(): pass\ndef test_b(): assert 1 == 2\n")
    passed, failed = sorted(suites.run_pytest(str(tmp_path)), key=lambda check: check.name)
    assert (passed.outcome, failed.outcome) == (PASSED, FAILED)
    assert "assert 1 == 2" in failed.detail


def test_a_python_test_that_ends_its_process_has_failed(tmp_path):
    (tmp_path / "test_x.py").write_text("import os\ndef test_a(): os._exit(0)\n")
    (check,) = suites.run_pytest(str(tmp_path))
    assert check.outcome == FAILED and "crashed" in check.detail
