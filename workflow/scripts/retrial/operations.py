"""The table of the tensor operations: a row for each, its shapes over a sweep of sizes, and how its inputs are made.

The function that an implementation has for an operation is of the operation's name, in retrial/{implementation}_ops.py.
"""

import math
from importlib import import_module
from typing import NamedTuple

import numpy as np

Shapes = tuple[tuple[int, ...], ...]

# The shapes of the inputs: the notebook's; the transpose and the maximum, which only its book has, in the book's; the
# product of matrix and vector, for which neither gives a shape, with the notebook's matrix.
SHAPES: dict[str, Shapes] = {
    "add": ((20, 100), (20, 100)),
    "relu": ((20, 100),),
    "add_relu": ((20, 100), (20, 100)),
    "add_matrix_vector": ((300, 200), (200,)),
    "vector_dot": ((100,), (100,)),
    "matrix_vector_dot": ((300, 100), (100,)),
    "matrix_dot": ((300, 100), (100, 200)),
    "reshape": ((3, 2),),
    "transpose": ((300, 20),),
    "maximum": ((64, 3, 32, 10), (32, 10)),
}

# Their NumPy form moves no number: it returns the same memory under another shape.
VIEWS = ("reshape", "transpose")

# NumPy stretches the smaller input over the larger one; numpy_repetition_ops has them with explicit repetition.
BROADCASTING = ("add_matrix_vector", "maximum")

# `maximum` stands beside explicit repetition only: that is what the book has it for.
IMPLEMENTATIONS = {
    operation: ("naive", "naive_list", "numba", "numpy") for operation in SHAPES if operation != "maximum"
}
IMPLEMENTATIONS["matrix_dot"] += ("naive_three_loops",)

BASELINES = ("naive", "naive_list")

# The random numbers of an input; larger inputs repeat them, which is many times faster than to draw more.
BLOCK = 2**16


class Work(NamedTuple):
    """What an operation cannot do without, whoever does it.

    steps: elements, or multiply-adds for products: what its cost grows with.
    bytes: of each input read once and the result written once.
    flop: floating-point operations; a comparison counts as one.
    """

    steps: int
    bytes: int
    flop: int


def work(operation: str, shapes: Shapes) -> Work:
    """The work of an operation on float64 inputs of these shapes."""
    first = math.prod(shapes[0])
    read = sum(map(math.prod, shapes))
    match operation:
        case "vector_dot":
            return Work(first, 8 * (read + 1), 2 * first)
        case "matrix_vector_dot":
            return Work(first, 8 * (read + shapes[0][0]), 2 * first)
        case "matrix_dot":
            steps = first * shapes[1][1]
            return Work(steps, 8 * (read + shapes[0][0] * shapes[1][1]), 2 * steps)
    flop = {"reshape": 0, "transpose": 0, "add_relu": 2}.get(operation, 1)
    return Work(first, 8 * (read + first), flop * first)


class Limit(NamedTuple):
    """A limit of the machine, measured by one function of limits_ops.

    shapes: of its inputs: arrays far larger than the caches to copy, matrices large enough for BLAS to multiply.
    name, unit, amount: of what a call does, in units times seconds; of the empty call the seconds themselves count.
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


def scaled(operation: str, factor: float) -> Shapes:
    """The notebook's shapes with `factor` times the work, but for rounding up; every side grows alike."""
    sides = 3 if operation == "matrix_dot" else len(SHAPES[operation][0])
    return tuple(tuple(math.ceil(side * factor ** (1 / sides) - 1e-9) for side in shape) for shape in SHAPES[operation])


def sweep(operation: str, below: int, above: int, max_steps: dict[str, int]) -> list[Shapes]:
    """Shapes of growing size, the notebook's among them.

    Args:
        operation: its name.
        below: sizes below the notebook's, each with a sixteenth of the work of the next.
        above: sizes above it, log-spaced up to the largest.
        max_steps: the work of the largest size, in `elements` or, for matrix_dot, in `multiply_adds`.
    """
    start = work(operation, SHAPES[operation]).steps
    growth = max_steps["multiply_adds" if operation == "matrix_dot" else "elements"] / start
    factors = [16.0**-step for step in range(below, 0, -1)] + [1.0]
    factors += [growth ** (step / above) for step in range(1, above + 1) if growth > 1]
    return list(dict.fromkeys(scaled(operation, factor) for factor in factors))


def reference(implementation: str) -> str:
    """The implementation that another is checked against: NumPy, and for NumPy itself the loops."""
    return "naive" if implementation == "numpy" else "numpy"


def shape_text(shapes: Shapes) -> str:
    """The shapes of an operation's inputs as the tables show them: `(300,100) (100,200)`."""
    return " ".join(str(shape).replace(" ", "") for shape in shapes)


def at_the_notebooks_shapes(table):
    """The rows of a table, a pandas DataFrame, whose `shape` is the notebook's for their `operation`."""
    return table[table["shape"] == [shape_text(SHAPES[operation]) for operation in table["operation"]]]


def make_inputs(shapes: Shapes, seed: int) -> list[np.ndarray]:
    """Inputs of these shapes: standard normal float64 from a seed, so that relu clips half of them."""
    rng = np.random.default_rng(seed)
    return [np.resize(rng.standard_normal(min(math.prod(shape), BLOCK)), shape) for shape in shapes]


def prepare(operation: str, implementation: str, arrays: list[np.ndarray]) -> tuple:
    """The function of an implementation, and the arrays as it takes them: lists for `naive_list`."""
    function = getattr(import_module(f"retrial.{implementation}_ops"), operation)
    return function, [array.tolist() for array in arrays] if implementation == "naive_list" else arrays
