"""evaluate: loss, accuracy, metrics and confusion matrix of each network; the intervals of accuracies."""

import numpy as np
import pandas as pd
import pytest

from retrial.files import read_json
from retrial.statistics import interval_of_share, interval_over_seeds_and_images

MODEL = "results/models/baseline/0"


def draw(rng: np.random.Generator, seeds: int, images: int) -> np.ndarray:
    """Answers of networks that differ a little, about images that differ much in difficulty."""
    logits = 3 + rng.normal(0, 0.3, (seeds, 1)) + rng.normal(0, 2, images)
    return rng.random((seeds, images)) < 1 / (1 + np.exp(-logits))


def test_the_interval_over_seeds_and_images_covers_the_accuracy_on_other_seeds_and_images():
    rng = np.random.default_rng(0)
    truth = np.mean([draw(rng, 100, 1000).mean() for _ in range(200)])
    intervals = [interval_over_seeds_and_images(draw(rng, 5, 500)) for _ in range(1000)]
    coverage = np.mean([interval.low <= truth <= interval.high for interval in intervals])
    assert 0.93 <= coverage <= 0.98


def test_it_is_that_of_the_bootstrap_over_seeds_and_images():
    rng = np.random.default_rng(1)
    correct = draw(rng, 20, 2000)
    means = []
    for _ in range(500):
        means.append(correct[rng.integers(0, 20, 20)][:, rng.integers(0, 2000, 2000)].mean())
    _, low, high = interval_over_seeds_and_images(correct)
    assert high - low == pytest.approx(np.quantile(means, 0.975) - np.quantile(means, 0.025), rel=0.15)


def test_answers_that_are_all_the_same_have_an_interval_of_no_width():
    assert interval_over_seeds_and_images(np.ones((3, 4), bool)) == (1, 1, 1)


def test_the_interval_of_a_share_is_exact():
    share, low, high = interval_of_share(100, 100)
    assert (share, high) == (1, 1)
    assert low == pytest.approx(0.025 ** (1 / 100))


def test_metrics_are_the_same_as_those_of_keras(tiny_run):
    metrics = read_json(tiny_run / MODEL / "metrics.json")
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
    confusion = pd.read_csv(tiny_run / MODEL / "confusion.csv", index_col="label", dtype={"label": str})
    assert list(confusion.index) == list(confusion.columns) == list("0123456789")
    assert list(confusion.sum(axis=1)) == [100] * 10
    accuracy = read_json(tiny_run / MODEL / "metrics.json")["test_accuracy"]
    assert np.trace(confusion.to_numpy()) == pytest.approx(1000 * accuracy)
