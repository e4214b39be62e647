"""In [5], In [25] and a cell that never ran: the loss, the optimizer and the metrics of the network."""

import numpy as np
import pandas as pd

from retrial.formats import format_accuracy
from retrial.network import probe_keys as keys
from retrial.notebook.evidence import (
    accuracy_differences,
    interval_of,
    mean_above,
    mean_within,
    probe,
    signed,
    with_interval,
)
from retrial.notebook.layers import MODEL
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim, statement
from retrial.notebook.rules import (
    Judgement,
    Rule,
    all_of,
    at_most,
    equivalent,
    exact,
    interval_above,
    interval_within,
    reproduced,
    true,
)

SAME_WEIGHT = 1e-6  # the largest difference of a weight between two forms of one loss
UNRELATED = 0.1  # how far from chance the agreement with an entirely different model may be
ARITHMETIC = 0.005  # how far the binary accuracy may be from its prediction

IN_5 = Cell("In [5]", "compile it with rmsprop, sparse categorical cross-entropy, accuracy")


@claim("stated", IN_5, rule=true("a weight changes in training, and none does if the loss is multiplied by 0"))
def loss_is_the_feedback(results):
    """The loss is the feedback signal for the weights"""
    with_loss, without = (probe(results, key).value for key in (keys.WITH_LOSS, keys.WITHOUT_LOSS))
    measured = f"largest change of a weight: {with_loss:.2g}; if the loss is multiplied by 0: {without:.2g}"
    return Outcome(measured, with_loss > 0 and without == 0)


@claim(
    "stated",
    IN_5,
    rule=all_of(
        true("the sparse loss raises an error on one-hot labels"),
        at_most(SAME_WEIGHT, "the largest difference of a weight, after the categorical loss on one-hot labels,"),
    ),
)
def sparse_loss(results):
    """The sparse loss is for labels that are integers"""
    error, difference = probe(results, keys.SPARSE_LOSS_ON_ONE_HOT), probe(results, keys.CATEGORICAL_LOSS).value
    measured = (
        f"on one-hot labels it {error.statistic}; categorical loss: largest difference of a weight {difference:.2g}"
    )
    return Outcome(measured, (error.value, difference))


@claim(
    "stated",
    IN_5,
    rule=interval_within(
        UNRELATED,
        "the mean share of test images that get the label which the trained network gives them, minus chance, after "
        "training on shuffled labels",
    ),
)
def another_loss_another_model(results):
    """With a loss unrelated to the problem, an entirely different model can come out"""
    rows = [probe(results, key) for key in (keys.UNRELATED_LOSS, keys.RELATED_LOSS)]
    unrelated, related = (with_interval(format_accuracy, *interval_of(row)) for row in rows)
    chance = probe(results, keys.CHANCE).value
    measured = f"shuffled labels {unrelated}, true labels {related} over {rows[0].n} seeds; chance {chance:.4f}"
    return Outcome(measured, np.subtract(interval_of(rows[0]), chance), needed="needs more seeds (probes.seeds)")


ACCURACY_LOST = interval_above(0, "the mean difference of accuracy over seeds")


@claim("added", IN_5, rule=ACCURACY_LOST)
def loss_costs_accuracy(results):
    """At the same learning rate, mean squared error makes the network less accurate"""
    return mean_above(*accuracy_differences(results, "baseline", "mse_same_rate"))


@claim("added", IN_5, rule=ACCURACY_LOST)
def rate_costs_more(results):
    """A tenth of the learning rate costs more accuracy than mean squared error does"""
    return mean_above(*accuracy_differences(results, "mse_same_rate", "low_rate"))


@claim(
    "stated",
    IN_5,
    rule=all_of(
        at_most(0, "the largest difference of a weight, whatever metrics are compiled,"),
        at_most(0, "the number of random directions in which a small step of all weights changes the accuracy"),
        Rule(
            "each of these steps changes the loss",
            "confirmed if each of these steps changes the loss; otherwise inconclusive, because they are too small",
            lambda changes: Judgement(changes or None),
        ),
    ),
)
def metrics_change_no_weight(results):
    """The network is not optimised for its metrics directly"""
    difference = max(probe(results, key).value for key in (keys.NO_METRIC, keys.OTHER_METRICS))
    loss, accuracy = (probe(results, key) for key in (keys.LOSS_CHANGES, keys.ACCURACY_CHANGES))
    measured = (
        f"largest difference of a weight {difference:.2g}; the loss changes in {loss.value:.0f} of {loss.n} "
        f"directions, the accuracy in {accuracy.value:.0f}"
    )
    return Outcome(measured, (difference, accuracy.value, bool(loss.value == loss.n)), needed="needs larger steps")


