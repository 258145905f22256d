"""The part `zoo`: allocators that are wrong on purpose must be caught, by the clause they break.

Random sequences must catch every member (oracle/zoo/zoo_test.cc), and libFuzzer the canary.
"""

import tempfile
from pathlib import Path

from cli import build, designs, paths, programs, runs
from cli.checks.check import FAILED, PASSED, Check
from cli.errors import FailedError
from cli.fuzzing import canary

NEEDS = ("build", "fuzz")
SEED = 1
LIMIT_S = 300
ROW = "  {:<28}{:<8}{:>12}{:>14}"


def run(scope: str):
    build.build("release", ["zoo_test"])
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        members = hunt(paths.tool("release", "zoo_test"), Path(folder) / "zoo.json")
    print(table(members))
    yield from check_members(members, designs.zoo())

    build.build("fuzz", ["assay-ops", f"fuzz-{canary.CANARY}"])
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        yield judge(canary.catch_canary(Path(folder), SEED), designs.expected_clause(canary.CANARY))


def hunt(tool: Path, results: Path) -> list[dict]:
    """What random sequences did to each member: its clause, what it took, why it failed if so."""
    command = [tool, "--gtest_filter=*is_caught*", f"--gtest_output=json:{results}"]
    done = programs.capture(command, seconds=LIMIT_S)
    if not results.exists():
        raise FailedError(f"{tool.name} left no results: {done.cause()}")
    suites = runs.read_json(results)["testsuites"]
    return [read_member(test) for suite in suites for test in suite["testsuite"]]


def read_member(test: dict) -> dict:
    """One member, from GoogleTest's record of its test."""
    return {
        "name": test["name"].rpartition("/")[2],
        "clause": test.get("clause", "?"),
        "operations": test.get("operations", "?"),
        "milliseconds": test.get("milliseconds", "?"),
        "failure": "\n".join(failure["failure"] for failure in test.get("failures", [])),
    }


def table(members: list[dict]) -> str:
    """Fault → clause, and what random sequences needed."""
    lines = [ROW.format("fault", "clause", "operations", "milliseconds")]
    for member in members:
        caught = member["milliseconds"] if not member["failure"] else "NOT CAUGHT"
        cells = (member["name"], member["clause"], member["operations"], caught)
        lines.append(ROW.format(*cells))
    return "\n".join(lines)


def check_members(members: list[dict], listed: list[str]) -> list[Check]:
    """One check per member of the list; one that was not hunted has not been caught."""
    hunted = {member["name"]: member for member in members}
    return [check_member(name, hunted.get(name)) for name in listed]


def check_member(name: str, member: dict | None) -> Check:
    """Caught within the time limit, and by its own clause: the test has judged that."""
    repeat = f"build/release/bin/zoo_test --gtest_filter='*is_caught/{name}'"
    if member is None:
        return Check(f"{name} is caught", FAILED, "random sequences never tried it", repeat)
    title = f"{name} is caught by {member['clause']}"
    if member["failure"]:
        return Check(title, FAILED, member["failure"], repeat)
    return Check(title, PASSED)


def judge(result: dict, expected: str) -> Check:
    """What libFuzzer did. Caught is not enough: it must be for the fault that it has."""
    name = f"{result['design']} is caught by {expected} in libFuzzer"
    repeat = f"./assay fuzz --for 10s --seed {SEED}"
    if not result["caught"]:
        return Check(name, FAILED, f"it got away: {result['reason']}", repeat)
    if result["clause"] != expected:
        return Check(name, FAILED, f"it was caught by something else: {result['verdict']}", repeat)
    return Check(name, PASSED)
