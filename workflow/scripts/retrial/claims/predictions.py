"""What the notebook says about the predictions of the trained network, and about accuracy, loss and metrics."""

import numpy as np
import pandas as pd

from retrial.claims.registry import NotTestable, claim, require_mnist, with_interval
from retrial.display.formats import format_accuracy
from retrial.statistics import falls_throughout, interval_of_mean

SOURCE = "notebook: prediction"
# Each float32 probability is rounded, so a row sums to 1 only approximately.
ROUNDING = 1e-5
# A half-width of the interval above this cannot tell whether the accuracy is 0.98.
PRECISION = 0.01


@claim(
    "first_digit",
    "The first test image is a 7, and the network is almost certain of it",
    source=SOURCE,
    expected="label 7, predicted 7, p(7) > 0.99",
)
def _(results):
    first = results.csv("predictions/first_ten.csv").iloc[0]
    label, predicted = int(first["label"]), int(first["predicted"])
    measured = f"label {label}, predicted {predicted}, with p = {first['probability']:.5f}"
    require_mnist(results, measured)
    return measured, label == predicted == 7 and first["probability"] > 0.99


@claim("first_ten", "The first ten test images are 7 2 1 0 4 1 4 9 5 9", source=SOURCE, expected="7 2 1 0 4 1 4 9 5 9")
def _(results):
    table = results.csv("predictions/first_ten.csv")
    labels = " ".join(map(str, table["label"]))
    measured = f"{labels}; {(table['label'] == table['predicted']).sum()} of 10 classified correctly"
    require_mnist(results, measured)
    return measured, labels == "7 2 1 0 4 1 4 9 5 9"


def all_probabilities(results) -> list[np.ndarray]:
    """The predictions of every training, shape (n_test, units) each."""
    return [results.array(training.file("probabilities.npy")) for training in results.trainings()]


@claim(
    "softmax",
    "The outputs of the softmax layer sum to 1 for each image",
    source=SOURCE,
    expected=f"1, within {ROUNDING:g}",
)
def _(results):
    probabilities = all_probabilities(results)
    worst = max(float(np.abs(p.sum(axis=1, dtype=np.float64) - 1).max()) for p in probabilities)
    return f"largest difference from 1: {worst:.2g}, in {len(probabilities)} trainings", worst <= ROUNDING


@claim(
    "output_units",
    "The last layer has as many units as there are labels",
    source=SOURCE,
    expected="as many units as labels",
)
def _(results):
    units = {p.shape[1] for p in all_probabilities(results)}
    n_labels = len(np.unique(results.array("data/y_train.npy")))
    return f"{', '.join(map(str, sorted(units)))} units, {n_labels} labels", units == {n_labels}


@claim(
    "accuracy",
    "The network's accuracy on the test set is 0.98",
    source="notebook: evaluation",
    expected=f"0.98 within the 95 % interval of the mean, no wider than ± {PRECISION}",
)
def _(results):
    accuracies = results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"]
    mean, low, high = interval_of_mean(accuracies)
    one_seed = len(accuracies) < 2
    interval = with_interval(format_accuracy, mean, low, high)
    measured = format_accuracy(mean) if one_seed else f"{interval} over {len(accuracies)} seeds"
    require_mnist(results, measured)
    if one_seed:
        raise NotTestable("one seed has no interval, two or more are needed", measured)
    holds = low <= 0.98 <= high
    if holds and high - mean > PRECISION:
        raise NotTestable("the interval is too wide to decide", measured)
    return measured, holds


def compare_pairs(pairs: pd.DataFrame) -> tuple[str, bool]:
    """Whether the first column exceeds the second: the 95 % interval of the mean difference over the seeds is above 0.

    Raises:
        NotTestable: fewer than two seeds have both values.
    """
    pairs = pairs.dropna()
    if len(pairs) < 2:
        raise NotTestable(f"seeds with both values: {len(pairs)}, two or more are needed")
    larger, smaller = pairs.columns
    difference = interval_of_mean(pairs[larger] - pairs[smaller])
    means = ", ".join(f"{name} {format_accuracy(pairs[name].mean())}" for name in pairs)
    measured = f"{means}; difference {with_interval(format_accuracy, *difference)} over {len(pairs)} seeds"
    return measured, difference.low > 0


def accuracy_pairs(results, *experiments: str) -> pd.DataFrame:
    """The accuracies, a row for each seed and a column for each of these experiments; NaN where there is none."""
    table = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
    return table.reindex(columns=list(experiments))


@claim(
    "scale_matters",
    "The network is sensitive to the scale of its input: without the division by 255 it is less accurate",
    source="notebook: preprocessing",
    expected="a difference of accuracy above 0",
)
def _(results):
    return compare_pairs(accuracy_pairs(results, "baseline", "unscaled"))


@claim(
    "unrelated_loss",
    "Another loss gives another model: the second compilation, whose learning rate differs too, is less accurate",
    source="notebook: compilation",
    expected="a difference of accuracy above 0",
)
def _(results):
    return compare_pairs(accuracy_pairs(results, "baseline", "mse"))


@claim(
    "metric_flatters",
    "An unrelated metric is misleading: the binary accuracy is higher than the accuracy of the same model",
    source="notebook: compilation",
    expected="a difference above 0",
)
def _(results):
    metrics = pd.DataFrame([results.json(training.file("metrics.json")) for training in results.trainings("mse")])
    pairs = metrics.reindex(columns=["binary_accuracy", "test_accuracy"])
    return compare_pairs(pairs.rename(columns={"test_accuracy": "accuracy"}))


def count_discordant_pairs(rows: pd.DataFrame) -> tuple[int, int]:
    """In how many pairs of seeds one has both the lower loss and the lower accuracy, and how many pairs there are."""
    loss, accuracy = (rows[column].to_numpy() for column in ("test_loss", "test_accuracy"))
    first, second = np.triu_indices(len(rows), k=1)
    return int(((loss[first] - loss[second]) * (accuracy[first] - accuracy[second]) > 0).sum()), len(first)


@claim(
    "loss_not_metric",
    "Training minimises the loss, not the metric",
    source="notebook: compilation",
    expected="the loss falls in every epoch of every training, but for at least one pair of seeds, the lower "
    "test loss comes with the lower accuracy",
)
def _(results):
    losses = [results.csv(training.file("history.csv"))["loss"] for training in results.trainings()]
    falling = sum(map(falls_throughout, losses))
    groups = results.csv("accuracy.csv").groupby("experiment", sort=False)
    pairs = {experiment: count_discordant_pairs(rows) for experiment, rows in groups}
    measured = f"the loss falls in every epoch in {falling} of {len(losses)} trainings; loss and accuracy disagree in "
    measured += ", ".join(f"{k} of {n} pairs of seeds ({experiment})" for experiment, (k, n) in pairs.items())
    if min(map(len, losses)) < 2:
        raise NotTestable("an experiment has one epoch, two or more are needed", measured)
    if not any(n for _, n in pairs.values()):
        raise NotTestable("every experiment has one seed, two or more are needed", measured)
    return measured, falling == len(losses) and any(k for k, _ in pairs.values())
