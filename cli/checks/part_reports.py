"""The part `reports`: figures, comparison and the choice of the winner against known answers."""

from cli.checks import suites

NEEDS = ("report", "test")


def run(scope: str):
    yield from suites.run_pytest("reports")
