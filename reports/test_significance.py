"""The statistics against answers worked out by hand, and against mistakes seen in the wild: a ratio
upside down, a sum for a product, a test that always says 0.
"""

import math
import random

import pytest

from reports import noise, significance

SLOWER = [20.0, 21.0, 22.0, 23.0, 24.0, 25.0, 26.0, 27.0, 28.0]
FASTER = [10.0, 10.5, 11.0, 11.5, 12.0, 12.5, 13.0, 13.5, 14.0]


def test_twice_as_long_is_2_and_not_a_half():
    assert significance.ratio_of_medians(FASTER, SLOWER) == 2.0  # 24 ÷ 12
    assert significance.ratio_of_medians(SLOWER, FASTER) == 0.5


def test_it_is_the_ratio_of_medians_and_not_of_means():
    assert significance.ratio_of_medians([1.0, 2.0, 900.0], [3.0, 4.0, 5.0]) == 2.0


def test_the_geometric_mean_multiplies():
    assert significance.geometric_mean([2.0, 8.0]) == pytest.approx(4)  # a sum would give 5
    assert significance.geometric_mean([2.0, 0.5]) == pytest.approx(1)
    assert significance.geometric_mean([3.0]) == pytest.approx(3)


def test_the_p_value_is_the_share_of_orders_that_are_as_extreme():
    # 9 against 9 without overlap: 2 of the 48,620 ways to deal 18 values to two sides.
    assert significance.p_value(FASTER, SLOWER) == pytest.approx(2 / 48_620)
    assert significance.least_p_value(9, 9) == pytest.approx(2 / 48_620)
    # 3 against 3: 2 of 20; no difference whatever can be shown by that.
    assert significance.p_value([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]) == pytest.approx(0.1)
    assert significance.least_p_value(3, 3) == pytest.approx(0.1)
    # U = 1 of 3 against 3: 2 + 2 of 20.
    assert significance.p_value([1.0, 2.0, 4.0], [3.0, 5.0, 6.0]) == pytest.approx(0.2)


def test_the_p_value_of_the_same_is_1_and_never_0():
    assert significance.p_value(FASTER, FASTER) > 0.9
    assert significance.p_value([5.0] * 9, [5.0] * 9) == 1.0
    assert 0 < significance.p_value([1.0] * 9, [1000.0] * 9) < 0.001  # with ties


def test_the_interval_holds_the_ratio_and_is_that_of_the_seed():
    low, high = significance.interval_of_ratio(FASTER, SLOWER)
    assert 1.6 < low < 2.0 < high < 2.4
    assert significance.interval_of_ratio(FASTER, SLOWER) == (low, high)
    assert significance.interval_of_ratio(FASTER, SLOWER, seed=2) != (low, high)
    assert significance.interval_of_ratio([4.0] * 9, [8.0] * 9) == (2.0, 2.0)
    inverse = significance.interval_of_ratio(SLOWER, FASTER)
    assert inverse == pytest.approx((1 / high, 1 / low), rel=0.03)


def test_the_correction_is_that_of_benjamini_and_hochberg():
    # m = 4: 0.01·4/1, 0.02·4/2, 0.03·4/3, 0.5·4/4, then the least from the right.
    corrected = significance.correct_for_many([0.5, 0.01, 0.03, 0.02])
    assert corrected == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert significance.correct_for_many([0.03, 0.04]) == pytest.approx([0.04, 0.04])
    assert significance.correct_for_many([0.8, 0.9]) == pytest.approx([0.9, 0.9])
    assert significance.correct_for_many([]) == []


def test_of_many_cells_that_are_the_same_hardly_any_is_called_changed():
    generator = random.Random(7)
    pairs = [[[generator.gauss(100, 3) for _ in range(9)] for _ in range(2)] for _ in range(200)]
    raw = [significance.p_value(*pair) for pair in pairs]
    corrected = significance.correct_for_many(raw)
    assert 2 < sum(p < significance.LEVEL for p in raw) < 25  # about 10 false alarms without it
    assert sum(p < significance.LEVEL for p in corrected) == 0


def bench(**described) -> dict:
    stack = {"design": "reference_stack", "workload": "pair", "ratio": 0.98, "ratio_mad": 0.0098}
    other = stack | {"design": "empty_call", "ratio": 0.2}
    workloads = [{"name": "pair"} | described, {"name": "orders"}, {"name": "alone"}]
    cells = [{"workload": "orders", "yardstick": "pair"}, {"workload": "alone"}]
    return {"workloads": workloads, "cells": cells, "references": [other, stack]}


def test_the_floor_is_the_run_s_own_else_that_of_the_stack_and_at_least_1_percent():
    assert noise.floor_of(bench(noise_floor=0.04), "pair") == 0.04
    assert noise.floor_of(bench(noise_floor=0.001), "pair") == 0.01
    both = bench(noise_floor=0.04, noise_floor_ratio=0.02)
    assert noise.floor_of(both, "pair", by_ratio=True) == 0.02
    assert noise.floor_of(bench(), "pair") == pytest.approx(0.02 + 0.01)
    assert noise.floor_of(bench(), "orders") == pytest.approx(0.03)  # the stack does pairs there
    assert noise.floor_of(bench(), "alone") == 0.01
    assert noise.floor_of({"workloads": [], "cells": []}, "pair") == 0.01


def test_a_ratio_and_its_inverse_are_judged_alike():
    assert noise.is_beyond(1.06, 0.05) and noise.is_beyond(1 / 1.06, 0.05)
    assert not noise.is_beyond(1.04, 0.05) and not noise.is_beyond(1 / 1.04, 0.05)
    assert not noise.is_beyond(1.0, 0.01)
    assert math.isclose(math.log1p(0.05), -math.log(1 / 1.05))
