"""compare_networks: the share of test images on which two networks predict different labels."""

import numpy as np
import pandas as pd
from compare_networks import compare
from small_results import page_settings

from retrial.pipeline.results import Training

TARGET = "results/predictions/disagreement.csv"
COLUMNS = ["experiment", "seed", "other_experiment", "other_seed", "share"]


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


def test_the_table_is_that_of_the_probabilities(run_rule):
    trainings = [
        f"{name}/{seed}" for name, experiment in page_settings()["experiments"].items() for seed in experiment["seeds"]
    ]
    folder = run_rule("compare_networks", [f"results/models/{name}/probabilities.npy" for name in trainings], [TARGET])
    table = pd.read_csv(folder / TARGET)
    assert list(table.columns) == COLUMNS
    one, other = (
        np.load(folder / f"results/models/{name}/probabilities.npy").argmax(axis=1) for name in ("baseline/0", "mse/1")
    )
    (row,) = table.query(
        "experiment == 'baseline' and seed == 0 and other_experiment == 'mse' and other_seed == 1"
    ).itertuples()
    assert row.share == (one != other).mean() > 0
