"""What a training step needs beside the notebook's operations, in NumPy; the fast engine is network/from_scratch.py."""

import numpy as np

from retrial.operations.numpy import add_matrix_vector, matrix_dot, relu, transpose
from retrial.training_step.naive import EPSILON, LEARNING_RATE, RHO

__all__ = ["add_matrix_vector", "matrix_dot", "relu", "relu_factor", "rmsprop", "softmax_factor", "transpose"]


def softmax_factor(z, one_hot):
    """The gradient of the mean cross-entropy of softmax(z) by z, shape (m, n): (softmax(z) - one_hot) / m."""
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - one_hot) / len(z)


def relu_factor(by_outputs, z):
    """The gradient by z, shape (m, n), from that by relu(z): 0 where z is not above 0."""
    return by_outputs * (z > 0)


def rmsprop(weights, gradient, velocity):
    """The weights and their velocity, shape (m, n) each, after a step of RMSprop."""
    velocity = RHO * velocity + (1 - RHO) * gradient**2
    return weights - LEARNING_RATE * gradient / np.sqrt(velocity + EPSILON), velocity
