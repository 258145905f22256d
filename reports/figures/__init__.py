"""The figures of the reports, in the order in which they are shown.

A figure of a whole run is a module with KEY, SOURCES (the files that it is drawn from), TOPIC (what
it shows, in words), COMMAND (what makes its files) and `make(subject)`, which returns a Figure, or
None where a file or what is needed of it is not there. Those of fuzzing have `make(results)`.
"""

from dataclasses import dataclass

from reports import coverage, outcomes
from reports.figures import (
    code_size,
    contiguous_success,
    cost_by_arena,
    cost_by_occupancy,
    cost_on_cpus,
    coverage_over_time,
    failed_requests,
    fragmentation_over_time,
    instructions_in_kernel,
    latency_tail,
    metadata,
    occupancy_heatmap,
    outcome_counts,
    pareto,
    time_per_operation,
)
from reports.figures.style import Figure

MODULES = (
    contiguous_success,
    latency_tail,
    instructions_in_kernel,
    time_per_operation,
    pareto,
    failed_requests,
    cost_by_occupancy,
    cost_by_arena,
    cost_on_cpus,
    fragmentation_over_time,
    occupancy_heatmap,
    metadata,
    code_size,
)


@dataclass(frozen=True)
class Absent:
    """A figure that could not be drawn: what it would show, and the command that measures it."""

    key: str
    topic: str
    command: str


def make_all(subject) -> tuple[list[Figure], list[Absent]]:
    """Every figure that can be drawn, and what is said of the others."""
    made = {module: module.make(subject) for module in MODULES}
    absent = [Absent(m.KEY, m.TOPIC, m.COMMAND) for m, figure in made.items() if figure is None]
    return [figure for figure in made.values() if figure], absent


def make_coverage(results) -> Figure | None:
    """None, if no target followed coverage."""
    return coverage_over_time.make(results) if coverage.histories(results.fuzz) else None


def make_outcomes(results) -> Figure | None:
    """None, if nothing was counted."""
    return outcome_counts.make(results) if outcomes.counts_of(results.fuzz) else None
