"""Each check must have been switched off, and somebody must have escaped."""

import json

import pytest

from cli import paths
from cli.checks import switched_off
from cli.checks.check import FAILED, PASSED
from cli.errors import FailedError

TOOL = """#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    --gtest_output=json:*) [ -e "$0.json" ] && cp "$0.json" "${argument#*json:}" ;;
  esac
done
echo "checks_test: it broke" >&2; exit 1
"""


@pytest.fixture
def tool(tree):
    tree.add_script("checks_test", TOOL)
    return paths.tool("fuzz", "checks_test")


def leave_results(tool, *tests):
    document = {"testsuites": [{"name": "Checks/ChecksTest", "testsuite": list(tests)}]}
    tool.with_name("checks_test.json").write_text(json.dumps(document))


def test_a_check_is_shown_with_those_who_escape_without_it(tool, tmp_path):
    leave_results(tool, {"name": "is_missed/hole", "escape": "a, b", "noticed": "c by content"})
    checks = switched_off.switch_off(tool, tmp_path / "checks.json")
    (check,) = switched_off.check_escapes(checks, ["hole"])
    assert (check.name, check.outcome) == ("without the check hole somebody escapes", PASSED)
    row = switched_off.escape_table(checks).splitlines()[1]
    assert row.split() == "hole a, b, (c by content)".split()


def test_a_check_without_which_nobody_escapes_has_failed(tool, tmp_path):
    failure = {"failure": "nobody escapes", "type": ""}
    leave_results(
        tool, {"name": "is_missed/hole", "escape": "", "noticed": "", "failures": [failure]}
    )
    checks = switched_off.switch_off(tool, tmp_path / "checks.json")
    assert switched_off.check_escapes(checks, ["hole"])[0].detail == "nobody escapes"
    assert "NOBODY" in switched_off.escape_table(checks)


def test_every_check_of_the_trial_must_have_been_switched_off():
    listed = switched_off.listed_checks()
    assert len(listed) >= 17 and {"missed", "content", "hang"} < set(listed)
    assert all(check.outcome == FAILED for check in switched_off.check_escapes([], listed))


def test_a_run_without_results_has_failed(tool, tmp_path):
    with pytest.raises(FailedError, match="left no results: checks_test: it broke"):
        switched_off.switch_off(tool, tmp_path / "checks.json")
