"""The second of two parts of what naive.py does, see control_part.py."""

from retrial.operations import naive


def add(x, y):
    """The second half of the rows."""
    half = len(x) // 2
    return naive.add(x[half:], y[half:])


def add_relu(x, y):
    """The relu; of x, since its time does not depend on the numbers."""
    return naive.relu(x)


def matrix_vector_dot(x, y):
    """A scalar product for each row of the second half."""
    return [naive.vector_dot(row, y) for row in x[len(x) // 2 :]]
