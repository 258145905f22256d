"""The two kinds of test suites: CTest's and pytest's."""

import sys

from cli import build, machine, paths
from cli.checks import junit
from cli.checks.check import Check

SUITE_S = 600


def run_ctest(preset: str, *selection: str) -> list[Check]:
    """Builds a preset and runs its unit tests; `selection` is CTest's own, such as -L zoo."""
    folder = build.build(preset)
    command = ["ctest", "--test-dir", folder, "--parallel", machine.usable_cores()]
    command += ["--no-tests=error", *selection]
    repeat = f"ctest --test-dir {paths.from_root(folder)} --output-on-failure {' '.join(selection)}"
    return junit.run_suite(
        preset,
        lambda results: [*command, "--output-junit", results],
        seconds=SUITE_S,
        repeat=f"{repeat.strip()} --rerun-failed",
    )


def run_pytest(folder: str, *selection: str, seconds: float = SUITE_S) -> list[Check]:
    """Runs the Python tests below a folder, one on each core, for `seconds` at most."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-n", machine.usable_cores()]
    return junit.run_suite(
        folder,
        lambda results: [*command, f"--junitxml={results}", folder, *selection],
        seconds=seconds,
        repeat=" ".join(["/usr/bin/python3 -m pytest", folder, *selection]),
    )
