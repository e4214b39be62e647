"""What this machine allows: no operation moves numbers faster than a copy, or multiplies and adds faster than BLAS."""

from typing import NamedTuple

import numpy as np

from retrial.operations.table import Shapes


class Limit(NamedTuple):
    """A limit of the machine, measured by the function of its name below.

    shapes: of the inputs: arrays far larger than the caches, matrices large enough for BLAS.
    name, unit: in results/timings/limits.csv.
    amount: what a call does, in units times seconds; of the empty call the seconds themselves count.
    """

    shapes: Shapes
    name: str
    unit: str
    amount: float


LIMITS = {
    "copy": Limit(((2**24,), (2**24,)), "copy_bandwidth", "GB/s", 2 * 8 * 2**24 / 1e9),
    "multiply_add": Limit(((1024, 1024), (1024, 1024)), "multiply_add_rate", "GFLOP/s", 2 * 1024**3 / 1e9),
    "empty_call": Limit(((1,), (1,)), "empty_call", "ns", 0),
}


def copy(x, y):
    """x copied into y, of the same shape: as fast as memory allows when they are larger than the caches."""
    np.copyto(y, x)


def multiply_add(x, y):
    """The product of two square matrices: the fastest way to multiply and add."""
    return np.dot(x, y)


def empty_call(x, y):
    """Nothing: what it costs to call a Python function, and to time the call."""
