"""Who is fuzzed next: everybody gets time, more of it where new coverage comes."""

from collections import Counter

import pytest

from cli.fuzzing.schedule import Schedule


def seconds_of(schedule: Schedule, slices: int, gain: dict[str, int]) -> Counter:
    """One worker; `gain`: new coverage per slice of one second."""
    seconds = Counter()
    for _ in range(slices):
        name = schedule.take()
        seconds[name] += 1
        schedule.give_back(name, 1, gain.get(name, 0))
    return seconds


def test_without_new_coverage_all_get_the_same():
    assert seconds_of(Schedule(["a", "b", "c"]), 300, {}) == {"a": 100, "b": 100, "c": 100}


def test_half_of_the_time_goes_where_new_coverage_comes_and_nobody_starves():
    seconds = seconds_of(Schedule(["a", "b", "c", "d"]), 800, {"c": 10})
    assert 480 <= seconds["c"] <= 510
    assert all(95 <= seconds[name] <= 110 for name in "abd")


def test_what_is_held_for_somebody_does_not_move():
    seconds = seconds_of(Schedule(["a", "b"], held={"swarm": 0.1}), 1000, {"a": 10, "swarm": 99})
    assert 95 <= seconds["swarm"] <= 105
    assert 660 <= seconds["a"] <= 690


def test_new_coverage_that_dries_up_is_forgotten():
    schedule = Schedule(["a", "b"])
    seconds_of(schedule, 100, {"a": 10})
    assert schedule.share("a") > 0.7
    seconds = seconds_of(schedule, 400, {})
    assert 190 <= seconds["a"] <= 210


def test_nobody_runs_twice_at_a_time_while_somebody_waits():
    schedule = Schedule(["a", "b", "c"])
    assert {schedule.take() for _ in range(3)} == {"a", "b", "c"}
    again = schedule.take()
    assert again in ("a", "b", "c")
    schedule.give_back("b", 1, 0)
    schedule.give_back(again, 1, 0)
    assert schedule.take() in {"b", again}


def test_who_cannot_run_leaves_its_time_to_the_others():
    schedule = Schedule(["a", "b"])
    assert schedule.take() == "a"
    schedule.drop("a")
    schedule.give_back("a", 1, 0)
    assert [schedule.take() for _ in range(2)] == ["b", "b"]
    schedule.drop("b")
    assert schedule.take() is None


@pytest.mark.parametrize("gain", [{}, {"b": 7}])
def test_the_shares_are_the_whole(gain):
    schedule = Schedule(["a", "b", "c"], held={"x": 0.05, "y": 0.05})
    seconds_of(schedule, 50, gain)
    assert sum(schedule.share(name) for name in "abcxy") == pytest.approx(1)
