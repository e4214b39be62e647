"""In [7] to In [10]: the predictions of the trained network, and its accuracy."""

import numpy as np
import pandas as pd

from retrial.formats import format_accuracy, format_percent
from retrial.notebook.compile import IMAGES
from retrial.notebook.evidence import (
    baseline_accuracies,
    mean_above,
    mean_within,
    needed_seeds,
    probabilities_of,
    require_mnist,
    sets_of_five,
    with_interval,
)
from retrial.notebook.layers import MODEL
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim, statement
from retrial.notebook.rules import equivalent, exact, interval_above, interval_holds, reproduced, true
from retrial.statistics import Interval, interval_of_mean, interval_of_next, interval_of_share, p_of_next, p_of_share

PRINTED = np.log10([1 - 0.99999297, 1 - 0.99999386])  # that the first image is not a 7
FIVE_AGREE = 90  # the level in % at which five seeds that agree are enough
WIDEST_RATIO = 10_000  # a prediction interval of 1 - p that spans a larger factor cannot tell
# The notebook's accuracy, and how far from it a mean is still the same accuracy.
NOTEBOOK_ACCURACY, MARGIN = 0.98, 0.005
# A prediction interval of the accuracy wider than ± this cannot tell.
WIDEST = 0.01

IN_7 = Cell(
    "In [7] predict",
    "predict the first ten test images",
    note="The nine other probabilities that it prints and that of the 7 add up to 1, so they are judged with it. "
    "They differ by powers of ten from seed to seed: nine intervals from five seeds would hold nearly everything.",
)
IN_7_8 = Cell("In [7] argmax, [8]", "show the largest output's index for the first image, and the probability of a 7")


@claim("stated", IN_7, IN_7_8, rule=interval_above(0.5, "the share of seeds that predict a 7", level=FIVE_AGREE))
def first_prediction(results):
    """The network predicts that the first test image is a 7"""
    is_seven = [p[0].argmax() == 7 for p in probabilities_of(results, "baseline")]
    k, n = sum(is_seven), len(is_seven)
    interval = interval_of_share(k, n, FIVE_AGREE / 100)
    measured = f"7 from {k} of {n} seeds, {with_interval(format_percent, *interval)}"
    require_mnist(results, measured)
    return Outcome(measured, interval, p_of_share(k, n, 0.5, sides=1), "needs more seeds: five or more that agree")


def rests(results, experiment: str) -> np.ndarray:
    """log10 of the probability that the first image is not a 7, shape (seeds,)."""
    rest = [np.delete(p[0].astype(np.float64), slice(7, 8)).sum() for p in probabilities_of(results, experiment)]
    return np.log10(np.maximum(rest, np.finfo(np.float32).tiny))


def interval_of_rest(logs: np.ndarray) -> Interval:
    """1 - p with the 95 % prediction interval of the mean of two more seeds, as were printed, on a log scale."""
    return Interval(*10 ** np.array(interval_of_next(logs, len(PRINTED))))


PRINTED_PROBABILITIES = reproduced(
    interval_holds(
        10 ** PRINTED.mean(),
        WIDEST_RATIO,
        "the 95 % prediction interval of the mean of two more seeds, on a log scale",
        f"a probability of {10 ** PRINTED.mean():.2g} that it is not a 7, the mean of both,",
        f"a factor of {WIDEST_RATIO:,}",
        ratio=True,
    )
)


def compare_with_printed(results, experiment: str) -> Outcome:
    """1 - p of an experiment, with the interval of the mean of two more seeds, and the p-value of the printed mean."""
    logs = rests(results, experiment)
    interval, p_value = interval_of_rest(logs), None
    measured = f"probability that it is not a 7: {interval.value:.2g}"
    if len(logs) > 1:
        sets = sets_of_five(logs, PRINTED_PROBABILITIES, interval_of_rest)
        measured += f" [{interval.low:.2g}, {interval.high:.2g}], prediction interval from {len(logs)} seeds{sets}"
        p_value = p_of_next(logs, PRINTED.mean(), len(PRINTED))
    require_mnist(results, measured)
    return Outcome(measured, interval, p_value, "needs more seeds")


