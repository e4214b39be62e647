"""Probes of the trained network: what its layers compute, what its weights hold, and the gradient of its accuracy."""

import numpy as np

from retrial.network.float_types import float_type
from retrial.network.model import build_model
from retrial.network.probe_rows import Row, interval_row
from retrial.network.probing import Data, outputs
from retrial.network.scores import accuracy, categorical_crossentropy
from retrial.statistics import interval_of_mean

N_IMAGES, SHUFFLES, DIRECTIONS = 1000, 20, 20
STEP = 1e-6  # of the finite differences


def probe_operations(model, data: Data) -> list[Row]:
    """The outputs of the network, compared with dot, add, relu and softmax on its weights in NumPy.

    No row if the layers are not Dense(relu), …, Dense(softmax).
    """
    if [layer.activation.__name__ for layer in model.layers] != ["relu"] * (len(model.layers) - 1) + ["softmax"]:
        return []
    weights, x = model.get_weights(), data.x_test
    for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.maximum(np.dot(x, w) + b, 0)
    logits = np.dot(x, weights[-2]) + weights[-1]
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    error = np.abs(e / e.sum(axis=1, keepdims=True) - outputs(model, data.x_test))
    return [Row("operations", "dot, add, relu, softmax", "largest difference of an output", error.max(), n=error.size)]


def probe_weights(model, settings: dict, data: Data, seed: int) -> list[Row]:
    """A new network with the weights of the trained one, and with the same weights in random order.

    Each array is shuffled by itself. Then no output unit is special, so the expected accuracy is 1 / units, whatever
    the images are.
    """
    x, labels = data.x_test[:N_IMAGES], data.y_test[:N_IMAGES]
    other = build_model("baseline", settings, x.shape[1])
    weights, expected = model.get_weights(), outputs(model, x)
    other.set_weights(weights)
    error = float(np.abs(outputs(other, x) - expected).max())
    rng, accuracies = np.random.default_rng(seed), []
    for _ in range(SHUFFLES):
        other.set_weights([rng.permutation(array.ravel()).reshape(array.shape) for array in weights])
        accuracies.append(accuracy(labels, outputs(other, x)))
    return [
        Row("weights", "the trained network", "accuracy", accuracy(labels, expected), n=len(x)),
        Row("weights", "copied", "largest difference of an output", error, n=expected.size),
        interval_row("weights", "shuffled", "accuracy", interval_of_mean(accuracies), SHUFFLES),
        Row("weights", "chance", "accuracy", 1 / expected.shape[1]),
    ]


def probe_gradient_of_accuracy(model, settings: dict, data: Data, seed: int) -> list[Row]:
    """In how many random directions a small step of all weights changes the loss, and in how many the accuracy."""
    x, labels = data.x_test[:N_IMAGES].astype(np.float64), data.y_test[:N_IMAGES]
    with float_type("float64"):
        other = build_model("baseline", settings, x.shape[1], dtype="float64")
    weights = [array.astype(np.float64) for array in model.get_weights()]
    rng, changed = np.random.default_rng(seed), {"loss": 0, "accuracy": 0}
    for _ in range(DIRECTIONS):
        direction = [rng.standard_normal(array.shape) for array in weights]
        scores = []
        for sign in (1, -1):
            other.set_weights([w + sign * STEP * d for w, d in zip(weights, direction, strict=True)])
            probabilities = outputs(other, x)
            scores.append((categorical_crossentropy(labels, probabilities), accuracy(labels, probabilities)))
        changed["loss"] += scores[0][0] != scores[1][0]
        changed["accuracy"] += scores[0][1] != scores[1][1]
    return [Row("gradient", case, "directions that change it", value, n=DIRECTIONS) for case, value in changed.items()]
