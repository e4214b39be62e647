"""relu over lists as the notebook's loop writes it, with a call of `max` for each element."""

from retrial.operations.naive_list import TAKES_LISTS, add

__all__ = ["TAKES_LISTS", "add_relu", "relu"]


def relu(x):
    """Elementwise maximum of a matrix, shape (m, n), and 0."""
    x = [row.copy() for row in x]
    for i in range(len(x)):
        for j in range(len(x[0])):
            x[i][j] = max(x[i][j], 0.0)
    return x


def add_relu(x, y):
    """The sum of two matrices, then relu."""
    return relu(add(x, y))
