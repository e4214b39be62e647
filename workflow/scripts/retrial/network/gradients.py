"""The gradient of the loss of Dense(relu), Dense(softmax), in three ways: factors, GradientTape, differences."""

from typing import NamedTuple

import numpy as np

from retrial.network import from_scratch

STEP = 1e-6  # of the central differences


class Weights(NamedTuple):
    """Of Dense(relu), Dense(softmax), in float64: shapes (inputs, units), (units,), (units, labels) and (labels,)."""

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


def loss_of_logits(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Cross-entropy of softmax(logits), shape (n, …, classes), with labels, shape (n,): its mean over the n samples."""
    largest = logits.max(axis=-1, keepdims=True)
    of_label = np.stack([logit[..., label] for logit, label in zip(logits, labels, strict=True)])
    return (np.log(np.exp(logits - largest).sum(axis=-1)) + largest[..., 0] - of_label).mean(axis=0)


def network_product(weights: Weights, x: np.ndarray, labels: np.ndarray, kink: float = 0) -> Weights:
    """The loss's gradient as the product of its factors, which the training in from_scratch.py computes.

    `kink` is the value used for relu'(0): the share of the derivative from above in the mean with that from below.
    """
    network = from_scratch.Network([*weights.w1.shape, weights.w2.shape[1]], len(x), x.dtype)
    network.parameters[:] = np.concatenate([array.ravel() for array in weights])
    total = np.zeros_like(network.gradient)
    for slope, share in ((np.greater, 1 - kink), (np.greater_equal, kink)):
        network.forward(x)
        network.backward(x, labels, slope)
        total += share * network.gradient
    return Weights(*(array for layer in from_scratch.split(total, network.sizes) for array in layer))


def network_tape(weights: Weights, x: np.ndarray, labels: np.ndarray) -> Weights:
    """GradientTape's gradient of the loss."""
    import tensorflow as tf

    variables = Weights(*map(tf.Variable, weights))
    with tf.GradientTape() as recorded:
        logits = tf.nn.relu(x @ variables.w1 + variables.b1) @ variables.w2 + variables.b2
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels.astype(int), logits))
    return Weights(*(gradient.numpy() for gradient in recorded.gradient(loss, variables)))


def network_differences(weights: Weights, x: np.ndarray, labels: np.ndarray) -> Weights:
    """Central differences of the loss by every weight.

    A weight of hidden unit j changes only that unit, so the loss is computed from the unchanged other units: the same
    number as from the whole network, in a thousandth of the time.
    """
    z = x @ weights.w1 + weights.b1
    hidden = np.maximum(z, 0)
    logits = hidden @ weights.w2 + weights.b2

    def difference(moves: list[np.ndarray]) -> np.ndarray:
        """Of the loss when the logits move up and down, by arrays of shape (n, weights, labels): shape (weights,)."""
        up, down = (loss_of_logits(logits[:, None, :] + move, labels) for move in moves)
        return (up - down) / (2 * STEP)

    inputs = np.column_stack([x, np.ones(len(x))])  # the bias is the weight of a constant input
    by_first = np.empty((inputs.shape[1], len(weights.b1)))
    for j, out in enumerate(weights.w2):
        moved = [np.maximum(z[:, j, None] + step * inputs, 0) - hidden[:, j, None] for step in (STEP, -STEP)]
        by_first[:, j] = difference([move[:, :, None] * out for move in moved])
    inputs = np.column_stack([hidden, np.ones(len(x))])
    by_second = np.empty((inputs.shape[1], len(weights.b2)))
    for k, direction in enumerate(np.eye(len(weights.b2))):
        by_second[:, k] = difference([step * inputs[:, :, None] * direction for step in (STEP, -STEP)])
    return Weights(by_first[:-1], by_first[-1], by_second[:-1], by_second[-1])
