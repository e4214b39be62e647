"""What a training step needs beside the notebook's operations, as loops over lists: three factors and an update.

Each function returns new lists and leaves its arguments, matrices as lists of rows, unchanged.
"""

import math

from retrial.operations.naive_list import TAKES_LISTS, add_matrix_vector, matrix_dot, relu, transpose
from retrial.training_step.naive import EPSILON, LEARNING_RATE, RHO

__all__ = [
    "TAKES_LISTS",
    "add_matrix_vector",
    "matrix_dot",
    "relu",
    "relu_factor",
    "rmsprop",
    "softmax_factor",
    "transpose",
]


def softmax_factor(z, one_hot):
    """The gradient of the mean cross-entropy of softmax(z) by z, shape (m, n): (softmax(z) - one_hot) / m."""
    z = [row.copy() for row in z]
    for i in range(len(z)):
        total = 0.0
        for j in range(len(z[0])):
            total += math.exp(z[i][j])
        for j in range(len(z[0])):
            z[i][j] = (math.exp(z[i][j]) / total - one_hot[i][j]) / len(z)
    return z


def relu_factor(by_outputs, z):
    """The gradient by z, shape (m, n), from that by relu(z): 0 where z is not above 0."""
    x = [row.copy() for row in by_outputs]
    for i in range(len(x)):
        for j in range(len(x[0])):
            if z[i][j] <= 0.0:
                x[i][j] = 0.0
    return x


def rmsprop(weights, gradient, velocity):
    """The weights and their velocity, shape (m, n) each, after a step of RMSprop."""
    weights, velocity = [row.copy() for row in weights], [row.copy() for row in velocity]
    for i in range(len(weights)):
        for j in range(len(weights[0])):
            g = gradient[i][j]
            velocity[i][j] = RHO * velocity[i][j] + (1 - RHO) * g * g
            weights[i][j] -= LEARNING_RATE * g / math.sqrt(velocity[i][j] + EPSILON)
    return weights, velocity
