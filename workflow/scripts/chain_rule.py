"""Compute derivatives three times: as the product of the factors, with GradientTape, and by central differences.

On the notebook's chains y = f(g(x)) and y = f(g(h(j(x)))), with scalars and with vectors, at several points each; and
on the loss of the trained network, for every one of its weights.

At the kink of relu there is no derivative. There the product and the tape follow the convention relu'(0) = 0. Central
differences use both sides and find the mean of the one-sided derivatives, as if relu'(0) were 1/2. Each is compared
with the value that it should find, and the point is marked.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network.gradients import STEP, Weights, network_differences, network_product, network_tape
from retrial.network.keras import start_keras

# How much two methods may differ: a share of the largest entry of the derivative, plus rounding. Central differences
# have an error of about STEP² (at a kink, of about STEP), plus the rounding of the function, 1e-16, divided by STEP.
EXACT, DIFFERENCES = (1e-10, 1e-14), (1e-5, 2e-9)
N_IMAGES = 4


class Function(NamedTuple):
    """A function of a chain, from vectors of shape (n,) to vectors of shape (m,).

    Attributes:
        value: of x, in NumPy.
        tape: of TensorFlow and x: the same in TensorFlow.
        jacobian: of x and the value used for relu'(0), of shape (m, n), by hand.
    """

    value: Callable
    tape: Callable
    jacobian: Callable


def affine(w, b) -> Function:
    """W x + b."""
    w, b = np.array(w, float), np.array(b, float)
    return Function(lambda x: w @ x + b, lambda tf, x: tf.linalg.matvec(w, x) + b, lambda x, kink: w)


def elementwise(value: Callable, tape: Callable, derivative: Callable) -> Function:
    """A function of one number, applied to each entry; its Jacobian is diagonal."""
    return Function(value, tape, lambda x, kink: np.diag(derivative(x, kink)))


def softmax(x: np.ndarray) -> np.ndarray:
    """exp(x) divided by its sum."""
    e = np.exp(x - x.max())
    return e / e.sum()


SQUARE = elementwise(np.square, lambda tf, x: tf.square(x), lambda x, kink: 2 * x)
SQUARE_MINUS_1 = elementwise(lambda x: x**2 - 1, lambda tf, x: tf.square(x) - 1, lambda x, kink: 2 * x)
SIN = elementwise(np.sin, lambda tf, x: tf.sin(x), lambda x, kink: np.cos(x))
EXP = elementwise(np.exp, lambda tf, x: tf.exp(x), lambda x, kink: np.exp(x))
TANH = elementwise(np.tanh, lambda tf, x: tf.tanh(x), lambda x, kink: 1 - np.tanh(x) ** 2)
RELU = elementwise(lambda x: np.maximum(x, 0), lambda tf, x: tf.nn.relu(x), lambda x, kink: np.heaviside(x, kink))
SOFTMAX = Function(
    softmax, lambda tf, x: tf.nn.softmax(x), lambda x, kink: np.diag(softmax(x)) - np.outer(softmax(x), softmax(x))
)
# Whole numbers and quarters, so that the kink is hit exactly, whatever the order of the sums.
G = affine([[1, -2, 0.5], [0.25, 1, -1], [2, 0, 1], [-1, 0.5, 0.5]], [0.5, -0.25, 0, 1])
J = affine([[1, -1, 0], [0.5, 0.25, -1], [-1, 0.5, 0.25], [0.25, 1, 0.5], [-0.5, -1, 1]], [0, 0.25, -0.5, 0.25, 0.75])

# Each chain from the inside out, and its points; the last point of a chain with relu is at the kink.
CHAINS = {
    "scalar f(g(x))": ([SQUARE, SIN], [[-1.25], [0.5], [2.0]]),
    "scalar f(g(h(j(x))))": ([SQUARE_MINUS_1, SIN, RELU, EXP], [[-1.5], [0.5], [1.25], [1.0]]),
    "vector f(g(x))": ([G, SOFTMAX], [[0.5, -1, 2], [0, 0, 0], [-1.5, 0.25, 1]]),
    "vector f(g(h(j(x))))": ([J, TANH, RELU, SOFTMAX], [[0.5, -1, 2], [-1.5, 0.25, 1], [0.5, 0.5, 1]]),
}


def product(chain: list[Function], x: np.ndarray, kink: float = 0) -> np.ndarray:
    """The product of the Jacobians, outermost first: the chain rule."""
    jacobian = np.eye(len(x))
    for function in chain:
        jacobian = function.jacobian(x, kink) @ jacobian
        x = function.value(x)
    return jacobian


def tape(chain: list[Function], x: np.ndarray) -> np.ndarray:
    """GradientTape's Jacobian of the whole chain."""
    import tensorflow as tf

    y = start = tf.constant(x)
    with tf.GradientTape() as recorded:
        recorded.watch(start)
        for function in chain:
            y = function.tape(tf, y)
    return recorded.jacobian(y, start).numpy()


