"""What the notebook says about the accuracy of the network, and what changes it."""

import numpy as np
import pandas as pd

from retrial.notebook.probes import NEEDS_SEEDS, needed_seeds, verdict_of
from retrial.notebook.registry import NotTestable, Outcome, claim, require_mnist, with_interval
from retrial.page.formats import format_accuracy
from retrial.statistics import interval_of_mean, interval_of_next, p_of_equivalence, p_of_larger_mean

# The notebook's accuracy, and how far from it a mean is still the same accuracy.
NOTEBOOK_ACCURACY, MARGIN = 0.98, 0.005
# A prediction interval wider than ± this cannot tell.
WIDEST = 0.01
# Differences of accuracy up to this are no effect.
NO_EFFECT = 0.002


def baseline_accuracies(results) -> np.ndarray:
    """The test accuracy of each seed of `baseline`, shape (seeds,)."""
    return results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"].to_numpy()


@claim(
    "accuracy",
    "The network's accuracy on the test set is 0.9800, from one seed",
    kind="printed",
    cell="In [10]",
    expected=f"{NOTEBOOK_ACCURACY} within the 95 % prediction interval of one more seed",
    decision=f"confirmed if it is within, and the interval is no wider than ± {WIDEST}; refuted if it is outside; "
    "otherwise inconclusive",
)
def _(results):
    accuracies = baseline_accuracies(results)
    next_seed = interval_of_next(accuracies)
    measured = format_accuracy(next_seed.value)
    if len(accuracies) > 1:
        measured = f"{with_interval(format_accuracy, *next_seed)}, prediction interval from {len(accuracies)} seeds"
    require_mnist(results, measured)
    if len(accuracies) < 2:
        return Outcome(measured, None, needed=NEEDS_SEEDS)
    if not next_seed.low <= NOTEBOOK_ACCURACY <= next_seed.high:
        return Outcome(measured, False)
    return Outcome(measured, True if next_seed.high - next_seed.low <= 2 * WIDEST else None, needed="needs more seeds")


@claim(
    "mean_accuracy",
    "The mean accuracy over seeds is the notebook's 0.98",
    kind="added",
    expected=f"{NOTEBOOK_ACCURACY} ± {MARGIN}",
    decision=f"confirmed if the 90 % interval of the mean is within {NOTEBOOK_ACCURACY} ± {MARGIN} (two one-sided "
    "tests); refuted if its 95 % interval is outside; otherwise inconclusive",
)
def _(results):
    accuracies = baseline_accuracies(results)
    mean, low, high = interval_of_mean(accuracies, 0.9)
    if len(accuracies) < 2:
        require_mnist(results, format_accuracy(mean))
        return Outcome(format_accuracy(mean), None, needed=NEEDS_SEEDS)
    interval = interval_of_mean(accuracies)
    row = results.csv("accuracy_summary.csv").set_index("experiment").loc["baseline"]
    over_images = f"[{format_accuracy(row.ci_images_low)}, {format_accuracy(row.ci_images_high)}]"
    measured = (
        f"{with_interval(format_accuracy, *interval)} over {len(accuracies)} seeds, {over_images} over seeds × images"
    )
    require_mnist(results, measured)
    p_value = p_of_equivalence(accuracies, NOTEBOOK_ACCURACY, MARGIN)
    lower, upper = NOTEBOOK_ACCURACY - MARGIN, NOTEBOOK_ACCURACY + MARGIN
    holds = verdict_of(lower < low and high < upper, interval.high < lower or interval.low > upper)
    distance = abs(abs(mean - NOTEBOOK_ACCURACY) - MARGIN)
    return Outcome(measured, holds, p_value, needed_seeds(accuracies, distance))


@claim(
    "scale_matters",
    "The network is sensitive to the scale of its input: without the division by 255 it is less accurate",
    kind="stated",
    cell="In [3]",
    expected="a difference of accuracy above 0",
    decision="confirmed if the 95 % interval of the mean difference over seeds is above 0; else refuted if it is "
    f"below {NO_EFFECT}; otherwise inconclusive",
)
def _(results):
    table = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
    pairs = table.reindex(columns=["baseline", "unscaled"]).dropna()
    if pairs.empty:
        raise NotTestable("no seed has both experiments, baseline and unscaled")
    means = ", ".join(f"{name} {format_accuracy(pairs[name].mean())}" for name in pairs)
    differences = (pairs["baseline"] - pairs["unscaled"]).to_numpy()
    if len(pairs) < 2:
        return Outcome(means, None, needed=NEEDS_SEEDS)
    interval = interval_of_mean(differences)
    measured = f"{means}; difference {with_interval(format_accuracy, *interval)} over {len(pairs)} seeds"
    holds = verdict_of(interval.low > 0, interval.high < NO_EFFECT)
    needed = needed_seeds(differences, max(abs(interval.value), NO_EFFECT))
    return Outcome(measured, holds, p_of_larger_mean(differences, 0), needed)


@claim(
    "metric_flatters",
    "Binary accuracy is arithmetic: with n labels it is about 1 - 2 / n · (1 - accuracy), higher than the accuracy",
    kind="added",
    expected="within 0.005 of that prediction",
    decision="confirmed if it is within 0.005 of the prediction for every seed of mse; refuted if it is farther away "
    "for every seed; otherwise inconclusive",
)
def _(results):
    trainings = results.trainings("mse")
    metrics = pd.DataFrame([results.json(training.file("metrics.json")) for training in trainings])
    if "binary_accuracy" not in metrics:
        raise NotTestable("no experiment mse with the metric binary_accuracy")
    n_labels = results.array(trainings[0].file("probabilities.npy")).shape[1]
    predicted = 1 - 2 / n_labels * (1 - metrics["test_accuracy"])
    close = (metrics["binary_accuracy"] - predicted).abs() <= 0.005
    value, prediction, accuracy = (
        format_accuracy(values.mean()) for values in (metrics["binary_accuracy"], predicted, metrics["test_accuracy"])
    )
    measured = f"binary accuracy {value}, predicted {prediction}; accuracy {accuracy}; {len(close)} seeds"
    return Outcome(measured, verdict_of(close.all(), not close.any()), needed="needs more seeds")
