"""One training step of the notebook's network, made of its operations, for any implementation of them."""

import numpy as np

from retrial.training_step import numpy as numpy_operations

PIXELS, UNITS, LABELS, BATCH, IMAGES = 784, 512, 10, 128, 60000  # of the notebook


def training_step(op, x, one_hot, ones, weights, velocities):
    """The weights and their velocities after one step of the training: forward, backward, update.

    Args:
        op: a module of operations; all arguments are matrices as it takes them.
        x, one_hot: the images, shape (n, pixels), and their labels, a 1 in each row of shape (n, labels).
        ones: a row of n ones: its product with a matrix is the sum over the rows.
        weights, velocities: w1, b1, w2, b2 of Dense(relu), Dense(softmax); each bias is a matrix with one row.
    """
    w1, b1, w2, b2 = weights
    z = op.add_matrix_vector(op.matrix_dot(x, w1), b1[0])
    hidden = op.relu(z)
    by_logits = op.softmax_factor(op.add_matrix_vector(op.matrix_dot(hidden, w2), b2[0]), one_hot)
    by_z = op.relu_factor(op.matrix_dot(by_logits, op.transpose(w2)), z)
    gradients = (
        op.matrix_dot(op.transpose(x), by_z),
        op.matrix_dot(ones, by_z),
        op.matrix_dot(op.transpose(hidden), by_logits),
        op.matrix_dot(ones, by_logits),
    )
    return [op.rmsprop(*arrays) for arrays in zip(weights, gradients, velocities, strict=True)]


def make_step(n: int, pixels: int, units: int, labels: int, seed: int) -> tuple:
    """The arguments of `training_step`, float64, in the middle of a training: with velocities."""
    rng = np.random.default_rng(seed)
    shapes = ((pixels, units), (1, units), (units, labels), (1, labels))
    weights = [rng.uniform(-0.1, 0.1, shape) for shape in shapes]
    velocities = [rng.uniform(0, 1e-4, shape) for shape in shapes]
    return rng.random((n, pixels)), np.eye(labels)[rng.integers(0, labels, n)], np.ones((1, n)), weights, velocities


class Recorder:
    """Operations of NumPy that note their calls: names and arguments."""

    def __init__(self):
        self.calls: list[tuple[str, tuple]] = []

    def __getattr__(self, name: str):
        def call(*arrays):
            arrays = tuple(map(np.ascontiguousarray, arrays))  # loops transpose by copying
            self.calls.append((name, arrays))
            return getattr(numpy_operations, name)(*arrays)

        return call


def record_calls(step: tuple) -> list[tuple[str, tuple]]:
    """The operations of a training step, with their arguments."""
    recorder = Recorder()
    training_step(recorder, *step)
    return recorder.calls


def count_steps(name: str, arrays: tuple) -> int:
    """The multiply-adds of a product, or the elements of another operation."""
    return arrays[0].size * (arrays[1].shape[1] if name == "matrix_dot" else 1)


def first_rows(name: str, arrays: tuple, rows: int) -> tuple:
    """The arguments of an operation on its first rows; a factor on the right, and a vector, belong to every row."""
    n_cut = 1 if name in ("matrix_dot", "add_matrix_vector") else len(arrays)
    return *(array[:rows] for array in arrays[:n_cut]), *arrays[n_cut:]
