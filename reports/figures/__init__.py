"""The figures of the report, in the order in which they are shown.

A figure is a module with KEY, SOURCE (the file that it is drawn from) and
`make(results, choice) -> Figure`.
"""

from reports.figures import failed_requests, ratio_to_best, time_per_operation
from reports.figures.style import Figure

MODULES = (time_per_operation, ratio_to_best, failed_requests)


def make_all(results, choice) -> list[Figure]:
    """Every figure whose results are there."""
    there = {"bench.json": results.bench and results.bench["cells"]}
    return [module.make(results, choice) for module in MODULES if there[module.SOURCE]]
