"""Without any one check of the trial, some member of the zoo must escape.

oracle/zoo/checks_test.cc switches them off and hunts; here its results become a table and checks.
"""

import re
import tempfile
import textwrap
from pathlib import Path

from cli import paths, programs, runs
from cli.checks.check import FAILED, PASSED, Check
from cli.errors import FailedError

LIMIT_S = 300
ROW = "  {:<18}{}"
WIDTH = 100


def switch_each_off() -> list[dict]:
    """Runs the test: what happened without each check."""
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        return switch_off(paths.tool("release", "checks_test"), Path(folder) / "checks.json")


def judge(checks: list[dict]) -> list[Check]:
    """Prints who escaped without which check, and judges that."""
    print(escape_table(checks))
    return check_escapes(checks, listed_checks())


def switch_off(tool: Path, results: Path) -> list[dict]:
    """What happened without each check: who escaped, who was noticed, why it failed if so."""
    command = [tool, "--gtest_filter=*is_missed*", f"--gtest_output=json:{results}"]
    done = programs.capture(command, seconds=LIMIT_S)
    if not results.exists():
        raise FailedError(f"{tool.name} left no results: {done.cause()}")
    suites = runs.read_json(results)["testsuites"]
    return [read_test(test) for suite in suites for test in suite["testsuite"]]


def read_test(test: dict) -> dict:
    """One check, from GoogleTest's record of its test."""
    return {
        "name": test["name"].rpartition("/")[2],
        "escape": test.get("escape", "?"),
        "noticed": test.get("noticed", "?"),
        "failure": "\n".join(failure["failure"] for failure in test.get("failures", [])),
    }


def escape_table(checks: list[dict]) -> str:
    """Check → who escapes without it, and by what the others are noticed."""
    lines = [ROW.format("without", "escape (in brackets: still noticed, by another check)")]
    for check in checks:
        cell = ", ".join(filter(None, [check["escape"] or "NOBODY", bracketed(check["noticed"])]))
        first, *more = textwrap.wrap(cell, WIDTH)
        lines.append(ROW.format(check["name"], first))
        lines += [ROW.format("", line) for line in more]
    return "\n".join(lines)


def bracketed(names: str) -> str:
    """The names in brackets, or nothing where there are none."""
    return f"({names})" if names else ""


def listed_checks() -> list[str]:
    """The checks of the trial, as oracle/check.h names them."""
    header = (paths.ROOT / "oracle" / "check.h").read_text()
    return re.findall(r'"(\w+)"', header.partition("kCheckNames{")[2].partition("}")[0])


def check_escapes(checks: list[dict], listed: list[str]) -> list[Check]:
    """One per check of the trial; one that was not switched off has not been shown to matter."""
    tried = {check["name"]: check for check in checks}
    return [check_escape(name, tried.get(name)) for name in listed]


def check_escape(name: str, check: dict | None) -> Check:
    """Somebody must escape without it: the test has judged that."""
    title = f"without the check {name} somebody escapes"
    repeat = f"build/release/bin/checks_test --gtest_filter='*is_missed/{name}'"
    if check is None:
        return Check(title, FAILED, "it was never switched off", repeat)
    if check["failure"]:
        return Check(title, FAILED, check["failure"], repeat)
    return Check(title, PASSED)
