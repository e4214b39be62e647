"""The tensor operations by hand: the notebook's loops over ndarrays, one element after the other.

They stay as literal as in a textbook; a faster variant gets a module of its own. Arrays are float64; each function
returns a new array (`vector_dot` a number) and leaves its arguments unchanged.
"""

import numpy as np


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
