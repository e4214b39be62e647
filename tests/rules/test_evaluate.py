"""evaluate: loss, accuracy, metrics and confusion matrix of each network; the intervals of accuracies."""

import numpy as np
import pandas as pd
import pytest
from evaluate import confusion, evaluate

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


def test_answers_that_are_all_the_same_have_an_interval_of_no_width():
    assert interval_over_seeds_and_images(np.ones((3, 4), bool)) == (1, 1, 1)


def test_the_interval_of_a_share_is_exact():
    share, low, high = interval_of_share(100, 100)
    assert (share, high) == (1, 1)
    assert low == pytest.approx(0.025 ** (1 / 100))


def test_scores_have_the_names_of_keras_and_are_those_of_the_probabilities():
    labels, probabilities = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]], np.float32)
    scores = evaluate(labels, probabilities, "mean_squared_error", ["binary_accuracy"])
    assert list(scores) == ["test_loss", "test_accuracy", "n_test", "binary_accuracy"]
    assert list(scores.values()) == pytest.approx([(0.2**2 + 0.6**2) / 2, 0.5, 2, 0.5])


def test_the_confusion_matrix_counts_the_predictions_of_each_label():
    labels, predicted = np.array([0, 1, 1, 1]), np.array([0, 2, 1, 2])
    table = confusion(labels, np.eye(3)[predicted], ["shoe", "NA", "bag"])
    assert list(table.index) == list(table.columns) == ["shoe", "NA", "bag"]
    assert table.to_numpy().tolist() == [[1, 0, 0], [0, 1, 2], [0, 0, 0]]


def test_the_files_of_a_run_are_about_its_test_images(tiny_run):
    metrics = read_json(tiny_run / MODEL / "metrics.json")
    assert list(metrics) == ["experiment", "seed", "dataset", "test_loss", "test_accuracy", "n_test", "accuracy"]
    assert (metrics["experiment"], metrics["seed"], metrics["dataset"]) == ("baseline", 0, "mnist-5k")
    counts = pd.read_csv(tiny_run / MODEL / "confusion.csv", index_col="label", dtype={"label": str})
    assert list(counts.sum(axis=1)) == [100] * 10
    assert np.trace(counts.to_numpy()) == pytest.approx(metrics["n_test"] * metrics["test_accuracy"])