def central_differences(chain: list[Function], x: np.ndarray) -> np.ndarray:
    """A column for each entry of x: the change of the whole chain from x - STEP to x + STEP, divided by 2 STEP."""

    def whole(x):
        for function in chain:
            x = function.value(x)
        return x

    return np.column_stack([(whole(x + step) - whole(x - step)) / (2 * STEP) for step in STEP * np.eye(len(x))])


def compare(case: str, point: str, method: str, value: np.ndarray, reference: np.ndarray, tolerance) -> dict:
    """One row of the table: `value` and `reference` are the entries of two arrays that differ most."""
    share, rounding = tolerance
    error = np.abs(value - reference)
    worst = np.unravel_index(error.argmax(), error.shape)
    ok = bool(error[worst] <= share * np.abs(reference).max() + rounding)
    values = {"value": value[worst], "reference": reference[worst], "max_abs_error": error[worst], "ok": ok}
    return {"case": case, "point": point, "method": method, **values}


def compare_methods(case: str, point: str, by_product, by_tape, by_differences, halfway) -> list[dict]:
    """Three rows: the product compared with the tape, the tape and the differences compared with the product.

    `halfway` is the product with relu'(0) = 1/2, as the differences find it; away from the kink, the product itself.
    """
    return [
        compare(case, point, "product of the factors", by_product, by_tape, EXACT),
        compare(case, point, "GradientTape", by_tape, by_product, EXACT),
        compare(case, point, "central differences", by_differences, halfway, DIFFERENCES),
    ]


def check_chains() -> list[dict]:
    """The rows of the chains of functions, at every point."""
    rows = []
    for case, (chain, points) in CHAINS.items():
        for x in np.array(points, float):
            by_product, halfway = product(chain, x), product(chain, x, kink=0.5)
            derivatives = by_product, tape(chain, x), central_differences(chain, x), halfway
            kink = "" if np.array_equal(by_product, halfway) else " (kink of relu)"
            point = f"x = {', '.join(f'{number:g}' for number in x)}{kink}"
            rows += [row | {"chain": case.split()[1]} for row in compare_methods(case, point, *derivatives)]
    return rows


def check_network(weights: Weights, x: np.ndarray, labels: np.ndarray) -> list[dict]:
    """The rows of the network's own layers, on two sets of images and with a hidden unit at the kink."""
    w1, b1 = weights.w1.copy(), weights.b1.copy()
    w1[:, 0] = b1[0] = 0
    first, second, name = slice(N_IMAGES), slice(N_IMAGES, 2 * N_IMAGES), f"images 0 to {N_IMAGES - 1}"
    rows = []
    for point, point_weights, images in (
        (name, weights, first),
        (f"images {N_IMAGES} to {2 * N_IMAGES - 1}", weights, second),
        (f"{name}, hidden unit 0 at 0 (kink of relu)", weights._replace(w1=w1, b1=b1), first),
    ):
        arguments = point_weights, x[images], labels[images]
        methods = network_product(*arguments), network_tape(*arguments), network_differences(*arguments)
        halfway = network_product(*arguments, kink=0.5)
        for array, *derivatives in zip(Weights._fields, *methods, halfway, strict=True):
            compared = compare_methods(f"network's loss by {array}", point, *derivatives)
            rows += [row | {"chain": "network"} for row in compared]
    return rows


if __name__ == "__main__":
    start_log(snakemake.log[0])
    keras = start_keras(threads=1)
    rows = check_chains()
    model = keras.models.load_model(snakemake.input.model)
    if [layer.activation.__name__ for layer in model.layers] == ["relu", "softmax"]:
        x = np.load(snakemake.input.x_test, allow_pickle=False, mmap_mode="r")[: 2 * N_IMAGES].astype(np.float64)
        labels = np.load(snakemake.input.y_test, allow_pickle=False)[: 2 * N_IMAGES]
        rows += check_network(Weights(*(weight.astype(np.float64) for weight in model.get_weights())), x, labels)
    else:
        print("The layers of the network are skipped: their factors are written for Dense(relu), Dense(softmax) only.")
    table = pd.DataFrame(rows)
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
