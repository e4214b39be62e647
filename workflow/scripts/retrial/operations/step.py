"""One training step of the notebook's network, made of its operations, for any implementation of them."""

from importlib import import_module
from typing import NamedTuple

import numpy as np

from retrial.operations import numpy as in_numpy
from retrial.operations.table import OPERATIONS, Shapes

PIXELS, UNITS, LABELS, BATCH, IMAGES, EPOCHS = 784, 512, 10, 128, 60000, 5  # of the notebook


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


def step_of(implementation: str, n: int, pixels: int, units: int, labels: int, seed: int):
    """A training step as a function without arguments, in one of the modules of operations."""
    op, arguments = import_module(f"retrial.operations.{implementation}"), make_step(n, pixels, units, labels, seed)
    if hasattr(op, "TAKES_LISTS"):
        arguments = [a.tolist() if isinstance(a, np.ndarray) else [m.tolist() for m in a] for a in arguments]
    return lambda: training_step(op, *arguments)


class Call(NamedTuple):
    """A call of an operation within a training step."""

    operation: str
    shapes: Shapes

    @property
    def steps(self) -> int:
        """Its multiply-adds or elements."""
        return OPERATIONS[self.operation].work(self.shapes).steps

    def first_rows(self, rows: int) -> "Call":
        """The same call on the first rows of its inputs: a loop does the same work for each row."""
        return Call(self.operation, OPERATIONS[self.operation].first_rows(self.shapes, rows))


class Recorder:
    """Operations of NumPy that note their calls."""

    def __init__(self):
        self.calls: list[Call] = []

    def __getattr__(self, name: str):
        def call(*arrays):
            self.calls.append(Call(name, tuple(array.shape for array in arrays)))
            return getattr(in_numpy, name)(*arrays)

        return call


def calls_of_step(n: int = BATCH, pixels: int = PIXELS, units: int = UNITS, labels: int = LABELS) -> list[Call]:
    """The calls of operations in a training step, by default the notebook's."""
    recorder = Recorder()
    training_step(recorder, *make_step(n, pixels, units, labels, seed=0))
    return recorder.calls


def whole_training(table):
    """The table training_cost.csv, read as the time of the notebook's whole training.

    A row for each engine: the `seconds` of five epochs, their interval, `low` and `high`, and the columns before.
    """
    steps = EPOCHS * table["seconds_per_epoch"] / table["seconds_per_step"]
    columns = {"seconds": "seconds_per_step", "low": "ci_low", "high": "ci_high"}
    return table.assign(**{name: steps * table[column] for name, column in columns.items()})
