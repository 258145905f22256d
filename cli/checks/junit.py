"""Runs a test runner that writes JUnit XML, and reads its tests as checks."""

import tempfile
from pathlib import Path
from xml.etree import ElementTree

from cli import programs
from cli.checks.check import FAILED, PASSED, SKIPPED, Check

DETAIL_LINES = 40


def run_suite(title: str, command_for, *, seconds: float, repeat: str) -> list[Check]:
    """`command_for(file)` is the command that writes its results to `file`.

    A suite that ran no test, broke off or failed without a failed test is a failure itself.
    """
    with tempfile.TemporaryDirectory(prefix="assay-") as folder:
        results = Path(folder) / "results.xml"
        done = programs.capture(command_for(results), seconds=seconds)
        checks = read_results(title, results, repeat)
    failed = any(check.outcome == FAILED for check in checks)
    if not checks or (not done.ok and not failed):
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-DETAIL_LINES:])
        cause = "it ran no test" if done.ok else done.cause()
        checks.append(Check(title, FAILED, f"{tail}\n{cause}".strip(), repeat))
    return checks


def read_results(title: str, results: Path, repeat: str) -> list[Check]:
    """One check per test case; none if there is no readable file."""
    try:
        cases = ElementTree.parse(results).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return []
    return [read_case(title, case, repeat) for case in cases]


def read_case(title: str, case, repeat: str) -> Check:
    """CTest and pytest agree on the elements, but not on where the text is."""
    name = f"{title}: {case.get('name')}"
    skip = case.find("skipped")
    # CTest calls a test skipped whose program is missing: that is no reason to pass it over.
    if skip is not None and (case.get("status") != "notrun" or "SKIP_" in skip.get("message", "")):
        return Check(name, SKIPPED, _text(skip))
    if case.get("status") == "disabled":
        return Check(name, SKIPPED, "it is disabled in its source")
    for problem in ("failure", "error", "skipped"):
        if case.find(problem) is not None:
            parts = (_text(case.find(problem)), case.findtext("system-out") or "")
            lines = "\n".join(filter(None, parts)).splitlines()
            return Check(name, FAILED, "\n".join(lines[-DETAIL_LINES:]), repeat)
    return Check(name, PASSED)


def _text(element) -> str:
    return "\n".join(filter(None, (element.get("message"), (element.text or "").strip())))
