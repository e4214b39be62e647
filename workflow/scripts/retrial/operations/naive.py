"""The tensor operations by hand: the notebook's loops over ndarrays, one element after the other.

They stay as literal as in a textbook; a faster variant gets a module of its own. Arrays are float64; each function
returns a new array (`vector_dot` a number) and leaves its arguments unchanged. The last three are what a training step
needs beside the notebook's operations, see step.py: two gradients and an update.
"""

import math

import numpy as np

LEARNING_RATE, RHO, EPSILON = 0.001, 0.9, 1e-7  # of RMSprop, as in Keras


def add(x, y):
    """Elementwise sum of two matrices, shape (m, n) each."""
    assert x.ndim == 2 and x.shape == y.shape
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[i, j]
    return x


def relu(x):
    """Elementwise maximum of a matrix, shape (m, n), and 0."""
    assert x.ndim == 2
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j], 0)
    return x


def add_relu(x, y):
    """The sum of two matrices, then relu: the two operations that the notebook timed together."""
    return relu(add(x, y))


def add_matrix_vector(x, y):
    """A vector, shape (n,), added to each row of a matrix, shape (m, n)."""
    assert x.ndim == 2 and y.ndim == 1 and x.shape[1] == y.shape[0]
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[j]
    return x


def vector_dot(x, y):
    """Scalar product of two vectors, shape (n,) each."""
    assert x.ndim == 1 and x.shape == y.shape
    z = 0.0
    for i in range(x.shape[0]):
        z += x[i] * y[i]
    return z


def matrix_vector_dot(x, y):
    """Product of a matrix, shape (m, n), and a vector, shape (n,): a scalar product for each row."""
    assert x.ndim == 2 and y.ndim == 1 and x.shape[1] == y.shape[0]
    z = np.zeros(x.shape[0])
    for i in range(x.shape[0]):
        z[i] = vector_dot(x[i, :], y)
    return z


def matrix_dot(x, y):
    """Product of two matrices, shapes (m, k) and (k, n): a scalar product for each row of x and column of y."""
    assert x.ndim == 2 and y.ndim == 2 and x.shape[1] == y.shape[0]
    z = np.zeros((x.shape[0], y.shape[1]))
    for i in range(x.shape[0]):
        for j in range(y.shape[1]):
            z[i, j] = vector_dot(x[i, :], y[:, j])
    return z


def reshape(x):
    """A matrix, shape (m, n), copied into one column, then into one row: shape (1, m * n)."""
    assert x.ndim == 2
    m, n = x.shape
    column = np.zeros((m * n, 1))
    for i in range(m):
        for j in range(n):
            column[i * n + j, 0] = x[i, j]
    row = np.zeros((1, m * n))
    for i in range(m * n):
        row[0, i] = column[i, 0]
    return row


def transpose(x):
    """A matrix, shape (m, n), copied with rows as columns: shape (n, m)."""
    assert x.ndim == 2
    z = np.zeros((x.shape[1], x.shape[0]))
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            z[j, i] = x[i, j]
    return z


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
