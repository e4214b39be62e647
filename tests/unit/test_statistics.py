"""Intervals mean what they say."""

import numpy as np
import pandas as pd
import pytest
from evaluate import summarise

from retrial.statistics import (
    falls_throughout,
    interval_of_mean,
    interval_of_median,
    paired_ratio,
    prediction_interval,
    quiet_ratio,
    random_effects,
)


def test_the_interval_of_a_mean_is_students():
    values = np.array([0.97, 0.98, 0.98, 0.99])
    # t(0.975, 3) = 3.18245, from a printed table
    half_width = 3.18245 * np.std(values, ddof=1) / 2
    assert interval_of_mean(values) == pytest.approx((0.98, 0.98 - half_width, 0.98 + half_width))


def test_experiments_are_summarised_separately_and_keep_their_order():
    accuracy = pd.DataFrame(
        {"experiment": ["b", "b", "a", "a"], "seed": [0, 1, 0, 1], "test_accuracy": [0.9, 0.9, 0.5, 0.7]}
    )
    summary = summarise(accuracy, {name: np.ones((2, 3), bool) for name in "ab"})
    assert list(summary["experiment"]) == ["b", "a"]
    assert list(summary["mean"]) == pytest.approx([0.9, 0.6])


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


def test_the_interval_of_nine_processes_is_from_the_second_to_the_eighth_value():
    assert interval_of_median(np.array(NINE)) == (1.0, 0.99, 1.02)


def test_five_processes_are_too_few_for_an_interval():
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


def test_one_wild_process_does_not_change_the_interval():
    wild = [*NINE[:-1], 100.0]
    assert interval_of_median(np.array(wild)) == interval_of_median(np.array(NINE))


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
