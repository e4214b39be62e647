"""The first of two parts of what naive.py does: a control of the timing, since the parts together take its time."""

from retrial.operations import naive


def add(x, y):
    """The first half of the rows."""
    half = len(x) // 2
    return naive.add(x[:half], y[:half])


def add_relu(x, y):
    """The sum."""
    return naive.add(x, y)


def matrix_vector_dot(x, y):
    """A scalar product for each row of the first half."""
    return [naive.vector_dot(row, y) for row in x[: len(x) // 2]]
