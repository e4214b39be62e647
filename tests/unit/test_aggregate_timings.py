"""aggregate_timings: times, speed-ups and what follows from them, on made-up slices."""

import numpy as np
import pandas as pd
import pytest
from aggregate_timings import broadcasting_table, control_table, crossover_row, speedup_table
from made_up_slices import make_slices

from retrial.timing.slices import samples_of, timing_row

QUIET = {"max_busy_cores": 0.5}
NINE = [1.0, 1.02, 1.01, 0.99, 1.0, 1.01, 1.0, 0.98, 1.03]


def test_a_sample_is_the_median_slice_of_a_process():
    slices = make_slices([1.0, 2.0])
    slices.loc[[0, 3], "seconds"] = 9.0
    assert samples_of(slices)["relu", "numpy", "(20,100)"].tolist() == [1.0, 2.0]


def test_a_timing_row_counts_processes_and_samples():
    row = timing_row(make_slices(NINE), **QUIET)
    assert (row["n_processes"], row["n_samples"]) == (9, 9)
    assert (row["median_s"], row["min_s"], row["ci_low_s"], row["ci_high_s"]) == (1.0, 0.98, 0.99, 1.02)
    assert row["stable"]


def test_processes_that_disagree_make_a_row_unstable():
    assert not timing_row(make_slices([1.0, 1.4, 1.0, 1.5, 1.6, 1.0, 1.4, 1.5, 1.6]), **QUIET)["stable"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"cpu_share": 0.66}, "load: a process had a core for 66% of the time"),
        ({"busy_cores": 0.6}, "load: other programs kept 0.6 cores busy"),
    ],
)
def test_a_busy_machine_makes_a_row_unstable_and_is_the_reason(changed, reason):
    row = timing_row(make_slices([1.0] * 9, **changed), **QUIET)
    assert (row["stable"], row["reasons"]) == (False, [reason])


def test_a_drift_from_the_first_processes_to_the_last_is_a_reason():
    row = timing_row(make_slices([1.0] * 5 + [1.2] * 4), **QUIET)
    assert any(reason.startswith("drift: the last processes took +20%") for reason in row["reasons"])


def test_a_slow_process_does_not_change_the_speedup_because_it_measures_both():
    machine = np.array([1.0, 2, 1, 1.5, 1.1, 1, 1, 3, 1])
    slices = pd.concat([make_slices(10 * machine, "naive"), make_slices(machine)])
    table = speedup_table(samples_of(slices))
    (row,) = table.itertuples(index=False)
    assert row[:4] == ("relu", "(20,100)", "naive", "numpy")
    assert row[4:] == pytest.approx((10, 10, 10, True, 10, 10, 10, 6))


def ratio_row(ratios, machine=1.0):
    """The row of speedups.csv for processes with these ratios."""
    slices = pd.concat([make_slices(np.multiply(ratios, machine), "naive"), make_slices(np.ones(9) * machine)])
    (row,) = speedup_table(samples_of(slices)).itertuples()
    return row


@pytest.mark.parametrize(
    ("ratios", "stable"),
    [
        ([10, 10, 10, 10, 10, 10, 10, 10.9, 10.9], True),
        ([10, 10, 10, 10, 10, 10, 10, 11.1, 11.1], False),
        ([8.9, 8.9, 10, 10, 10, 10, 10, 10, 10], False),
        ([9.6, 9.6, 9.6, 9.6, 10, 10.5, 10.5, 10.5, 10.5], True),
        ([9.5, 9.5, 9.5, 9.5, 10, 10.5, 10.5, 10.5, 10.5], False),  # drift
    ],
)
def test_a_speedup_is_stable_by_its_own_interval_and_drift(ratios, stable):
    assert ratio_row(ratios).stable == stable
    assert ratio_row(ratios, machine=np.array([1, 2, 1, 1.5, 1.1, 1, 1, 3, 1])).stable == stable


