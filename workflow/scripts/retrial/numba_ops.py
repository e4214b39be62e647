"""The very same loops as in naive_ops, compiled by Numba.

Without fastmath and without parallel: every multiplication and addition is done as it is written, one after the other.
"""

from types import FunctionType

import numba

from retrial import naive_ops


def _compiled(*names: str) -> list:
    """The functions of naive_ops, compiled when first called; where one calls another, it finds that one compiled."""
    namespace = dict(vars(naive_ops))
    for name in names:
        loops = FunctionType(vars(naive_ops)[name].__code__, namespace, name)
        namespace[name] = numba.njit(loops, cache=True)
    return [namespace[name] for name in names]


add, relu, add_relu, add_matrix_vector, vector_dot, matrix_vector_dot, matrix_dot, reshape, transpose = _compiled(
    "add",
    "relu",
    "add_relu",
    "add_matrix_vector",
    "vector_dot",
    "matrix_vector_dot",
    "matrix_dot",
    "reshape",
    "transpose",
)
