"""summarise_accuracy: one row for each training, one for each experiment."""

import pandas as pd
import pytest

from retrial.pipeline.files import read_json

TRAININGS = [("baseline", 0), ("baseline", 1), ("mse", 0), ("mse", 1), ("unscaled", 0)]
INPUTS = [f"results/models/{experiment}/{seed}/metrics.json" for experiment, seed in TRAININGS]
TARGETS = ["results/accuracy.csv", "results/accuracy_summary.csv"]


def test_the_tables_have_the_values_of_the_metrics(run_rule):
    folder = run_rule("summarise_accuracy", INPUTS, TARGETS)
    accuracy, summary = (pd.read_csv(folder / target) for target in TARGETS)
    assert list(accuracy.columns) == ["experiment", "seed", "test_accuracy", "test_loss"]
    for row, path in zip(accuracy.itertuples(), INPUTS, strict=True):
        metrics = read_json(folder / path)
        assert (row.experiment, row.seed) == (metrics["experiment"], metrics["seed"])
        assert (row.test_accuracy, row.test_loss) == (metrics["test_accuracy"], pytest.approx(metrics["test_loss"]))
    assert list(summary.columns) == ["experiment", "n_seeds", "mean", "sd", "ci_low", "ci_high"]
    assert summary.loc[0, "n_seeds"] == 2
    assert list(summary["experiment"]) == ["baseline", "mse", "unscaled"]
    assert summary.loc[0, "mean"] == pytest.approx(accuracy["test_accuracy"][:2].mean())
    assert summary.loc[0, "ci_low"] <= summary.loc[0, "mean"] <= summary.loc[0, "ci_high"]
