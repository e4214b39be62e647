"""The notebook's second matrix product by hand, `my_matrix_dot`."""

import numpy as np


def matrix_dot(x, y):
    """Product of two matrices, shapes (m, k) and (k, n), in three loops over ndarrays; returns a new array."""
    assert x.ndim == 2 and y.ndim == 2 and x.shape[1] == y.shape[0]
    z = np.zeros((x.shape[0], y.shape[1]))
    for i in range(x.shape[0]):
        for j in range(y.shape[1]):
            for k in range(x.shape[1]):
                z[i, j] += x[i, k] * y[k, j]
    return z
