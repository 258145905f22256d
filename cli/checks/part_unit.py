"""The part `unit`: unit tests under three compilations, those of the command, and of the data."""

import os

from cli.checks import suites
from cli.checks.check import skipped

NEEDS = ("build", "fuzz", "test")


def run(scope: str):
    if scope == "full":
        os.environ["ASSAY_FULL"] = "1"
    yield from suites.run_ctest("release")
    yield from suites.run_ctest("fuzz")
    if scope == "fast":
        yield skipped("gcc: the hosted parts with g++-12", "--fast")
    else:
        yield from suites.run_ctest("gcc")
    yield from suites.run_pytest("cli")
    yield from suites.run_pytest("bench")
