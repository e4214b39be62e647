"""What a training step needs beside the notebook's operations, as loops over ndarrays: three factors and an update.

Each function returns new arrays and leaves its arguments, float64 matrices, unchanged.
"""

import math

from retrial.operations.naive import add_matrix_vector, matrix_dot, relu, transpose

__all__ = ["add_matrix_vector", "matrix_dot", "relu", "relu_factor", "rmsprop", "softmax_factor", "transpose"]

LEARNING_RATE, RHO, EPSILON = 0.001, 0.9, 1e-7  # of RMSprop, as in Keras


def softmax_factor(z, one_hot):
    """The gradient of the mean cross-entropy of softmax(z) by z, shape (m, n): (softmax(z) - one_hot) / m."""
    z = z.copy()
    for i in range(z.shape[0]):
        total = 0.0
        for j in range(z.shape[1]):
            total += math.exp(z[i, j])
        for j in range(z.shape[1]):
            z[i, j] = (math.exp(z[i, j]) / total - one_hot[i, j]) / z.shape[0]
    return z


def relu_factor(by_outputs, z):
    """The gradient by z, shape (m, n), from that by relu(z): 0 where z is not above 0."""
    x = by_outputs.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            if z[i, j] <= 0.0:
                x[i, j] = 0.0
    return x


def rmsprop(weights, gradient, velocity):
    """The weights and their velocity, shape (m, n) each, after a step of RMSprop."""
    weights, velocity = weights.copy(), velocity.copy()
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            g = gradient[i, j]
            velocity[i, j] = RHO * velocity[i, j] + (1 - RHO) * g * g
            weights[i, j] -= LEARNING_RATE * g / math.sqrt(velocity[i, j] + EPSILON)
    return weights, velocity
