"""The intervals and tests of means that verdicts follow from."""

import numpy as np
import pytest
from scipy import stats

from retrial.statistics import (
    interval_of_mean,
    interval_of_next,
    p_of_equivalence,
    p_of_fewer,
    p_of_larger_mean,
    seeds_needed,
)

SEEDS = np.array([0.9776, 0.9782, 0.9790, 0.9794, 0.9813])


@pytest.mark.parametrize("n", [3, 5, 30])
def test_the_interval_of_the_next_value_covers_95_percent(n):
    draws = np.random.default_rng(0).normal(0.98, 0.0015, (4000, n + 1))
    intervals = [interval_of_next(values) for values in draws[:, :-1]]
    covered = np.mean([i.low <= value <= i.high for i, value in zip(intervals, draws[:, -1], strict=True)])
    assert covered == pytest.approx(0.95, abs=0.012)


def test_one_value_has_no_interval():
    assert np.isnan(interval_of_next([0.98])[1:]).all()


def test_more_values_narrow_the_interval_of_the_mean_but_not_below_the_spread_that_of_the_next():
    values = np.random.default_rng(0).normal(0, 1, 10000)
    assert interval_of_mean(values).high - interval_of_mean(values).low < 0.05
    assert interval_of_next(values).high - interval_of_next(values).low == pytest.approx(2 * 1.96, rel=0.03)


@pytest.mark.parametrize("margin", [0.001, 0.002, 0.0025, 0.003, 0.005])
def test_equivalence_is_the_90_percent_interval_within_the_margin(margin):
    _, low, high = interval_of_mean(SEEDS, 0.9)
    within = 0.98 - margin < low and high < 0.98 + margin
    assert (p_of_equivalence(SEEDS, 0.98, margin) < 0.05) == within


def test_the_test_of_a_larger_mean_is_students():
    expected = stats.ttest_1samp(SEEDS, 0.978, alternative="greater").pvalue
    assert p_of_larger_mean(SEEDS, 0.978) == pytest.approx(expected)


@pytest.mark.parametrize(("bound", "p_value"), [(0.97, 0), (0.98, 1), (0.99, 1)])
def test_values_without_spread_leave_no_doubt(bound, p_value):
    assert p_of_larger_mean(np.full(3, 0.98), bound) == p_value


def test_the_number_of_seeds_is_the_least_that_is_enough():
    n = seeds_needed(0.0015, 0.001)

    def half_width(n):
        return stats.t.ppf(0.975, n - 1) * 0.0015 / n**0.5

    assert half_width(n) < 0.001 <= half_width(n - 1)
    assert seeds_needed(1, 1e-6) == np.inf


def test_few_successes_are_unlikely():
    assert p_of_fewer(20, 20, 0.95) == 1
    assert p_of_fewer(19, 20, 0.95) == pytest.approx(1 - 0.95**20)
