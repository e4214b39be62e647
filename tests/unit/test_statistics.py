"""Intervals mean what they say."""

import numpy as np
import pandas as pd
import pytest
from aggregate_timings import sample_rows, speedup_row, timing_row
from summarise_accuracy import summarise

from retrial.timing.measurement import ratio_of_medians

QUIET = {"max_load": 0.25}


def measurement(medians, implementation="numpy", n=3, cpu_share=1.0, others_load=0.0):
    medians = np.array(medians, dtype=float)
    return {
        "operation": "relu",
        "shape": "(20,100)",
        "implementation": implementation,
        "dtype": "float64",
        "blas_threads": 1,
        "processes": [np.full(n, median) for median in medians],
        "medians": medians,
        "cpu_shares": [np.full(n, cpu_share)] * len(medians),
        "others_load": others_load,
    }


def test_the_accuracy_interval_is_that_of_student():
    accuracy = pd.DataFrame({"experiment": "baseline", "seed": range(4), "test_accuracy": [0.97, 0.98, 0.98, 0.99]})
    row = summarise(accuracy).iloc[0]
    # t(0.975, 3) = 3.18245, from a printed table
    half_width = 3.18245 * np.std(accuracy["test_accuracy"], ddof=1) / 2
    assert list(row.index) == ["experiment", "n_seeds", "mean", "sd", "ci_low", "ci_high"]
    assert row["mean"] == pytest.approx(0.98)
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(0.98 - half_width), pytest.approx(0.98 + half_width))


def test_one_seed_has_a_mean_but_no_interval():
    row = summarise(pd.DataFrame({"experiment": ["baseline"], "seed": [0], "test_accuracy": [0.98]})).iloc[0]
    assert (row["n_seeds"], row["mean"]) == (1, 0.98)
    assert row[["sd", "ci_low", "ci_high"]].isna().all()


def test_experiments_stay_in_their_order_and_apart():
    accuracy = pd.DataFrame(
        {"experiment": ["b", "b", "a", "a"], "seed": [0, 1, 0, 1], "test_accuracy": [0.9, 0.9, 0.5, 0.7]}
    )
    assert list(summarise(accuracy)["experiment"]) == ["b", "a"]
    assert list(summarise(accuracy)["mean"]) == pytest.approx([0.9, 0.6])


def test_a_timing_row_counts_and_orders():
    row = timing_row(measurement([1.0, 1.02, 1.01, 0.99, 1.0]), resamples=500, seed=0, **QUIET)
    assert (row["n_processes"], row["n_samples"], row["median_s"], row["min_s"]) == (5, 15, 1.0, 0.99)
    assert 0.99 <= row["ci_low_s"] <= row["median_s"] <= row["ci_high_s"] <= 1.02
    assert row["stable"]


def test_processes_that_disagree_make_a_row_unstable():
    assert not timing_row(measurement([1.0, 1.4, 1.0, 1.5, 1.6]), resamples=500, seed=0, **QUIET)["stable"]


def test_the_interval_is_over_processes_however_many_samples_each_has():
    few = timing_row(measurement([1.0, 1.2, 1.4], n=2), resamples=500, seed=0, **QUIET)
    many = timing_row(measurement([1.0, 1.2, 1.4], n=2000), resamples=500, seed=0, **QUIET)
    assert (few["ci_low_s"], few["ci_high_s"]) == (many["ci_low_s"], many["ci_high_s"])


@pytest.mark.parametrize(
    ("changed", "doubt"),
    [
        ({"cpu_share": 0.66}, "load: it had a processor for 66% of the time"),
        ({"others_load": 0.6}, "load: other programs took 60% of the processors"),
    ],
)
def test_a_busy_machine_makes_a_row_unstable_and_the_reason_is_said(changed, doubt):
    row = timing_row(measurement([1.0] * 5, **changed), resamples=200, seed=0, **QUIET)
    assert (row["stable"], row["instability_reasons"]) == (False, [doubt])


def test_a_drift_from_the_first_processes_to_the_last_is_a_doubt():
    row = timing_row(measurement([1.0, 1.0, 1.05, 1.2, 1.2]), resamples=200, seed=0, **QUIET)
    assert any(doubt.startswith("drift: the last processes took +20%") for doubt in row["instability_reasons"])


def test_an_outlier_is_flagged_and_kept():
    m = measurement([1.0, 1.01, 0.99, 1.0, 1.02])
    m["processes"][3] = np.array([1.0, 5.0, 1.0])
    rows = sample_rows(m)
    assert len(rows) == 15
    assert rows.loc[rows["outlier"], ["process", "sample", "seconds"]].to_numpy().tolist() == [[3, 1, 5.0]]


def test_a_speedup_is_that_of_processes_that_measured_both_so_a_slow_one_changes_nothing():
    slow, fast = measurement([10.0, 20, 10, 15, 11], "naive"), measurement([1.0, 2, 1, 1.5, 1.1])
    row = speedup_row(slow, fast, resamples=500, seed=0)
    assert (row["baseline"], row["implementation"], row["speedup"]) == ("naive", "numpy", pytest.approx(10))
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(10), pytest.approx(10))


def test_with_five_processes_the_bootstrap_covers_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    of_ratio = of_median = 0
    for seed in range(200):
        speed = rng.lognormal(sigma=0.5, size=5)  # of the machine, which both met
        slow = measurement(4 * speed * rng.lognormal(sigma=0.1, size=5), "naive")
        fast = measurement(speed * rng.lognormal(sigma=0.1, size=5))
        row = speedup_row(slow, fast, resamples=300, seed=seed)
        of_ratio += row["ci_low"] <= 4 <= row["ci_high"]
        row = timing_row(fast, resamples=300, seed=seed, **QUIET)
        of_median += row["ci_low_s"] <= 1 <= row["ci_high_s"]
    assert of_ratio >= 0.9 * 200
    assert of_median >= 0.88 * 200


def test_the_same_seed_gives_the_same_interval():
    rows = [timing_row(measurement([1.0, 1.4, 1.1, 1.5, 1.6]), resamples=500, seed=3, **QUIET) for _ in range(2)]
    assert rows[0] == rows[1]


def test_ratio_of_medians_works_along_an_axis():
    assert ratio_of_medians(np.array([[2.0, 4, 6]]), np.array([[1.0, 2, 9]]), axis=-1) == pytest.approx([2])
