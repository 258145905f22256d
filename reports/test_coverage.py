"""Histories of coverage: where it grew last, whether it has levelled off, and how few points do."""

import pytest

from reports import coverage
from reports.coverage import LEVELLED_OFF, SLOWING, STILL_GROWING, TOO_SHORT


def fuzz(*rows, targets=("bitmap",)) -> dict:
    return {"targets": [{"design": name} for name in targets], "timeline": list(rows)}


def history(*edges) -> coverage.History:
    """A target whose slices end after 10, 20, … s with 100, 200, … executions."""
    rows = [[10.0 * at, "bitmap", e, 1, 100 * at] for at, e in enumerate(edges, 1)]
    return coverage.histories(fuzz(*rows))["bitmap"]


@pytest.mark.parametrize(
    "edges, state, last_new",
    [
        ((9, 9, 9, 9), LEVELLED_OFF, 10),
        ((1, 9, 9, 9), LEVELLED_OFF, 20),
        ((1, 2, 9, 9, 9), SLOWING, 30),
        ((1, 2, 9, 9), STILL_GROWING, 30),
        ((1, 2, 3, 9), STILL_GROWING, 40),
        ((9, 9, 9), TOO_SHORT, 10),
        ((9,), TOO_SHORT, 10),
    ],
)
def test_whether_it_has_levelled_off(edges, state, last_new):
    assert history(*edges).state == state
    assert history(*edges).last_new.seconds == last_new


def test_who_executed_nothing_has_not_levelled_off():
    rows = [[at, "bitmap", 5, 1, 0] for at in range(8)]
    assert coverage.histories(fuzz(*rows))["bitmap"].state == STILL_GROWING


def test_only_targets_that_follow_coverage_have_a_history():
    rows = [1.0, "bitmap", 5, 1, 9], [2.0, "bitmap (swarm)", 0, 0, 9], [3.0, "text", 0, 0, 9]
    assert list(coverage.histories(fuzz(*rows, targets=("text", "bitmap")))) == ["bitmap"]
    assert coverage.histories({"targets": []}) == {}


def test_edges_never_fall_and_rows_may_come_in_any_order():
    rows = [3.0, "bitmap", 7, 1, 30], [1.0, "bitmap", 5, 1, 10], [2.0, "bitmap", 9, 1, 20]
    points = coverage.histories(fuzz(*rows))["bitmap"].points
    assert [point.edges for point in points] == [5, 9, 9]


def test_points_that_bring_nothing_are_left_out_but_for_the_ends():
    kept = history(1, 1, 2, 2, 2, 3, 3, 3).thinned()
    assert [(point.seconds, point.edges) for point in kept] == [(10, 1), (30, 2), (60, 3), (80, 3)]
    many = history(*range(1, 2000)).thinned()
    assert len(many) == coverage.MAX_POINTS
    assert (many[0].edges, many[-1].edges) == (1, 1999)
