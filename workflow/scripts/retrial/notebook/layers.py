"""In [4]: the layers of the network, its weights and its outputs."""

import numpy as np

from retrial.formats import format_accuracy
from retrial.network import probe_keys as keys
from retrial.notebook.evidence import (
    interval_of,
    listed,
    over_seeds,
    probabilities_of,
    probe,
    require_mnist,
    with_interval,
)
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim, statement
from retrial.notebook.rules import all_of, at_most, exact, interval_above, interval_below, interval_within, true

ROUNDING = 1e-5  # largest difference of an output, or of a sum of outputs, from rounding in float32
CHANCE_MARGIN = 0.05  # how far from chance an accuracy may be and still be chance
CALIBRATION = 0.01  # the largest calibration error of probabilities
UNUSED = 0.01  # the largest share of images given to units that no label has
MODEL = "model = keras.Sequential([layers.Dense(512, activation='relu'), layers.Dense(10, activation='softmax')])"

IN_4 = Cell("In [4]", "make a network of two dense layers, 512 units with relu and 10 with softmax", code=MODEL)
LAYERS = statement(
    "layers",
    IN_4,
    MODEL,
    check="model.build((None, 784))\n"
    "', '.join(f'{type(layer).__name__} {tuple(layer.kernel.shape)}' for layer in model.layers)",
)


@claim("stated", IN_4, rule=exact("Dense (784, 512), Dense (512, 10)"))
def two_layers(results):
    """The network has two fully connected layers, of 512 and 10 units"""
    run = LAYERS.run(results)
    return Outcome(run.text, run.message)


@claim(
    "stated",
    IN_4,
    rule=at_most(
        ROUNDING, "the largest difference of dot, add, relu and softmax in NumPy from the outputs of the network"
    ),
)
def simple_operations(results):
    """Each layer applies a few simple tensor operations to its input"""
    row = probe(results, keys.OPERATIONS)
    return Outcome(f"largest difference of {row.n:,} outputs: {row.value:.2g}", row.value)


@claim(
    "stated",
    IN_4,
    rule=all_of(
        at_most(0, "the largest difference of an output of a new network with the same weights"),
        interval_within(CHANCE_MARGIN, "the mean accuracy with shuffled weights, minus chance,"),
    ),
)
def weights_hold_information(results):
    """The weights are where the model keeps its information"""
    trained, copied, shuffled, chance = (
        probe(results, key) for key in (keys.TRAINED, keys.COPIED, keys.SHUFFLED, keys.CHANCE)
    )
    interval = with_interval(format_accuracy, *interval_of(shuffled))
    measured = (
        f"copied: largest difference of an output {copied.value:.2g}; accuracy {format_accuracy(trained.value)}, "
    )
    measured += f"shuffled {interval} over {shuffled.n} shuffles"
    above_chance = np.subtract(interval_of(shuffled), chance.value)
    return Outcome(measured, (copied.value, above_chance), needed="needs more shuffles")


def number_of_labels(results) -> int:
    """The labels that the data set has; some may have no image."""
    return len(results.json("data/provenance.json")["train"]["n_per_label"])


@claim(
    "stated",
    IN_4,
    rule=all_of(
        true("each seed has ten outputs"), at_most(ROUNDING, "the largest difference of a sum from 1, over images,")
    ),
)
def softmax(results):
    """The ten outputs of the softmax layer sum to 1 for each image"""
    probabilities = probabilities_of(results, "baseline")
    worst = max(float(np.abs(p.sum(axis=1, dtype=np.float64) - 1).max()) for p in probabilities)
    units = {p.shape[1] for p in probabilities}
    measured = f"{listed(units)} outputs; largest difference from 1: {worst:.2g}, {over_seeds(len(probabilities))}"
    if number_of_labels(results) != 10:
        raise NotTestable("needs ten labels, as MNIST has", measured)
    return Outcome(measured, (units == {10}, worst))


@claim("stated", IN_4, rule=interval_below(CALIBRATION, "the mean expected calibration error over seeds"))
def outputs_are_probabilities(results):
    """Each output is the probability of a label"""
    row = probe(results, keys.CALIBRATION, "arrays")
    gap = f"{row.value:.4f}" if row.n == 1 else with_interval(format_accuracy, *interval_of(row))
    measured = f"mean gap between probability and accuracy: {gap} {over_seeds(row.n)}"
    require_mnist(results, measured)
    return Outcome(measured, interval_of(row), needed="needs more seeds" if row.n > 1 else "needs two or more seeds")


@claim("stated", IN_4, rule=true("there are as many outputs as labels from every seed"))
def output_units(results):
    """The last layer has as many units as there are labels"""
    units = {p.shape[1] for p in probabilities_of(results, "baseline")}
    n_labels = number_of_labels(results)
    return Outcome(f"{listed(units)} units, {n_labels} labels", units == {n_labels})


@claim(
    "added",
    IN_4,
    rule=all_of(
        true("the training with one unit less raises an error"),
        interval_below(UNUSED, "the share of the test images given to the six more"),
    ),
)
def other_units(results):
    """With one unit less than there are labels, the training fails; with six more, they get almost no image"""
    too_few, share = probe(results, keys.TOO_FEW_UNITS), probe(results, keys.UNUSED_UNITS)
    accuracy, expected = (format_accuracy(probe(results, key).value) for key in (keys.TOO_MANY_UNITS, keys.EQUAL_UNITS))
    measured = f"one less {too_few.statistic}; six more get {share.value * share.n:.0f} of {share.n:,} images; "
    measured += f"accuracy {accuracy}, with as many units as labels {expected}, one seed"
    return Outcome(measured, (too_few.value, interval_of(share)), needed="needs more test images")


@claim("stated", IN_4, rule=interval_above(0, "the mean squared error of the best constant minus that of such a unit"))
def regression_head(results):
    """For regression, the last layer has one unit and no activation"""
    unit, constant, sigmoid = (
        probe(results, key) for key in (keys.LINEAR, keys.CONSTANT_MINUS_LINEAR, keys.SIGMOID_MINUS_LINEAR)
    )
    difference = with_interval("{:.2f}".format, *interval_of(constant))
    measured = f"mean squared error {unit.value:.2f}; that of the best constant is larger by {difference}, that of "
    measured += f"any sigmoid, whose outputs end at 1, by {sigmoid.value:.2f} or more; one seed"
    return Outcome(measured, interval_of(constant), needed="needs a longer training")
