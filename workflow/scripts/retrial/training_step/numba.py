"""The very same loops as in naive.py, compiled by Numba when they are first called."""

import numba

from retrial.operations.numba import add_matrix_vector, matrix_dot, relu, transpose
from retrial.training_step import naive

__all__ = ["add_matrix_vector", "matrix_dot", "relu", "relu_factor", "rmsprop", "softmax_factor", "transpose"]

relu_factor = numba.njit(naive.relu_factor, cache=True)
rmsprop = numba.njit(naive.rmsprop, cache=True)
softmax_factor = numba.njit(naive.softmax_factor, cache=True)
