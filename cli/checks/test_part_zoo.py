"""The part `zoo`: who was caught by what, from the record that the test leaves."""

import json

import pytest

from cli import designs, paths
from cli.checks import part_zoo
from cli.checks.check import FAILED, PASSED
from cli.errors import FailedError, UsageError

FREE = {
    "name": "is_caught/canary",
    "clause": "C5",
    "operations": "64",
    "milliseconds": "0.6",
}
TOOL = """#!/bin/sh
for argument in "$@"; do
  case "$argument" in
    --gtest_output=json:*) [ -e "$0.json" ] && cp "$0.json" "${argument#*json:}" ;;
  esac
done
echo "zoo_test: it broke" >&2; exit 1
"""


@pytest.fixture
def tool(tree):
    tree.add_script("zoo_test", TOOL)
    return paths.tool("fuzz", "zoo_test")


def leave_results(tool, *tests):
    document = {"testsuites": [{"name": "Zoo/ZooTest", "testsuite": list(tests)}]}
    tool.with_name("zoo_test.json").write_text(json.dumps(document))


def test_a_member_that_was_caught_shows_what_it_took(tool, tmp_path):
    leave_results(tool, FREE)
    members = part_zoo.hunt(tool, tmp_path / "zoo.json")
    (check,) = part_zoo.check_members(members, ["canary"])
    assert (check.name, check.outcome) == ("canary is caught by C5", PASSED)
    assert part_zoo.table(members).splitlines()[1].split() == ["canary", "C5", "64", "0.6"]


def test_a_member_that_escapes_has_failed(tool, tmp_path):
    leave_results(tool, FREE | {"failures": [{"failure": "it got away", "type": ""}]})
    members = part_zoo.hunt(tool, tmp_path / "zoo.json")
    (check,) = part_zoo.check_members(members, ["canary"])
    assert (check.outcome, check.detail) == (FAILED, "it got away")
    assert "NOT CAUGHT" in part_zoo.table(members)


def test_a_member_of_the_list_that_was_not_hunted_has_failed(tool, tmp_path):
    leave_results(tool, FREE)
    members = part_zoo.hunt(tool, tmp_path / "zoo.json")
    checks = part_zoo.check_members(members, ["canary", "missing"])
    assert [check.outcome for check in checks] == [PASSED, FAILED]
    assert checks[1].detail == "random sequences never tried it"


def test_a_hunt_without_results_has_failed(tool, tmp_path):
    with pytest.raises(FailedError, match="left no results: zoo_test: it broke"):
        part_zoo.hunt(tool, tmp_path / "zoo.json")


def test_every_member_of_the_zoo_says_what_must_catch_it():
    clauses = [designs.expected_clause(member) for member in designs.zoo()]
    assert len(clauses) >= 24
    assert set(clauses) == {"C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C12", "C13"}
    with pytest.raises(UsageError, match="which clause must catch 'bitmap'"):
        designs.expected_clause("bitmap")