def test_the_quiet_speedup_is_that_of_the_processes_whose_baseline_is_fast_and_has_an_interval_from_six_on():
    row = ratio_row([10, 10.1, 10.2, 10.3, 10.4, 11, 15, 16, 17])
    assert (row.quiet, row.n_quiet) == (pytest.approx(10.25), 6)
    assert (row.quiet_ci_low, row.quiet_ci_high) == (10, 11)
    row = ratio_row([10, 10.1, 10.2, 10.3, 10.4, 11.1, 15, 16, 17])
    assert (row.quiet, row.n_quiet, np.isnan(row.quiet_ci_low)) == (10.2, 5, True)


def test_a_ratio_takes_the_processes_that_timed_both():
    slices = pd.concat([make_slices(10 * np.arange(1.0, 10), "naive"), make_slices(np.arange(1.0, 10))])
    every_second = slices[(slices["implementation"] == "numpy") | (slices["process"] % 2 == 0)]
    assert speedup_table(samples_of(every_second))[["speedup", "n_quiet"]].to_numpy().tolist() == [[10, 1]]


def test_each_implementation_is_compared_with_both_baselines_at_its_own_size():
    sizes = [("naive", "(1,5)"), ("naive_list", "(1,5)"), ("numpy", "(1,5)"), ("numpy", "(9,9)")]
    table = speedup_table(samples_of(pd.concat(make_slices(NINE, name, shape=shape) for name, shape in sizes)))
    pairs = set(zip(table["baseline"], table["implementation"], strict=True))
    assert pairs == {(a, b) for a in ("naive", "naive_list") for b in ("naive", "naive_list", "numpy") if a != b}
    assert set(table["shape"]) == {"(1,5)"}


@pytest.mark.parametrize(("factor", "covers_1"), [(1.0, True), (1.2, False)])
def test_a_control_row_says_whether_the_interval_covers_1(factor, covers_1):
    noise = 1 + 0.01 * np.random.default_rng(0).normal(size=(2, 9))
    table = control_table(samples_of(pd.concat([make_slices(factor * noise[0]), make_slices(noise[1], "control")])))
    assert list(table.columns) == ["operation", "shape", "ratio", "ci_low", "ci_high", "covers_1", "control"]
    assert table["covers_1"].tolist() == [covers_1]
    times = {"naive": factor * noise[0], "control_part": 0.3 * noise[1], "control_rest": 0.7 * noise[1]}
    table = control_table(samples_of(pd.concat(make_slices(s, name, "add") for name, s in times.items())))
    assert table[["covers_1", "control"]].to_numpy().tolist() == [[covers_1, "loops against each half of the rows"]]


@pytest.mark.parametrize(
    ("speedups", "slower_up_to", "faster_from"),
    [([0.5, 0.9, 2, 50], "b", "c"), ([2, 3, 4, 5], None, "a"), ([0.5, 2, 0.9, 5], "c", "d"), ([0.5] * 4, "d", None)],
)
def test_a_crossover_is_the_size_from_which_numpy_is_faster_at_all_larger_sizes(speedups, slower_up_to, faster_from):
    speedups = np.array(speedups)
    table = pd.DataFrame({"operation": "relu", "baseline": "naive", "shape": list("abcd")})
    row = crossover_row(table.assign(ci_low=speedups * 0.95, ci_high=speedups * 1.05))
    assert (row["slower_up_to"], row["faster_from"]) == (slower_up_to, faster_from)


def test_repetition_is_compared_with_broadcasting():
    key = {"operation": "maximum", "shape": "(2,2) (2)"}
    slices = pd.concat(
        [make_slices(NINE, "numpy_broadcasting", **key), make_slices([3.0] * 9, "numpy_repetition", **key)]
    )
    checks = pd.DataFrame({"operation": "maximum", "implementation": ["numpy_broadcasting", "numpy_repetition"]})
    own, repeated = broadcasting_table(slices, checks.assign(max_abs_error=0.0, peak_bytes=[8, 24])).itertuples()
    assert (own.method, own.ratio, own.peak_bytes) == ("broadcasting", 1, 8)
    assert (repeated.method, repeated.ratio, repeated.peak_bytes) == ("explicit repetition", 3.0, 24)
    assert repeated.ratio_ci_low <= 3 <= repeated.ratio_ci_high
