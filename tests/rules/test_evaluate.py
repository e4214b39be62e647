"""evaluate: loss, accuracy, metrics and confusion matrix, from the probabilities."""

import numpy as np
import pandas as pd
import pytest

from retrial.pipeline.files import read_json

MODEL = "results/models/baseline/0"
INPUTS = [f"{MODEL}/probabilities.npy", "results/data/y_test.npy", "results/data/provenance.json"]
TARGETS = [f"{MODEL}/metrics.json", f"{MODEL}/confusion.csv"]


def test_metrics_are_the_same_as_those_of_keras(run_rule, tiny_run):
    folder = run_rule("evaluate", INPUTS, TARGETS)
    metrics = read_json(folder / TARGETS[0])
    assert list(metrics) == ["experiment", "seed", "dataset", "test_loss", "test_accuracy", "n_test", "accuracy"]
    assert (metrics["experiment"], metrics["seed"], metrics["dataset"], metrics["n_test"]) == (
        "baseline",
        0,
        "mnist-5k",
        1000,
    )

    import keras

    model = keras.models.load_model(tiny_run / MODEL / "model.keras")
    x_test, y_test = (np.load(tiny_run / f"results/data/{name}.npy") for name in ("x_test", "y_test"))
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    assert metrics["test_loss"] == pytest.approx(loss, rel=1e-5)
    assert metrics["test_accuracy"] == metrics["accuracy"] == pytest.approx(accuracy)


def test_the_diagonal_of_the_confusion_matrix_is_the_accuracy(tiny_run):
    confusion = pd.read_csv(tiny_run / TARGETS[1], index_col="label", dtype={"label": str})
    assert list(confusion.index) == list(confusion.columns) == list("0123456789")
    assert list(confusion.sum(axis=1)) == [100] * 10
    accuracy = read_json(tiny_run / TARGETS[0])["test_accuracy"]
    assert np.trace(confusion.to_numpy()) == pytest.approx(1000 * accuracy)
