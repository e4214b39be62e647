"""The table of the tensor operations: a row for each, and how its inputs are made.

The function that an implementation has for an operation is of the operation's name, in retrial/{implementation}_ops.py.
"""

from importlib import import_module

import numpy as np

# The shapes of the inputs: the notebook's; the transpose and the maximum, which only its book has, in the book's; the
# product of matrix and vector, for which neither gives a shape, with the notebook's matrix.
SHAPES = {
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
IMPLEMENTATIONS = {operation: ("naive", "naive_list", "numpy") for operation in SHAPES if operation != "maximum"}
IMPLEMENTATIONS["matrix_dot"] += ("naive_three_loops",)

BASELINES = ("naive", "naive_list")


def reference(implementation: str) -> str:
    """The implementation that another is checked against: NumPy, and for NumPy itself the loops."""
    return "naive" if implementation == "numpy" else "numpy"


def shape_text(operation: str) -> str:
    """The shapes of an operation's inputs as the tables show them: `(300,100) (100,200)`."""
    return " ".join(str(shape).replace(" ", "") for shape in SHAPES[operation])


def make_inputs(operation: str, seed: int) -> list[np.ndarray]:
    """The inputs of an operation: standard normal float64 from a seed, so that relu clips half of them."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in SHAPES[operation]]


def prepare(operation: str, implementation: str, arrays: list[np.ndarray]) -> tuple:
    """The function of an implementation, and the arrays as it takes them: lists for `naive_list`."""
    function = getattr(import_module(f"retrial.{implementation}_ops"), operation)
    return function, [array.tolist() for array in arrays] if implementation == "naive_list" else arrays
