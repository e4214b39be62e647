"""The operations that broadcast, with the smaller input repeated explicitly first, as the notebook shows it."""

import numpy as np


def add_matrix_vector(x, y):
    """A vector, shape (n,), made into a matrix, shape (m, n), then added to a matrix of that shape."""
    y = np.concatenate([np.expand_dims(y, axis=0)] * x.shape[0], axis=0)
    return x + y


def maximum(x, y):
    """A matrix, shape (m, n), made into an array, shape (g, h, m, n), then the maximum with one of that shape."""
    y = np.concatenate([np.expand_dims(y, axis=(0, 1))] * x.shape[1], axis=1)
    y = np.concatenate([y] * x.shape[0], axis=0)
    return np.maximum(x, y)
