"""evaluate: accuracies of networks and experiments, and on what share of images two networks disagree."""

import numpy as np
import pandas as pd
import pytest
from conftest import made_file
from evaluate import compare, summarise

from retrial.files import read_json
from retrial.results import Training

TABLES = ["results/accuracy.csv", "results/accuracy_summary.csv"]


def test_pairs_within_an_experiment_and_with_baseline_are_compared():
    predicted = {
        Training("baseline", 0): np.array([1, 2, 3, 4]),
        Training("baseline", 1): np.array([1, 2, 3, 5]),
        Training("low_rate", 0): np.array([1, 0, 0, 4]),
        Training("mse", 0): np.array([9, 9, 9, 9]),
    }
    rows = [tuple(row) for row in compare(predicted).itertuples(index=False)]
    assert rows == [
        ("baseline", 0, "baseline", 1, 0.25),
        ("baseline", 0, "low_rate", 0, 0.5),
        ("baseline", 0, "mse", 0, 1),
        ("baseline", 1, "low_rate", 0, 0.75),
        ("baseline", 1, "mse", 0, 1),
    ]


def test_the_tables_have_the_values_of_the_metrics(tiny_run):
    accuracy, summary = (pd.read_csv(made_file(tiny_run, table)) for table in TABLES)
    for row in accuracy.itertuples():
        metrics = read_json(tiny_run / f"results/models/{row.experiment}/{row.seed}/metrics.json")
        assert (row.test_accuracy, row.test_loss) == (metrics["test_accuracy"], pytest.approx(metrics["test_loss"]))
    baseline = summary.set_index("experiment").loc["baseline"]
    assert baseline["n_seeds"] == 2
    assert baseline["mean"] == pytest.approx(accuracy.query("experiment == 'baseline'")["test_accuracy"].mean())
    assert baseline["ci_low"] <= baseline["mean"] <= baseline["ci_high"]
    assert baseline["ci_images_low"] < baseline["mean"] < baseline["ci_images_high"]


def test_one_seed_has_neither_deviation_nor_intervals():
    accuracy = pd.DataFrame({"experiment": ["a"], "test_accuracy": [0.5]})
    (row,) = summarise(accuracy, {"a": np.array([[True, False]])}).itertuples()
    assert (row.n_seeds, row.mean) == (1, 0.5)
    assert np.isnan([row.sd, row.ci_low, row.ci_high, row.ci_images_low, row.ci_images_high]).all()
