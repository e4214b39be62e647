"""What the ceilings of the machine are measured with: its fastest way to move numbers and to multiply them."""

import numpy as np


def read(x, y):
    """The scalar product of two vectors: BLAS reads both and writes nothing."""
    return np.dot(x, y)


def copy(x, y):
    """x copied into y: a write for each read."""
    np.copyto(y, x)


def triad(x, y, z):
    """x + y written into z: a write for two reads, as in McCalpin's STREAM benchmark."""
    np.add(x, y, out=z)


def multiply_add(x, y):
    """The product of two matrices: the fastest way to multiply and add."""
    return np.dot(x, y)
