"""In [7] to In [10]: the predictions of the trained network, and its accuracy."""

import numpy as np

from retrial.formats import format_accuracy
from retrial.notebook.compile import IMAGES
from retrial.notebook.evidence import (
    baseline_accuracies,
    baseline_probabilities,
    needed_seeds,
    require_mnist,
    with_interval,
)
from retrial.notebook.layers import MODEL
from retrial.notebook.registry import Cell, Outcome, claim, statement
from retrial.notebook.rules import Rule, equivalent, every_one, exact, interval_holds, true
from retrial.statistics import interval_of_mean, interval_of_next, p_of_equivalence

# A prediction interval of 1 - p that spans more powers of ten cannot tell.
WIDEST_DECADES = 4
# The notebook's accuracy, and how far from it a mean is still the same accuracy.
NOTEBOOK_ACCURACY, MARGIN = 0.98, 0.005
# A prediction interval of the accuracy wider than ± this cannot tell.
WIDEST = 0.01
OLD_RMSPROP = "Keras up to 2.10 divided the gradient by √v + ε, Keras 3 divides it by √(v + ε)."

IN_7 = Cell("In [7]", "predict the first ten test images")
IN_7_8 = Cell("In [7], [8]", "show the largest output's index for the first image, and the probability of a 7")


@claim(
    "stated",
    IN_7,
    IN_7_8,
    text="The network predicts that the first test image is a 7",
    rule=every_one("seed", "predicts 7"),
)
def first_prediction(results):
    is_seven = [p[0].argmax() == 7 for p in baseline_probabilities(results)]
    measured = f"7 from {sum(is_seven)} of {len(is_seven)} seeds"
    require_mnist(results, measured)
    return Outcome(measured, is_seven, needed="needs more seeds")


def printed_probability(printed: float) -> Rule:
    """The rule for a probability of a 7 that the notebook prints."""
    return interval_holds(
        np.log10(1 - printed),
        WIDEST_DECADES,
        "the 95 % prediction interval of one more seed, on a log scale",
        f"1 - p = {1 - printed:.2g}",
        f"{WIDEST_DECADES} powers of ten",
    )


def logs_of_the_rest(results) -> Outcome:
    """The probabilities of the labels other than 7 for the first image, with the interval of one more seed."""
    rest = [np.delete(p[0].astype(np.float64), slice(7, 8)).sum() for p in baseline_probabilities(results)]
    logs = np.log10(np.maximum(rest, np.finfo(np.float32).tiny))
    interval = interval_of_next(logs)
    measured = f"1 - p = {10**interval.value:.2g}"
    if len(logs) > 1:
        measured += f" [{10**interval.low:.2g}, {10**interval.high:.2g}], prediction interval from {len(logs)} seeds"
    require_mnist(results, measured)
    return Outcome(measured, interval, needed="needs more seeds" if len(logs) > 1 else needed_seeds(logs, 0))


@claim(
    "printed",
    IN_7,
    text="The probability that the first test image is a 7 is 0.99999297",
    rule=printed_probability(0.99999297),
    explanation=OLD_RMSPROP,
)
def first_probability(results):
    return logs_of_the_rest(results)


@claim(
    "printed",
    IN_7_8,
    text="The probability that the first test image is a 7 is 0.99999386",
    rule=printed_probability(0.99999386),
    explanation=f"In [7] prints 0.99999297 for the same image, so the cells did not run in their order. {OLD_RMSPROP}",
)
def first_probability_again(results):
    return logs_of_the_rest(results)


TWICE = statement(
    "probability",
    IN_7_8,
    "first, second = (model.predict(images[0:10], verbose=0)[0] for _ in range(2))\nfirst[7] == second[7]",
    IMAGES + MODEL,
    reading="as meant",
)


@claim(
    "added",
    IN_7_8,
    text="As meant: one network predicts the same probability for an image each time",
    rule=true("two predictions of a network for ten images are the same bits"),
)
def one_probability_as_meant(results):
    run = TWICE.run(results)
    return Outcome(f"equal: {run.text}", run.is_true)


IN_9 = Cell("In [9]", "show the first label")


@claim("printed", IN_9, text="The label of the first test image is 7", rule=exact(7))
def first_label(results):
    label = results.array("data/y_test.npy")[0]
    require_mnist(results, f"{label}")
    return Outcome(f"{label}", int(label))


IN_10 = Cell("In [10]", "evaluate on the test set")


@claim(
    "printed",
    IN_10,
    text="The network's accuracy on the test set is 0.9800, from one seed",
    rule=interval_holds(
        NOTEBOOK_ACCURACY,
        2 * WIDEST,
        "the 95 % prediction interval of one more seed",
        f"{NOTEBOOK_ACCURACY}",
        f"± {WIDEST}",
    ),
)
def accuracy(results):
    accuracies = baseline_accuracies(results)
    interval = interval_of_next(accuracies)
    measured = format_accuracy(interval.value)
    if len(accuracies) > 1:
        measured = f"{with_interval(format_accuracy, *interval)}, prediction interval from {len(accuracies)} seeds"
    require_mnist(results, measured)
    return Outcome(
        measured, interval, needed="needs more seeds" if len(accuracies) > 1 else needed_seeds(accuracies, 0)
    )


@claim(
    "added",
    IN_10,
    text="The mean accuracy over seeds is the notebook's 0.98",
    rule=equivalent(NOTEBOOK_ACCURACY, MARGIN, "the mean accuracy over seeds"),
)
def mean_accuracy(results):
    accuracies = baseline_accuracies(results)
    interval = interval_of_mean(accuracies)
    needed = needed_seeds(accuracies, abs(abs(interval.value - NOTEBOOK_ACCURACY) - MARGIN))
    if len(accuracies) < 2:
        require_mnist(results, format_accuracy(interval.value))
        return Outcome(format_accuracy(interval.value), accuracies, needed=needed)
    row = results.csv("accuracy_summary.csv").set_index("experiment").loc["baseline"]
    over_images = f"[{format_accuracy(row.ci_images_low)}, {format_accuracy(row.ci_images_high)}]"
    measured = (
        f"{with_interval(format_accuracy, *interval)} over {len(accuracies)} seeds, {over_images} over seeds × images"
    )
    require_mnist(results, measured)
    return Outcome(measured, accuracies, p_of_equivalence(accuracies, NOTEBOOK_ACCURACY, MARGIN), needed)
