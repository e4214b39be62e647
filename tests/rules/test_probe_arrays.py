"""probe_arrays: the calibration of the probabilities, and what broadcasting does in memory."""

import numpy as np
import pandas as pd
import pytest
from probe_arrays import calibration_error, probe_broadcasting, probe_calibration

from retrial.results import Training


def test_confidence_minus_accuracy_is_averaged_over_bins():
    probabilities = np.array([[0.9, 0.1]] * 10 + [[0.4, 0.6]] * 10)
    labels = np.array([0] * 9 + [1] + [1] * 10)
    # 0.9 of the first ten are correct, as they say; of the others all are, which say 0.6
    assert calibration_error(labels, probabilities) == pytest.approx(0.2)


def test_each_experiment_has_a_mean_over_its_seeds_and_one_seed_has_no_interval():
    labels = np.zeros(10, int)
    p = {seed: np.full((10, 2), [1 - error, error]) for seed, error in ((0, 0.1), (1, 0.2))}
    trainings = {Training("baseline", 0): p[0], Training("baseline", 1): p[1], Training("mse", 0): p[0]}
    baseline, mse = probe_calibration(labels, trainings)
    assert (baseline.case, baseline.n, baseline.value) == ("baseline", 2, pytest.approx(0.15))
    assert baseline.low < 0.15 < baseline.high
    assert (mse.n, mse.value) == (1, pytest.approx(0.1))
    assert np.isnan([mse.low, mse.high]).all()


def test_broadcasting_steps_by_0_bytes_and_repetition_by_a_row():
    values = {(row.case, row.statistic): row.value for row in probe_broadcasting()}
    assert values["broadcasting", "bytes from a row to the next"] == 0
    assert values["broadcasting", "shares the memory of the vector"]
    assert values["explicit repetition", "bytes from a row to the next"] == 200 * 8
    assert not values["explicit repetition", "shares the memory of the vector"]


def test_the_table_has_all_experiments(tiny_run):
    table = pd.read_csv(tiny_run / "results/probes/arrays.csv")
    experiments = pd.read_csv(tiny_run / "results/accuracy_summary.csv")["experiment"]
    assert list(table.loc[table["probe"] == "calibration", "case"]) == list(experiments)
