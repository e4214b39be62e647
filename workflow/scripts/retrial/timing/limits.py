"""What this machine allows: no operation moves numbers faster than a copy, or multiplies and adds faster than BLAS."""

import numpy as np


def copy(x, y):
    """x copied into y, of the same shape: as fast as memory goes when they are larger than the caches."""
    np.copyto(y, x)


def multiply_add(x, y):
    """The product of two square matrices, the work that processor and BLAS do best."""
    return np.dot(x, y)


def empty_call(x, y):
    """Nothing: what it costs to call a Python function, and to time the call."""
