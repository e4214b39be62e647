"""The gradient of the loss of Dense(relu), Dense(softmax), in three ways: factors, GradientTape, differences."""

from typing import NamedTuple

import numpy as np

from retrial.network import from_scratch

STEP = 1e-6  # of the central differences


class Network(NamedTuple):
    """The weights of Dense(relu), Dense(softmax).

    float64, of shapes (inputs, units), (units,), (units, labels) and (labels,).
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


def loss_of_logits(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Cross-entropy of softmax(logits), shape (n, …, classes), with labels, shape (n,): its mean over the n samples."""
    largest = logits.max(axis=-1, keepdims=True)
    of_label = np.stack([logit[..., label] for logit, label in zip(logits, labels, strict=True)])
    return (np.log(np.exp(logits - largest).sum(axis=-1)) + largest[..., 0] - of_label).mean(axis=0)


def network_product(network: Network, x: np.ndarray, labels: np.ndarray, kink: float = 0) -> Network:
    """The loss's gradient as the product of its factors, which the training in from_scratch.py computes.

    `kink` is the value used for relu'(0): the share of the derivative from above in the mean with that from below.
    """
    dense = from_scratch.Network([*network.w1.shape, network.w2.shape[1]], len(x), x.dtype)
    dense.parameters[:] = np.concatenate([weights.ravel() for weights in network])
    total = np.zeros_like(dense.gradient)
    for slope, share in ((np.greater, 1 - kink), (np.greater_equal, kink)):
        dense.forward(x)
        dense.backward(x, labels, slope)
        total += share * dense.gradient
    return Network(*(array for layer in from_scratch.split(total, dense.sizes) for array in layer))


def network_tape(network: Network, x: np.ndarray, labels: np.ndarray) -> Network:
    """GradientTape's gradient of the loss."""
    import tensorflow as tf

    weights = Network(*map(tf.Variable, network))
    with tf.GradientTape() as recorded:
        logits = tf.nn.relu(x @ weights.w1 + weights.b1) @ weights.w2 + weights.b2
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels.astype(int), logits))
    return Network(*(gradient.numpy() for gradient in recorded.gradient(loss, weights)))


def network_differences(network: Network, x: np.ndarray, labels: np.ndarray) -> Network:
    """Central differences of the loss by every weight.

    A weight of hidden unit j changes only that unit, so the loss is computed from the unchanged other units: the same
    number as from the whole network, in a thousandth of the time.
    """
    z = x @ network.w1 + network.b1
    hidden = np.maximum(z, 0)
    logits = hidden @ network.w2 + network.b2
    n_units, n_labels = network.w2.shape
    inputs = np.column_stack([x, np.ones(len(x))])  # the bias is the weight of a constant input
    by_first = np.empty((inputs.shape[1], n_units))
    for j in range(n_units):
        losses = []
        for step in (STEP, -STEP):
            moved = np.maximum(z[:, j, None] + step * inputs, 0) - hidden[:, j, None]
            losses.append(loss_of_logits(logits[:, None, :] + moved[:, :, None] * network.w2[j], labels))
        by_first[:, j] = (losses[0] - losses[1]) / (2 * STEP)
    hidden = np.column_stack([hidden, np.ones(len(x))])
    by_second = np.empty((n_units + 1, n_labels))
    for k in range(n_labels):
        direction = np.eye(n_labels)[k]
        losses = [
            loss_of_logits(logits[:, None, :] + step * hidden[:, :, None] * direction, labels) for step in (STEP, -STEP)
        ]
        by_second[:, k] = (losses[0] - losses[1]) / (2 * STEP)
    return Network(by_first[:-1], by_first[-1], by_second[:-1], by_second[-1])
