"""The table of the tensor operations: a row has everything about an operation, and all else follows from it.

An implementation is a way to compute operations: a module of this folder, with a function for each operation.
"""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

import numpy as np

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]


class Implementation(NamedTuple):
    """A way to compute operations.

    module: in retrial/operations/.
    dtype: of the inputs.
    all_threads: BLAS takes all cores that the process may use, not config.yaml's timing.blas_threads.
    notebook_shapes_only: it is not timed at other sizes.
    """

    module: str
    dtype: str = "float64"
    all_threads: bool = False
    notebook_shapes_only: bool = False


IMPLEMENTATIONS = {
    "naive": Implementation("naive"),
    "naive_list": Implementation("naive_list"),
    "naive_list_max": Implementation("naive_list_max", notebook_shapes_only=True),
    "naive_three_loops": Implementation("naive_three_loops", notebook_shapes_only=True),
    "numba": Implementation("numba"),
    "numpy": Implementation("numpy"),
    "numpy_float32": Implementation("numpy", dtype="float32", notebook_shapes_only=True),
    "numpy_all_threads": Implementation("numpy", all_threads=True),
    # Broadcasting is compared with repetition, timed in a group of their own, so NumPy has a second name there.
    "numpy_broadcasting": Implementation("numpy"),
    "numpy_repetition": Implementation("numpy_repetition"),
    # NumPy under a second name: its ratio to NumPy is 1, so it shows how often an interval covers the true value.
    "control": Implementation("numpy"),
    # Two parts of what `naive` does, which together take its time.
    "control_part": Implementation("control_part"),
    "control_rest": Implementation("control_rest"),
    # The ceilings of the machine, with operations of their own: see retrial/timing/machine.py.
    "ceiling": Implementation("ceilings"),
}
# What is timed for every operation; the loops over ndarrays and over lists are the baselines of the speed-ups.
COMMON = ("naive", "naive_list", "numba", "numpy", "numpy_float32", "control")
BASELINES = ("naive", "naive_list")
CONTROLS = ("control", "control_part", "control_rest")
REPETITION = ("numpy_broadcasting", "numpy_repetition")


class Work(NamedTuple):
    """The least work of an operation, however it is computed.

    steps: elements, or multiply-adds for products: what its cost grows with.
    bytes: of each float64 input read once and of the result written once.
    flop: floating-point operations; a comparison counts as one.
    results: elements of the result.
    """

    steps: int
    bytes: int
    flop: int
    results: int


@dataclass(frozen=True)
class Operation:
    """A tensor operation.

    Attributes:
        indices: the indices of its inputs and of its result, as in np.einsum: "mk,kn->mn". An index that the result
            lacks is summed over.
        shapes: of its inputs in the notebook; in the notebook's book for `transpose` and `maximum`, which only the book
            has. `matrix_vector_dot`, for which neither gives a shape, takes the notebook's matrix.
        flop: floating-point operations for each step.
        view: NumPy's result is a view: no number moves.
        broadcasts: NumPy stretches the smaller input over the larger one; numpy_repetition repeats it explicitly.
        timed: it is one of config.yaml's timing.operations; `maximum` is only broadcast, the last three are parts of a
            training step.
        positive: its inputs must not be negative.
        extra: implementations beside COMMON.
        parts: what control_part and control_rest do, where the operation has these controls.
    """

    indices: str
    shapes: Shapes
    flop: int = 1
    view: bool = False
    broadcasts: bool = False
    timed: bool = True
    positive: bool = False
    extra: tuple[str, ...] = ()
    parts: str = ""

    @property
    def implementations(self) -> tuple[str, ...]:
        """The implementations that are timed together."""
        return COMMON + self.extra if self.timed else ()

    @property
    def step(self) -> str:
        """What a step is: `multiply-add` where an index is summed over, `element` elsewhere."""
        inputs, result = self.indices.split("->")
        return "multiply-add" if set(inputs) - set(result + ",") else "element"

    @property
    def size_limit(self) -> str:
        """The key of config.yaml's timing.sizes.max_steps for it: steps may outnumber the elements of all inputs."""
        dimensions = max(map(len, self.shapes))
        return "multiply_adds" if len(set(self.indices) - set("->,")) > dimensions else "elements"

    def work(self, shapes: Shapes | None = None) -> Work:
        """The work on float64 inputs of these shapes, by default the notebook's."""
        inputs, result = self.indices.split("->")
        sizes = {}
        for letters, shape in zip(inputs.split(","), shapes or self.shapes, strict=True):
            sizes |= dict(zip(letters, shape, strict=True))
        steps = math.prod(sizes.values())
        read = sum(math.prod(shape) for shape in shapes or self.shapes)
        written = math.prod(sizes[letter] for letter in result)
        return Work(steps, 8 * (read + written), self.flop * steps, written)

    @property
    def mix(self) -> str:
        """How it uses memory, as a ceiling of the machine does: `read`, `copy` (a write for each read), or `triad`."""
        inputs = sum(math.prod(shape) for shape in self.shapes)
        written = self.work().bytes / 8 - inputs
        return "read" if written < inputs / 4 else "copy" if written > 0.75 * inputs else "triad"

    def first_rows(self, shapes: Shapes, rows: int) -> Shapes:
        """Shapes cut to their first rows; a factor on the right, or a vector, belongs to every row."""
        inputs = self.indices.split("->")[0].split(",")
        cut = [letters[0] == inputs[0][0] for letters in inputs]
        return tuple((rows, *shape[1:]) if c else shape for c, shape in zip(cut, shapes, strict=True))

    def scaled(self, factor: float) -> Shapes:
        """The notebook's shapes with `factor` times the work, rounded up; every dimension grows alike."""
        growth = factor ** (1 / len(set(self.indices) - set("->,")))
        return tuple(tuple(math.ceil(side * growth - 1e-9) for side in shape) for shape in self.shapes)

    def sweep(self, factor: float, min_steps: int, max_steps: dict[str, int]) -> list[Shapes]:
        """Shapes of growing size, the notebook's among them.

        Args:
            factor: the work of a size divided by that of the next smaller one.
            min_steps: the least steps of the smallest size.
            max_steps: the steps of the largest size, by `size_limit`; a size below the notebook's is ignored.
        """
        steps, most = self.work().steps, max_steps[self.size_limit]
        below = math.floor(math.log(steps / min_steps, factor) + 1e-9)
        above = math.ceil(math.log(most / steps, factor) - 1e-9)
        factors = [factor**k for k in range(-max(below, 0), max(above, 1))]
        factors += [most / steps] if most > steps else []
        return list(dict.fromkeys(self.scaled(factor) for factor in factors))


