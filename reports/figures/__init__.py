"""The figures of the reports, in the order in which they are shown.

A figure is a module with KEY, SOURCE (the file that it is drawn from) and `make`, which returns a
Figure: `make(results, choice)` for those of a whole run, `make(results)` for those of fuzzing.
"""

from reports import coverage, outcomes
from reports.figures import coverage_over_time, failed_requests, outcome_counts, ratio_to_best
from reports.figures import time_per_operation
from reports.figures.style import Figure

MODULES = (time_per_operation, ratio_to_best, failed_requests)


def make_all(results, choice) -> list[Figure]:
    """Every figure whose results are there."""
    there = {"bench.json": results.bench and results.bench["cells"]}
    return [module.make(results, choice) for module in MODULES if there[module.SOURCE]]


def make_coverage(results) -> Figure | None:
    """None, if no target followed coverage."""
    return coverage_over_time.make(results) if coverage.histories(results.fuzz) else None


def make_outcomes(results) -> Figure | None:
    """None, if nothing was counted."""
    return outcome_counts.make(results) if outcomes.counts_of(results.fuzz) else None
