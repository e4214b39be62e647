"""What the notebook says about the predictions of the trained network."""

import numpy as np

from retrial.notebook.probes import NEEDS_SEEDS, verdict_of
from retrial.notebook.registry import Outcome, claim, require_mnist
from retrial.notebook.statements import MEANT
from retrial.notebook.written import run_of
from retrial.statistics import interval_of_next

# Each float32 probability is rounded, so a row sums to 1 only approximately.
ROUNDING = 1e-5
# A prediction interval of 1 - p that spans more powers of ten cannot tell.
WIDEST_DECADES = 4


def baseline_probabilities(results) -> list[np.ndarray]:
    """The predictions of each seed of `baseline`, shape (n_test, units) each."""
    return [results.array(training.file("probabilities.npy")) for training in results.trainings("baseline")]


@claim(
    "softmax",
    "The ten outputs of the softmax layer sum to 1 for each image",
    kind="stated",
    cell="In [4]",
    expected=f"10 outputs; their sum is 1, within {ROUNDING:g}",
    decision="confirmed if there are ten outputs and the sum is 1 for every test image and seed; refuted if not",
)
def _(results):
    probabilities = baseline_probabilities(results)
    worst = max(float(np.abs(p.sum(axis=1, dtype=np.float64) - 1).max()) for p in probabilities)
    units = {p.shape[1] for p in probabilities}
    measured = f"{', '.join(map(str, sorted(units)))} outputs; largest difference from 1: {worst:.2g}"
    return Outcome(f"{measured}, over {len(probabilities)} seeds", worst <= ROUNDING and units == {10})


@claim(
    "output_units",
    "The last layer has as many units as there are labels",
    kind="stated",
    cell="In [4]",
    expected="as many outputs as labels",
    decision="confirmed if the numbers are equal for every seed; refuted if not",
)
def _(results):
    units = {p.shape[1] for p in baseline_probabilities(results)}
    n_labels = len(np.unique(results.array("data/y_train.npy")))
    return Outcome(f"{', '.join(map(str, sorted(units)))} units, {n_labels} labels", units == {n_labels})


for id, kind, cell, text in (
    ("first_prediction", "stated", "In [7]", "The network predicts that the first test image is a 7"),
    ("first_argmax", "printed", "In [7], [8]", "The index of the largest output for the first test image is 7"),
):

    @claim(
        id,
        text,
        kind=kind,
        cell=cell,
        expected="7 from every seed",
        decision="confirmed if every seed predicts 7; refuted if most seeds predict another label; otherwise "
        "inconclusive",
    )
    def _(results):
        predicted = [int(p[0].argmax()) for p in baseline_probabilities(results)]
        n_seven = predicted.count(7)
        measured = f"7 from {n_seven} of {len(predicted)} seeds"
        require_mnist(results, measured)
        holds = verdict_of(n_seven == len(predicted), 2 * n_seven < len(predicted))
        return Outcome(measured, holds, needed="needs more seeds")


for id, cell, printed in (
    ("first_probability", "In [7]", 0.99999297),
    ("first_probability_again", "In [7], [8]", 0.99999386),
):

    @claim(
        id,
        f"The probability that the first test image is a 7 is {printed}",
        kind="printed",
        cell=cell,
        expected=f"1 - p = {1 - printed:.2g} within the 95 % prediction interval of one more seed, on a log scale",
        decision=f"confirmed if it is within, and the interval spans at most {WIDEST_DECADES} powers of ten; refuted "
        "if it is outside; otherwise inconclusive",
    )
    def _(results, printed=printed):
        rest = [np.delete(p[0].astype(np.float64), 7).sum() for p in baseline_probabilities(results)]
        logs = np.log10(np.maximum(rest, np.finfo(np.float32).tiny))
        mean, low, high = interval_of_next(logs)
        measured = f"1 - p = {10**mean:.2g}"
        if len(logs) > 1:
            measured += f" [{10**low:.2g}, {10**high:.2g}], prediction interval from {len(logs)} seeds"
        require_mnist(results, measured)
        if len(logs) < 2:
            return Outcome(measured, None, needed=NEEDS_SEEDS)
        if not low <= np.log10(1 - printed) <= high:
            return Outcome(measured, False)
        return Outcome(measured, True if high - low <= WIDEST_DECADES else None, needed="needs more seeds")


@claim(
    "one_probability",
    "As written: In [7] and In [8] print one probability of the same image, 0.99999297 and 0.99999386",
    kind="printed",
    cell="In [7], [8]",
    expected="the two numbers are equal in float32",
    decision="confirmed if they are equal; refuted if they are not",
)
def _(results):
    run = run_of(results, "probability")
    return Outcome(f"equal: {run.text}", run.is_true)


@claim(
    "one_probability_as_meant",
    "As meant: one network predicts the same probability for an image each time",
    kind="added",
    expected="two predictions of a network for ten images are the same bits",
    decision="confirmed if they are equal; refuted if they are not",
)
def _(results):
    run = run_of(results, "probability", MEANT)
    return Outcome(f"equal: {run.text}", run.is_true)


@claim(
    "first_label",
    "The label of the first test image is 7",
    kind="printed",
    cell="In [9]",
    expected="7",
    decision="confirmed if it is 7; refuted if it is another",
)
def _(results):
    label = results.array("data/y_test.npy")[0]
    require_mnist(results, f"{label}")
    return Outcome(f"{label}", bool(label == 7))


@claim(
    "first_ten",
    "The first ten test images are 7 2 1 0 4 1 4 9 5 9",
    kind="added",
    expected="7 2 1 0 4 1 4 9 5 9",
    decision="confirmed if the labels are these; refuted if not",
)
def _(results):
    table = results.csv("predictions/first_ten.csv")
    labels = " ".join(map(str, table["label"]))
    measured = f"{labels}; {(table['label'] == table['predicted']).sum()} of 10 classified correctly"
    require_mnist(results, measured)
    return Outcome(measured, labels == "7 2 1 0 4 1 4 9 5 9")
