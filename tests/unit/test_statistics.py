"""Intervals mean what they say."""

import numpy as np
import pandas as pd
import pytest
from aggregate_timings import sample_rows, speedup_row, timing_row
from summarise_accuracy import summarise

from retrial.statistics import falls_throughout, interval_of_mean, paired_ratio, unpaired_ratio
from retrial.timing.measurement import Measurement

BOOTSTRAP = {"resamples": 500, "seed": 0}
QUIET = {"max_load": 0.25}


def measurement(medians, implementation="numpy", n=3, cpu_share=1.0, others_load=0.0) -> Measurement:
    """A measurement whose processes have these medians, in seconds, and `n` equal samples each."""
    return Measurement(
        operation="relu",
        implementation=implementation,
        shapes=((20, 100),),
        samples=[np.full(n, float(median)) for median in medians],
        cpu_shares=[np.full(n, cpu_share)] * len(medians),
        others_load=others_load,
        metadata={"dtype": "float64", "blas_threads": 1},
    )


def test_the_interval_of_a_mean_is_students():
    values = np.array([0.97, 0.98, 0.98, 0.99])
    # t(0.975, 3) = 3.18245, from a printed table
    half_width = 3.18245 * np.std(values, ddof=1) / 2
    assert interval_of_mean(values) == pytest.approx((0.98, 0.98 - half_width, 0.98 + half_width))


def test_one_seed_has_a_mean_but_no_interval():
    row = summarise(pd.DataFrame({"experiment": ["baseline"], "seed": [0], "test_accuracy": [0.98]})).iloc[0]
    assert list(row.index) == ["experiment", "n_seeds", "mean", "sd", "ci_low", "ci_high"]
    assert (row["n_seeds"], row["mean"]) == (1, 0.98)
    assert row[["sd", "ci_low", "ci_high"]].isna().all()


def test_experiments_are_summarised_separately_and_keep_their_order():
    accuracy = pd.DataFrame(
        {"experiment": ["b", "b", "a", "a"], "seed": [0, 1, 0, 1], "test_accuracy": [0.9, 0.9, 0.5, 0.7]}
    )
    assert list(summarise(accuracy)["experiment"]) == ["b", "a"]
    assert list(summarise(accuracy)["mean"]) == pytest.approx([0.9, 0.6])


@pytest.mark.parametrize(("losses", "falls"), [([3, 2, 1], True), ([3, 1, 2], False), ([2, 2], False)])
def test_a_loss_falls_throughout_only_if_every_epoch_is_lower(losses, falls):
    assert falls_throughout(np.array(losses)) == falls


def test_a_timing_row_counts_processes_and_samples():
    row = timing_row(measurement([1.0, 1.02, 1.01, 0.99, 1.0]), **BOOTSTRAP, **QUIET)
    assert (row["n_processes"], row["n_samples"], row["median_s"], row["min_s"]) == (5, 15, 1.0, 0.99)
    assert 0.99 <= row["ci_low_s"] <= row["median_s"] <= row["ci_high_s"] <= 1.02
    assert row["stable"]


def test_processes_that_disagree_make_a_row_unstable():
    assert not timing_row(measurement([1.0, 1.4, 1.0, 1.5, 1.6]), **BOOTSTRAP, **QUIET)["stable"]


def test_the_interval_is_over_processes_whatever_the_number_of_samples():
    few, many = (timing_row(measurement([1.0, 1.2, 1.4], n=n), **BOOTSTRAP, **QUIET) for n in (2, 2000))
    assert (few["ci_low_s"], few["ci_high_s"]) == (many["ci_low_s"], many["ci_high_s"])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"cpu_share": 0.66}, "load: the process had a processor for 66% of the time"),
        ({"others_load": 0.6}, "load: other programs took 60% of the processors"),
    ],
)
def test_a_busy_machine_makes_a_row_unstable_and_is_the_reason(changed, reason):
    row = timing_row(measurement([1.0] * 5, **changed), **BOOTSTRAP, **QUIET)
    assert (row["stable"], row["reasons"]) == (False, [reason])


def test_a_drift_from_the_first_processes_to_the_last_is_a_reason():
    row = timing_row(measurement([1.0, 1.0, 1.05, 1.2, 1.2]), **BOOTSTRAP, **QUIET)
    assert any(reason.startswith("drift: the last processes took +20%") for reason in row["reasons"])


def test_an_outlier_is_flagged_and_kept():
    noisy = measurement([1.0, 1.01, 0.99, 1.0, 1.02])
    noisy.samples[3][1] = 5.0
    rows = sample_rows(noisy)
    assert len(rows) == 15
    assert rows.loc[rows["outlier"], ["process", "sample", "seconds"]].to_numpy().tolist() == [[3, 1, 5.0]]


def test_a_slow_process_does_not_change_the_speedup_because_it_measures_both():
    slow, fast = measurement([10.0, 20, 10, 15, 11], "naive"), measurement([1.0, 2, 1, 1.5, 1.1])
    row = speedup_row(slow, fast, **BOOTSTRAP)
    assert (row["baseline"], row["implementation"]) == ("naive", "numpy")
    assert (row["speedup"], row["ci_low"], row["ci_high"]) == pytest.approx((10, 10, 10))


def test_with_five_processes_the_bootstrap_covers_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    ratio_covered = median_covered = 0
    for seed in range(200):
        speed = rng.lognormal(sigma=0.5, size=5)  # of the machine, which slows down both
        slow = measurement(4 * speed * rng.lognormal(sigma=0.1, size=5), "naive")
        fast = measurement(speed * rng.lognormal(sigma=0.1, size=5))
        row = speedup_row(slow, fast, resamples=300, seed=seed)
        ratio_covered += row["ci_low"] <= 4 <= row["ci_high"]
        row = timing_row(fast, resamples=300, seed=seed, **QUIET)
        median_covered += row["ci_low_s"] <= 1 <= row["ci_high_s"]
    assert ratio_covered >= 0.9 * 200
    assert median_covered >= 0.88 * 200


def test_the_same_seed_gives_the_same_interval():
    values = np.array([1.0, 1.4, 1.1, 1.5, 1.6])
    assert paired_ratio(values, values[::-1], **BOOTSTRAP) == paired_ratio(values, values[::-1], **BOOTSTRAP)


def test_an_unpaired_ratio_compares_the_medians_of_two_runs():
    ratio = unpaired_ratio(np.array([2.0, 4, 6]), np.array([1.0, 2, 9]), **BOOTSTRAP)
    assert ratio.value == 2
    assert ratio.low <= 2 <= ratio.high
