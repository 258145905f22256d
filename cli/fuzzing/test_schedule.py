"""Sharing of time: everybody gets the same, nobody waits, nothing overlaps that need not."""

import pytest

from cli.errors import UsageError
from cli.fuzzing.schedule import Slice, make_slices


def test_three_designs_on_two_workers_get_two_thirds_each():
    assert make_slices(["a", "b", "c"], 60, 2) == [
        [Slice("a", 40), Slice("b", 20)],
        [Slice("b", 20), Slice("c", 40)],
    ]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("jobs", [1, 2, 3, 8])
@pytest.mark.parametrize("seconds", [7, 60, 61])
def test_every_worker_is_busy_and_the_shares_are_even(count, jobs, seconds):
    names = [f"d{number}" for number in range(count)]
    slices = make_slices(names, seconds, jobs)
    assert [sum(part.seconds for part in worker) for worker in slices] == [seconds] * jobs
    shares = [sum(p.seconds for w in slices for p in w if p.design == name) for name in names]
    assert max(shares) - min(shares) <= 1


def test_no_design_runs_twice_at_a_time_while_there_are_enough_designs():
    slices = make_slices(["a", "b", "c"], 60, 2)
    busy = []
    for worker in slices:
        start = 0
        for part in worker:
            busy += [(part.design, second) for second in range(start, start + part.seconds)]
            start += part.seconds
    assert len(busy) == len(set(busy))


def test_too_little_time_is_refused():
    with pytest.raises(UsageError, match="1 s are too short for 3 designs"):
        make_slices(["a", "b", "c"], 1, 1)
