"""The tensor operations as NumPy offers them; `reshape` and `transpose` return views."""

import numpy as np


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
