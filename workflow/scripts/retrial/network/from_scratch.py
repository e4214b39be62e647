"""The network from the operations alone: dot, add with broadcasting, relu, softmax, their chain rule, and RMSprop.

A layer computes f(x · w + b); f is relu, and in the last layer softmax, whose outputs are the probabilities of the
labels. The loss is the mean of -log(probability of the label). A step of the training goes forward through the layers,
then backward to get the gradient of the loss by each weight, and moves the weights against it. Nothing else is needed.

The arrays of a step are allocated once and filled again and again (`out=`), so that no time goes into new memory.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Layer(NamedTuple):
    """The weights of a layer, shape (inputs, units), and its bias, shape (units,); or the gradient by them."""

    weights: np.ndarray
    bias: np.ndarray


def split(numbers: np.ndarray, sizes: list[int]) -> list[Layer]:
    """Views of a flat array as layers, one after the other, of a network with these sizes."""
    layers, start = [], 0
    for inputs, units in pairwise(sizes):
        stop = start + inputs * units
        layers.append(Layer(numbers[start:stop].reshape(inputs, units), numbers[stop : stop + units]))
        start = stop + units
    return layers


def relu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The maximum of each number and 0."""
    return np.maximum(z, 0, out=out)


def softmax(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """exp(z) divided by its sum, for each row; the largest number of a row is subtracted first, so none overflows."""
    np.subtract(z, z.max(axis=1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)
    return out


class Network:
    """Dense layers with relu, and a last one with softmax; all weights start at 0.

    Attributes:
        sizes: the inputs, then the units of each layer.
        parameters, gradient: every weight and bias in one flat array, and the gradient of the loss by them.
        layers, gradients: the same numbers, as views with the shapes of the layers.
    """

    def __init__(self, sizes: list[int], max_rows: int, dtype=np.float32):
        """A network with these sizes, for batches of up to `max_rows` images."""
        self.sizes, count = sizes, sum((inputs + 1) * units for inputs, units in pairwise(sizes))
        self.parameters, self.gradient = np.zeros(count, dtype), np.zeros(count, dtype)
        self.layers, self.gradients = split(self.parameters, sizes), split(self.gradient, sizes)
        self.activations = [relu] * (len(sizes) - 2) + [softmax]
        self._sums = [np.empty((max_rows, units), dtype) for units in sizes[1:]]
        self._outputs = [np.empty((max_rows, units), dtype) for units in sizes[1:]]

    def forward(self, x: np.ndarray) -> np.ndarray:
        """The probabilities, shape (n, labels), for images x, shape (n, pixels); valid until the next call."""
        for layer, activation, sums, outputs in zip(
            self.layers, self.activations, self._sums, self._outputs, strict=True
        ):
            z = np.dot(x, layer.weights, out=sums[: len(x)])
            z += layer.bias
            x = activation(z, out=outputs[: len(x)])
        return x

    def backward(self, x: np.ndarray, labels: np.ndarray, relu_slope=np.greater) -> None:
        """Fill `gradient`, after `forward(x)`: the chain rule, one factor after the other, from the loss inwards.

        `by_z` is the gradient by the sums z = x · w + b of a layer. By its weights, z changes with the inputs x; by its
        bias, with 1; by its inputs, with w. A factor before a sum over images is transposed.

        Args:
            x, labels: images, shape (n, pixels), and their labels, whole numbers of shape (n,).
            relu_slope: a function of z and 0, the derivative of relu: 1 where z > 0; at 0 there is none, 0 is taken.
        """
        n = len(x)
        by_z = self._outputs[-1][:n]
        by_z[np.arange(n), labels] -= 1  # of -log(softmax(z)): the probabilities minus 1 at the label
        by_z /= n  # the loss is a mean over the images
        for k in reversed(range(len(self.layers))):
            inputs = self._outputs[k - 1][:n] if k else x
            np.dot(inputs.T, by_z, out=self.gradients[k].weights)
            by_z.sum(axis=0, out=self.gradients[k].bias)
            if k:  # the inputs have served: the gradient by them takes their place
                by_z = np.dot(by_z, self.layers[k].weights.T, out=inputs)
                by_z *= relu_slope(self._sums[k - 1][:n], 0)


def start_glorot_uniform(network: Network, rng: np.random.Generator) -> None:
    """Draw the weights from ± sqrt(6 / (inputs + units)), as Keras's Dense does; each bias is 0.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
    """
    for weights, bias in network.layers:
        limit = (6 / sum(weights.shape)) ** 0.5
        weights[:] = rng.uniform(-limit, limit, weights.shape)
        bias[:] = 0


class RMSprop:
    """Gradient descent, a pace for each weight: velocity = rho · velocity + (1 - rho) · gradient², from 0 on.

    weight -= learning_rate · gradient / sqrt(velocity + epsilon) in Keras 3, / (sqrt(velocity) + epsilon) up to 2.10
    """

    def __init__(self, network: Network, learning_rate=0.001, rho=0.9, epsilon=1e-7, epsilon_outside_root=False):
        self.network, self.learning_rate, self.rho = network, learning_rate, rho
        self.epsilon, self.epsilon_outside = (0, epsilon) if epsilon_outside_root else (epsilon, 0)
        self.velocity, self._change = np.zeros_like(network.parameters), np.empty_like(network.parameters)

    def step(self) -> None:
        """Move the weights of the network against its gradient."""
        gradient, velocity, change = self.network.gradient, self.velocity, self._change
        np.square(gradient, out=change)
        change *= 1 - self.rho
        velocity *= self.rho
        velocity += change
        np.add(velocity, self.epsilon, out=change)
        np.sqrt(change, out=change)
        change += self.epsilon_outside
        np.divide(gradient, change, out=change)
        change *= self.learning_rate
        self.network.parameters -= change


def train_epoch(network: Network, optimizer: RMSprop, x, labels, batch_size: int, rng: np.random.Generator):
    """Pass once over images x, shape (n, pixels), in batches of a random order, the last one smaller, as Keras does.

    Returns:
        The labels in that order, and the probabilities that the network gave just before each step.
    """
    order = rng.permutation(len(x))
    batch = np.empty((batch_size, x.shape[1]), x.dtype)
    probabilities = np.empty((len(x), len(network.layers[-1].bias)), x.dtype)
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        images = np.take(x, rows, axis=0, out=batch[: len(rows)], mode="clip")  # `clip` spares a copy
        probabilities[start : start + len(rows)] = network.forward(images)
        network.backward(images, labels[rows])
        optimizer.step()
    return labels[order], probabilities
