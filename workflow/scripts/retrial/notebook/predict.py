"""In [7] to In [10]: the predictions of the trained network, and its accuracy."""

import numpy as np

from retrial.notebook.compile import IMAGES
from retrial.notebook.evidence import (
    baseline_accuracies,
    baseline_probabilities,
    needed_seeds,
    require_mnist,
    with_interval,
)
from retrial.notebook.layers import MODEL
from retrial.notebook.registry import Outcome, cell, claim, statement
from retrial.notebook.rules import equivalent, exact, every_one, interval_holds, true
from retrial.formats import format_accuracy
from retrial.statistics import interval_of_mean, interval_of_next, p_of_equivalence

# A prediction interval of 1 - p that spans more powers of ten cannot tell.
WIDEST_DECADES = 4
# The notebook's accuracy, and how far from it a mean is still the same accuracy.
NOTEBOOK_ACCURACY, MARGIN = 0.98, 0.005
# A prediction interval of the accuracy wider than ± this cannot tell.
WIDEST = 0.01

IN_7 = cell("In [7]", "predict the first ten test images; print the ten probabilities of the first")
IN_8 = cell("In [8]", "print the index of the largest probability of the first image, and the probability of a 7")
IN_9 = cell("In [9]", "print the first label")
IN_10 = cell("In [10]", "evaluate on the test set")


@claim(
    "stated",
    IN_7,
    IN_8,
    text="The network predicts that the first test image is a 7",
    rule=every_one("seed", "predicts 7"),
)
def first_prediction(results):
    predicted = [int(p[0].argmax()) for p in baseline_probabilities(results)]
    measured = f"7 from {predicted.count(7)} of {len(predicted)} seeds"
    require_mnist(results, measured)
    return Outcome(measured, [label == 7 for label in predicted], needed="needs more seeds")


def of_printed(printed: float):
    """The rule about a printed probability of a 7: 1 - p on a logarithmic scale."""
    return interval_holds(
        np.log10(1 - printed),
        WIDEST_DECADES,
        "the 95 % prediction interval of one more seed, on a logarithmic scale",
        f"1 - p = {1 - printed:.2g}",
        f"{WIDEST_DECADES} powers of ten",
    )


def rest_of_probability(results) -> Outcome:
    """The prediction interval of log10(1 - p) for the first image, where p is the probability of a 7."""
    rest = [np.delete(p[0].astype(np.float64), 7).sum() for p in baseline_probabilities(results)]
    logs = np.log10(np.maximum(rest, np.finfo(np.float32).tiny))
    interval = interval_of_next(logs)
    measured = f"1 - p = {10**interval.value:.2g}"
    if len(logs) > 1:
        measured += f" [{10**interval.low:.2g}, {10**interval.high:.2g}], prediction interval from {len(logs)} seeds"
    require_mnist(results, measured)
    return Outcome(measured, interval, needed="needs more seeds" if len(logs) > 1 else "needs two or more seeds")


@claim("printed", IN_7, text="The probability that the first image is a 7 is 0.99999297", rule=of_printed(0.99999297))
def first_probability(results):
    return rest_of_probability(results)


@claim("printed", IN_8, text="The probability that the first image is a 7 is 0.99999386", rule=of_printed(0.99999386))
def first_probability_again(results):
    return rest_of_probability(results)


TWICE = statement(
    "probability",
    IN_8,
    "first, second = (model.predict(images[0:10], verbose=0)[0] for _ in range(2))\nfirst[7] == second[7]",
    IMAGES + MODEL,
    reading="as meant",
)


@claim(
    "added",
    IN_8,
    text="One network predicts the same probability for an image each time; In [7] and In [8] print two, so they ran "
    "with two networks",
    rule=true("two predictions of a network for ten images are the same bits"),
)
def one_probability_as_meant(results):
    run = TWICE.run(results)
    return Outcome(f"equal: {run.text}", run.is_true)


@claim("printed", IN_9, text="The label of the first test image is 7", rule=exact("7"))
def first_label(results):
    label = str(results.array("data/y_test.npy")[0])
    require_mnist(results, label)
    return Outcome(label, label)


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
    needed = "needs more seeds" if len(accuracies) > 1 else "needs two or more seeds"
    return Outcome(measured, interval, needed=needed)


@claim(
    "added",
    IN_10,
    text="The mean accuracy over seeds is the notebook's 0.98",
    rule=equivalent(NOTEBOOK_ACCURACY, MARGIN, "the mean over seeds"),
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
    measured = f"{with_interval(format_accuracy, *interval)} over {len(accuracies)} seeds, {over_images} over seeds × images"
    require_mnist(results, measured)
    return Outcome(measured, accuracies, p_of_equivalence(accuracies, NOTEBOOK_ACCURACY, MARGIN), needed)