OPERATIONS = {
    "add": Operation("mn,mn->mn", ((20, 100), (20, 100)), parts="each half of the rows"),
    "relu": Operation("mn->mn", ((20, 100),), extra=("naive_list_max",)),
    "add_relu": Operation(
        "mn,mn->mn", ((20, 100), (20, 100)), flop=2, extra=("naive_list_max",), parts="add, then relu"
    ),
    "add_matrix_vector": Operation("mn,n->mn", ((300, 200), (200,)), broadcasts=True),
    "vector_dot": Operation("k,k->", ((100,), (100,)), flop=2),
    "matrix_vector_dot": Operation(
        "mk,k->m", ((300, 100), (100,)), flop=2, parts="a vector_dot for each row, in two halves"
    ),
    "matrix_dot": Operation(
        "mk,kn->mn", ((300, 100), (100, 200)), flop=2, extra=("naive_three_loops", "numpy_all_threads")
    ),
    "reshape": Operation("mn->mn", ((3, 2),), flop=0, view=True),
    "transpose": Operation("mn->nm", ((300, 20),), flop=0, view=True),
    "maximum": Operation("ghmn,mn->ghmn", ((64, 3, 32, 10), (32, 10)), broadcasts=True, timed=False),
    "softmax_factor": Operation("mn,mn->mn", ((128, 10), (128, 10)), flop=5, timed=False),
    "relu_factor": Operation("mn,mn->mn", ((128, 512), (128, 512)), timed=False),
    "rmsprop": Operation("mn,mn,mn->mn", ((784, 512),) * 3, flop=9, timed=False, positive=True),
}
TIMED = tuple(name for name, operation in OPERATIONS.items() if operation.timed)
VIEWS = tuple(name for name, operation in OPERATIONS.items() if operation.view)
BROADCASTING = tuple(name for name, operation in OPERATIONS.items() if operation.broadcasts)


def format_shapes(shapes: Shapes) -> str:
    """The shapes of an operation's inputs as the tables show them: `(300,100) (100,200)`."""
    return " ".join(str(shape).replace(" ", "") for shape in shapes)


def parse_shapes(text: str) -> Shapes:
    """The inverse of `format_shapes`."""
    return tuple(ast.literal_eval(shape) for shape in text.split(" "))


def list_shapes(text: str) -> str:
    """Shapes as people write them: `(300,200) (200,)` is `300 × 200, 200`."""
    return ", ".join(" × ".join(map(str, shape)) for shape in parse_shapes(text))


def describe_shapes(text: str) -> str:
    """Shapes in words: `an array of 20 × 100`; several are `two arrays of 5`, `arrays of 5 × 2 and 2`."""
    first, *others = list_shapes(text).split(", ")
    if not others:
        return f"an array of {first}"
    return f"two arrays of {first}" if others == [first] else f"arrays of {' and '.join([first, *others])}"


def at_notebook_shapes(table):
    """The rows of a table, a pandas DataFrame, whose `shape` is the notebook's for their `operation`."""
    return table[table["shape"] == [format_shapes(OPERATIONS[name].shapes) for name in table["operation"]]]


# Larger inputs repeat this many random numbers: many times faster than to draw more.
BLOCK = 2**16
_NUMBERS: dict[tuple[int, int], np.ndarray] = {}  # the most that were needed so far, by seed and place


def make_inputs(shapes: Shapes, seed: int) -> list[np.ndarray]:
    """Inputs of these shapes: standard normal float64 from a seed, so that relu clips half of them.

    Those of more than BLOCK numbers are views of the same memory, because to fill new memory takes longer than most
    calls: they must not be changed.
    """
    return [_numbers(math.prod(shape), seed, place).reshape(shape) for place, shape in enumerate(shapes)]


def _numbers(n: int, seed: int, place: int) -> np.ndarray:
    """The first n numbers of the input at a place, shape (n,)."""
    if n > len(_NUMBERS.get((seed, place), ())):
        stream = np.random.Generator(np.random.PCG64(seed).jumped(place))
        _NUMBERS[seed, place] = np.resize(stream.standard_normal(min(n, BLOCK)), n)
    numbers = _NUMBERS[seed, place][:n]
    return numbers if n > BLOCK else numbers.copy()


def load(operation: str, implementation: str, arrays: list[np.ndarray]) -> tuple[Callable, list]:
    """The function of an operation, and float64 arrays as the implementation takes them: of its dtype, or lists."""
    row = IMPLEMENTATIONS[implementation]
    module = import_module(f"retrial.operations.{row.module}")
    if hasattr(module, "TAKES_LISTS"):
        return getattr(module, operation), [array.tolist() for array in arrays]
    return getattr(module, operation), [array.astype(row.dtype, copy=False) for array in arrays]
