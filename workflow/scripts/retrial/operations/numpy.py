"""The tensor operations as NumPy offers them; `reshape` and `transpose` return views."""

import numpy as np

from retrial.operations.naive import EPSILON, LEARNING_RATE, RHO


def add(x, y):
    """Elementwise sum of two matrices, shape (m, n) each."""
    return x + y


def relu(x):
    """Elementwise maximum of a matrix, shape (m, n), and 0."""
    return np.maximum(x, 0.0)


def add_relu(x, y):
    """The sum of two matrices, then relu."""
    return np.maximum(x + y, 0.0)


def add_matrix_vector(x, y):
    """A vector, shape (n,), added to each row of a matrix, shape (m, n), by broadcasting."""
    return x + y


def vector_dot(x, y):
    """Scalar product of two vectors, shape (n,) each."""
    return np.dot(x, y)


def matrix_vector_dot(x, y):
    """Product of a matrix, shape (m, n), and a vector, shape (n,)."""
    return np.dot(x, y)


def matrix_dot(x, y):
    """Product of two matrices, shapes (m, k) and (k, n)."""
    return np.dot(x, y)


def reshape(x):
    """A view of a matrix, shape (m, n), as one column, then as one row: shape (1, m * n)."""
    return x.reshape((-1, 1)).reshape((1, -1))


def transpose(x):
    """A view of a matrix, shape (m, n), with rows as columns: shape (n, m)."""
    return np.transpose(x)


def maximum(x, y):
    """Elementwise maximum of an array, shape (…, m, n), and a matrix, shape (m, n), by broadcasting."""
    return np.maximum(x, y)


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
