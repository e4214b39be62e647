"""The same loops over lists: what the loops cost when no number has to be converted from an ndarray.

A matrix is a list of rows, a vector a list of floats. Each function returns new lists (`vector_dot` a number) and
leaves its arguments unchanged.
"""

import math

from retrial.operations.naive import EPSILON, LEARNING_RATE, RHO

TAKES_LISTS = True  # read by retrial.operations.table.load


def add(x, y):
    """Elementwise sum of two matrices, shape (m, n) each."""
    assert len(x) == len(y) and len(x[0]) == len(y[0])
    x = [row.copy() for row in x]
    for i in range(len(x)):
        for j in range(len(x[0])):
            x[i][j] += y[i][j]
    return x


def relu(x):
    """Elementwise maximum of a matrix, shape (m, n), and 0.

    Without calling `max`, whose cost would hide that of the loop: on CPython 3.11 a (20, 100) matrix took
    53 µs this way and 235 µs with it.
    """
    x = [row.copy() for row in x]
    for i in range(len(x)):
        for j in range(len(x[0])):
            if x[i][j] < 0.0:
                x[i][j] = 0.0
    return x


def add_relu(x, y):
    """The sum of two matrices, then relu."""
    return relu(add(x, y))


def add_matrix_vector(x, y):
    """A vector, shape (n,), added to each row of a matrix, shape (m, n)."""
    assert len(x[0]) == len(y)
    x = [row.copy() for row in x]
    for i in range(len(x)):
        for j in range(len(x[0])):
            x[i][j] += y[j]
    return x


def vector_dot(x, y):
    """Scalar product of two vectors, shape (n,) each."""
    assert len(x) == len(y)
    z = 0.0
    for i in range(len(x)):
        z += x[i] * y[i]
    return z


def matrix_vector_dot(x, y):
    """Product of a matrix, shape (m, n), and a vector, shape (n,): a scalar product for each row."""
    assert len(x[0]) == len(y)
    z = [0.0] * len(x)
    for i in range(len(x)):
        z[i] = vector_dot(x[i], y)
    return z


def matrix_dot(x, y):
    """Product of two matrices, shapes (m, k) and (k, n): a scalar product for each row of x and column of y."""
    assert len(x[0]) == len(y)
    z = [[0.0] * len(y[0]) for _ in range(len(x))]
    for i in range(len(x)):
        for j in range(len(y[0])):
            z[i][j] = vector_dot(x[i], [row[j] for row in y])
    return z


def reshape(x):
    """A matrix, shape (m, n), copied into one column, then into one row: shape (1, m * n)."""
    m, n = len(x), len(x[0])
    column = [[0.0] for _ in range(m * n)]
    for i in range(m):
        for j in range(n):
            column[i * n + j][0] = x[i][j]
    row = [[0.0] * (m * n)]
    for i in range(m * n):
        row[0][i] = column[i][0]
    return row


def transpose(x):
    """A matrix, shape (m, n), copied with rows as columns: shape (n, m)."""
    z = [[0.0] * len(x) for _ in range(len(x[0]))]
    for i in range(len(x)):
        for j in range(len(x[0])):
            z[j][i] = x[i][j]
    return z


def softmax_factor(z, one_hot):
    """The gradient of the mean cross-entropy of softmax(z) by z, shape (m, n): (softmax(z) - one_hot) / m."""
    z = [row.copy() for row in z]
    for i in range(len(z)):
        total = 0.0
        for j in range(len(z[0])):
            total += math.exp(z[i][j])
        for j in range(len(z[0])):
            z[i][j] = (math.exp(z[i][j]) / total - one_hot[i][j]) / len(z)
    return z


def relu_factor(by_outputs, z):
    """The gradient by z, shape (m, n), from that by relu(z): 0 where z is not above 0."""
    x = [row.copy() for row in by_outputs]
    for i in range(len(x)):
        for j in range(len(x[0])):
            if z[i][j] <= 0.0:
                x[i][j] = 0.0
    return x


def rmsprop(weights, gradient, velocity):
    """The weights and their velocity, shape (m, n) each, after a step of RMSprop."""
    weights, velocity = [row.copy() for row in weights], [row.copy() for row in velocity]
    for i in range(len(weights)):
        for j in range(len(weights[0])):
            g = gradient[i][j]
            velocity[i][j] = RHO * velocity[i][j] + (1 - RHO) * g * g
            weights[i][j] -= LEARNING_RATE * g / math.sqrt(velocity[i][j] + EPSILON)
    return weights, velocity