IN_25 = Cell("In [25]", "show the type of the model")
PRINTED_TYPE = "keras.engine.sequential.Sequential"
TYPE = statement("type", IN_25, "type(model)", MODEL, "f'{type(model).__module__}.{type(model).__qualname__}'")


@claim(
    "printed",
    IN_25,
    text=f"As written: type(model) is {PRINTED_TYPE}",
    rule=reproduced(exact(PRINTED_TYPE)),
    explanation="Keras kept its classes there up to version 2.12, so this line dates the notebook; Keras 3 moved them.",
)
def type_of_model(results):
    run = TYPE.run(results)
    return Outcome(run.text, run.text)


COMPIL = Cell(
    "In [ ] compil",
    "compile with a misspelt method, RMSprop(1e-4), mean squared error and the class BinaryAccuracy; never run",
)
CODE = (
    "model.{method}(optimizer=keras.optimizers.RMSprop(learning_rate=1e-4), loss=keras.losses.MeanSquaredError(), "
    "metrics=[keras.metrics.BinaryAccuracy{call}])"
)
AS_CLASS, AS_INSTANCE = CODE.format(method="compile", call=""), CODE.format(method="compile", call="()")
# One epoch on random images, from one seed: a text with every number that Keras reports.
IMAGES = """
keras.utils.set_random_seed(0)
images = np.random.default_rng(0).random((64, 784)).astype('float32')
labels = np.arange(64) % 10
"""
ON_ONE_HOT = """history = model.fit(images, np.eye(10)[labels], batch_size=32, verbose=0)
assert sorted(history.history) == ['binary_accuracy', 'loss']
', '.join(f'{name} {value[0]:.6f}' for name, value in sorted(history.history.items()))"""
MISSPELT = statement("compil", COMPIL, CODE.format(method="compil", call=""), MODEL)
SPELT = statement("compil", COMPIL, AS_INSTANCE, IMAGES + MODEL, ON_ONE_HOT, reading="as meant")
BY_CLASS = statement("metric class", COMPIL, AS_CLASS, IMAGES + MODEL, ON_ONE_HOT)


@claim(
    "implied",
    COMPIL,
    rule=true("the statement, run as it is written, raises no error"),
    explanation="“compile” is misspelt: the cell can only end with an error. Below it, the notebook has no output.",
)
def compil_as_written(results):
    """As written: model.compil(…) compiles the model"""
    run = MISSPELT.run(results)
    return Outcome(run.text or "no error", run.outcome == "value")


@claim("book", COMPIL, rule=true("an epoch on labels as one-hot vectors reports a loss and a binary accuracy"))
def compil_as_meant(results):
    """As meant: compile takes RMSprop, mean squared error and an instance of BinaryAccuracy"""
    run = SPELT.run(results)
    return Outcome(run.text, run.outcome == "value")


@claim("implied", COMPIL, rule=true("an epoch reports the same loss and binary accuracy as with an instance"))
def metric_class(results):
    """As written: the class of a metric serves as well as an instance"""
    by_class, by_instance = BY_CLASS.run(results), SPELT.run(results)
    measured = f"class: {by_class.text}; instance: {by_instance.text}"
    return Outcome(measured, by_class.outcome == "value" and by_class == by_instance)


@claim("added", COMPIL, rule=equivalent(0, ARITHMETIC, "the mean difference from that over seeds"))
def metric_flatters(results):
    """With n labels, the binary accuracy is about 1 - 2 / n · (1 - accuracy), so it is above the accuracy"""
    trainings = results.trainings("mse")
    metrics = pd.DataFrame([results.json(training.file("metrics.json")) for training in trainings])
    if "binary_accuracy" not in metrics:
        raise NotTestable("no experiment mse with the metric binary_accuracy")
    n_labels = results.array(trainings[0].file("probabilities.npy")).shape[1]
    predicted = 1 - 2 / n_labels * (1 - metrics["test_accuracy"])
    value, prediction = (format_accuracy(values.mean()) for values in (metrics["binary_accuracy"], predicted))
    measured = f"binary accuracy {value}, predicted {prediction}"
    return mean_within((metrics["binary_accuracy"] - predicted).to_numpy(), 0, ARITHMETIC, signed, measured)