@claim(
    "printed",
    IN_7,
    IN_7_8,
    rule=PRINTED_PROBABILITIES,
    explanation="Two values for one image: we take them for those of two trainings. A possible reason for the "
    "difference here: Keras up to 2.10 divided the gradient by √v + ε, Keras 3 divides it by √(v + ε).",
)
def first_probability(results):
    """The probability that the first test image is a 7 is 0.99999297; a cell later, it is 0.99999386"""
    return compare_with_printed(results, "baseline")


@claim("added", IN_7_8, rule=PRINTED_PROBABILITIES)
def old_rule_probability(results):
    """By the rule of Keras up to 2.10, ε outside the root, both printed probabilities are nothing unusual"""
    if not results.trainings("old_rmsprop"):
        raise NotTestable("no experiment old_rmsprop")
    return compare_with_printed(results, "old_rmsprop")


@claim(
    "added",
    IN_7_8,
    rule=interval_above(0, "the mean difference of log10(1 - probability of a 7), Keras 3's rule minus the old one,"),
)
def old_rule_is_surer(results):
    """The same network from the same seeds is surer of this 7 by the old rule than by Keras 3's"""
    logs = [
        pd.Series(rests(results, name), [training.seed for training in results.trainings(name)])
        for name in ("from_scratch", "old_rmsprop")
    ]
    differences = (logs[0] - logs[1]).dropna().to_numpy()
    if not len(differences):
        raise NotTestable("no seed has both experiments, from_scratch and old_rmsprop")
    interval = 10 ** np.array(interval_of_mean(differences))
    measured = f"probability that it is not a 7 smaller by a factor of {with_interval('{:.2g}'.format, *interval)}"
    outcome = mean_above(measured, differences)
    require_mnist(results, outcome.measured)
    return outcome


TWICE = statement(
    "probability",
    IN_7_8,
    "first, second = (model.predict(images[0:10], verbose=0)[0] for _ in range(2))\nfirst[7] == second[7]",
    IMAGES + MODEL,
    reading="as meant",
)


@claim("added", IN_7_8, rule=true("two predictions of a network for ten images are the same bits"))
def one_probability_as_meant(results):
    """As meant: one network predicts the same probability for an image each time"""
    run = TWICE.run(results)
    return Outcome("equal" if run.is_true else "not equal", run.is_true)


IN_9 = Cell("In [9]", "show the first label")


@claim("printed", IN_9, rule=exact(7))
def first_label(results):
    """The label of the first test image is 7"""
    label = results.array("data/y_test.npy")[0]
    require_mnist(results, f"{label}")
    return Outcome(f"{label}", int(label))


IN_10 = Cell("In [10]", "evaluate on the test set")


PRINTED_ACCURACY = reproduced(
    interval_holds(
        NOTEBOOK_ACCURACY,
        2 * WIDEST,
        "the 95 % prediction interval of one more seed",
        f"{NOTEBOOK_ACCURACY}",
        f"± {WIDEST}",
    )
)


@claim("printed", IN_10, rule=PRINTED_ACCURACY)
def accuracy(results):
    """The network's accuracy on the test set is 0.9800, from one seed"""
    accuracies = baseline_accuracies(results)
    interval = interval_of_next(accuracies)
    if len(accuracies) < 2:
        require_mnist(results, format_accuracy(interval.value))
        return Outcome(format_accuracy(interval.value), interval, needed=needed_seeds(accuracies, 0))
    measured = f"{with_interval(format_accuracy, *interval)}, prediction interval from {len(accuracies)} seeds"
    measured += sets_of_five(accuracies, PRINTED_ACCURACY, interval_of_next)
    require_mnist(results, measured)
    return Outcome(measured, interval, p_of_next(accuracies, NOTEBOOK_ACCURACY), "needs more seeds")


@claim("added", IN_10, rule=equivalent(NOTEBOOK_ACCURACY, MARGIN, "the mean accuracy over seeds"))
def mean_accuracy(results):
    """The mean accuracy over seeds is the notebook's 0.98"""
    accuracies = baseline_accuracies(results)
    outcome = mean_within(accuracies, NOTEBOOK_ACCURACY, MARGIN, format_accuracy)
    if len(accuracies) > 1:
        row = results.csv("accuracy_summary.csv").set_index("experiment").loc["baseline"]
        over_images = f"[{format_accuracy(row.ci_images_low)}, {format_accuracy(row.ci_images_high)}]"
        outcome = outcome._replace(measured=f"{outcome.measured}; {over_images} (95 % interval) over seeds × images")
    require_mnist(results, outcome.measured)
    return outcome
