"""Intervals and tests mean what they say."""

import numpy as np
import pytest
from scipy import stats

from retrial.statistics import (
    falls_throughout,
    interval_of_mean,
    interval_of_median,
    interval_of_next,
    p_of_equivalence,
    p_of_fewer,
    p_of_larger_mean,
    paired_ratio,
    prediction_interval,
    quiet_ratio,
    random_effects,
    seeds_needed,
)


def test_the_interval_of_a_mean_is_students():
    values = np.array([0.97, 0.98, 0.98, 0.99])
    # t(0.975, 3) = 3.18245, from a printed table
    half_width = 3.18245 * np.std(values, ddof=1) / 2
    assert interval_of_mean(values) == pytest.approx((0.98, 0.98 - half_width, 0.98 + half_width))


@pytest.mark.parametrize(("noise", "layout"), [(0.02, 0.0), (0.04, 0.0), (0.02, 0.1)])
def test_to_select_quiet_processes_by_the_baseline_does_not_move_the_ratio(noise, layout):
    rng, shape = np.random.default_rng(0), (2000, 18)
    busy = rng.random(shape) < 0.4  # a neighbour slows loops down more than NumPy
    loops, numpy = np.exp(noise * np.abs(rng.standard_normal((2, *shape))))
    loops, numpy = loops * np.where(busy, 1.6, 1), numpy * np.where(busy, 1.1, 1)
    numpy = numpy * np.exp(layout * rng.uniform(-1, 1, shape))  # of memory, which it alone notices
    ratios = [quiet_ratio(*times)[0].value for times in zip(400 * loops, numpy, strict=True)]
    assert np.mean(np.log(ratios)) == pytest.approx(np.log(400), abs=0.002)


@pytest.mark.parametrize(("losses", "falls"), [([3, 2, 1], True), ([3, 1, 2], False), ([2, 2], False)])
def test_a_loss_falls_throughout_only_if_every_epoch_is_lower(losses, falls):
    assert falls_throughout(np.array(losses)) == falls


NINE = [1.0, 1.02, 1.01, 0.99, 1.0, 1.01, 1.0, 0.98, 1.03]


def test_the_interval_of_nine_processes_is_from_the_second_to_the_eighth_value_and_five_are_too_few():
    for last in (NINE[-1], 100.0):  # one wild process changes nothing
        assert interval_of_median(np.array([*NINE[:-1], last])) == (1.0, 0.99, 1.02)
    assert np.isnan(interval_of_median(np.arange(5.0))[1:]).all()


def synthetic_processes(kind: str, rng: np.random.Generator, trials: int) -> np.ndarray:
    """The speeds of nine processes in each trial, with median 1: normal, or one process in ten up to 50 % slower."""
    speeds = rng.normal(1, 0.03, size=(trials, 9))
    if kind == "contaminated":
        # As often faster as slower, so that the median stays 1.
        speeds *= np.where(rng.random(speeds.shape) < 0.1, np.exp(rng.uniform(-0.4, 0.4, speeds.shape)), 1)
    return speeds


@pytest.mark.parametrize("kind", ["normal", "contaminated"])
def test_the_intervals_of_times_and_of_ratios_cover_the_true_value_in_94_percent_or_more(kind):
    rng, trials = np.random.default_rng(0), 4000
    machine = rng.lognormal(sigma=0.3, size=(trials, 9))  # a slow machine slows down both
    baseline, other = (synthetic_processes(kind, rng, trials) for _ in range(2))
    times = [interval_of_median(row) for row in baseline]
    ratios = [paired_ratio(4 * a, b) for a, b in zip(machine * baseline, machine * other, strict=True)]
    assert np.mean([low <= 1 <= high for _, low, high in times]) >= 0.94
    assert np.mean([low <= 4 <= high for _, low, high in ratios]) >= 0.94


def test_the_mean_over_groups_is_that_of_a_worked_example():
    # Borenstein, Hedges, Higgins and Rothstein, Introduction to Meta-Analysis, 2009, chapter 14: six studies
    values = np.array([0.095, 0.277, 0.367, 0.664, 0.462, 0.185])
    variances = np.array([0.033, 0.031, 0.050, 0.011, 0.043, 0.023])
    mean = random_effects(values, variances)
    assert mean.value == pytest.approx(0.358, abs=1e-3)


def test_the_interval_of_the_mean_over_groups_contains_it_in_95_percent_of_cases():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(2000):
        variances = rng.uniform(0.01, 0.1, 5)
        _, low, high = random_effects(rng.normal(1, (0.05 + variances) ** 0.5), variances)
        covered += low <= 1 <= high
    assert 0.93 <= covered / 2000 <= 0.97


def test_the_mean_over_fewer_than_three_groups_has_no_interval():
    for n in (1, 2):
        assert random_effects(np.full(n, 2.0), np.full(n, 0.1)) == pytest.approx((2, np.nan, np.nan), nan_ok=True)


@pytest.mark.parametrize("n", [39, 100])
def test_a_prediction_interval_holds_one_more_value_in_95_percent_of_cases(n):
    draws = np.random.default_rng(0).normal(size=(4000, n + 1))
    intervals = [prediction_interval(row[:-1]) for row in draws]
    inside = np.mean([low <= new <= high for (low, high), new in zip(intervals, draws[:, -1], strict=True)])
    assert 0.94 <= inside <= 0.97


def test_fewer_than_39_values_have_no_prediction_interval():
    assert np.isnan(prediction_interval(np.arange(38.0))).all()


SEEDS = np.array([0.9776, 0.9782, 0.9790, 0.9794, 0.9813])


@pytest.mark.parametrize("n", [3, 5, 30])
def test_the_interval_of_the_next_value_covers_95_percent(n):
    draws = np.random.default_rng(0).normal(0.98, 0.0015, (4000, n + 1))
    intervals = [interval_of_next(values) for values in draws[:, :-1]]
    covered = np.mean([i.low <= value <= i.high for i, value in zip(intervals, draws[:, -1], strict=True)])
    assert covered == pytest.approx(0.95, abs=0.012)


def test_more_values_narrow_the_interval_of_the_mean_but_not_below_the_spread_that_of_the_next_and_one_has_none():
    assert np.isnan(interval_of_next([0.98])[1:]).all()
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
    assert (seeds_needed(1, 0.19843), seeds_needed(1, 0.1984)) == (100, np.inf)  # 101 would be enough


def test_few_successes_are_unlikely():
    assert p_of_fewer(20, 20, 0.95) == 1
    assert p_of_fewer(19, 20, 0.95) == pytest.approx(1 - 0.95**20)
