"""Every implementation computes its operation, and a wrong one is found before it is timed."""

import time

import numpy as np
import pytest

from retrial import measure, naive_list_ops, naive_ops, naive_three_loops_ops, numpy_ops, timing
from retrial.pipeline.errors import InputError
from retrial.operations.table import IMPLEMENTATIONS, SHAPES, VIEWS, make_inputs, prepare, scaled, shape_text, sweep, work

CASES = [(operation, implementation) for operation in IMPLEMENTATIONS for implementation in IMPLEMENTATIONS[operation]]

# Written with NumPy's other means, so that no implementation is compared with itself.
EXPECTED = {
    "add": lambda x, y: np.add(x, y),
    "relu": lambda x: np.where(x > 0, x, 0),
    "add_relu": lambda x, y: np.clip(np.add(x, y), 0, None),
    "add_matrix_vector": lambda x, y: np.add(x, np.tile(y, (len(x), 1))),
    "vector_dot": lambda x, y: np.einsum("i,i", x, y),
    "matrix_vector_dot": lambda x, y: np.einsum("ij,j->i", x, y),
    "matrix_dot": lambda x, y: np.einsum("ik,kj->ij", x, y),
    "reshape": lambda x: np.array([list(x.flat)]),
    "transpose": lambda x: np.array([[x[i, j] for i in range(x.shape[0])] for j in range(x.shape[1])]),
}


@pytest.mark.parametrize(("operation", "implementation"), CASES)
def test_every_implementation_computes_its_operation_on_the_notebooks_shape(operation, implementation):
    arrays = make_inputs(SHAPES[operation], seed=1)
    function, inputs = prepare(operation, implementation, arrays)
    found, expected = np.asarray(function(*inputs)), EXPECTED[operation](*arrays)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_every_operation_has_both_baselines_and_numpy():
    for implementations in IMPLEMENTATIONS.values():
        assert {"naive", "naive_list", "numba", "numpy"} <= set(implementations)


def test_inputs_are_signed_and_follow_from_the_seed():
    (x,) = make_inputs(SHAPES["relu"], seed=0)
    assert x.dtype == np.float64
    assert 0.4 < (x < 0).mean() < 0.6
    np.testing.assert_array_equal(x, make_inputs(SHAPES["relu"], seed=0)[0])
    assert not np.array_equal(x, make_inputs(SHAPES["relu"], seed=1)[0])


def test_views_share_memory_and_the_others_do_not():
    for operation in SHAPES:
        inputs = make_inputs(SHAPES[operation], seed=0)
        shares = np.shares_memory(getattr(numpy_ops, operation)(*inputs), inputs[0])
        assert shares == (operation in VIEWS), operation


def test_shapes_are_written_without_spaces_inside():
    assert shape_text(SHAPES["relu"]) == "(20,100)"
    assert shape_text(SHAPES["add_matrix_vector"]) == "(300,200) (200,)"


def off_by_one(x):
    z = x.copy()
    z[:-1] = np.maximum(x[:-1], 0)
    return z


def in_place(x):
    x[:] = np.maximum(x, 0)
    return x


WITNESSES = ["naive", "naive_list", "numpy"]


@pytest.mark.parametrize(
    ("operation", "module", "wrong", "message"),
    [
        ("relu", naive_ops, lambda x: x, "naive_ops.py: relu differs from numpy by up to"),
        ("relu", naive_ops, off_by_one, "naive_ops.py: relu differs from numpy by up to"),
        ("relu", naive_ops, in_place, "naive_ops.py: relu changes its inputs"),
        ("relu", naive_list_ops, lambda x: x, "naive_list_ops.py: relu differs from numpy by up to"),
        ("relu", numpy_ops, lambda x: x, "numpy_ops.py: relu differs from naive by up to"),
        ("relu", naive_ops, lambda x: np.full_like(x, np.nan), "relu differs from numpy by up to nan"),
        (
            "transpose",
            numpy_ops,
            lambda x: x,
            r"numpy_ops.py: transpose returns shape \(300, 20\), expected \(20, 300\)",
        ),
        ("matrix_dot", naive_ops, lambda x, y: (x @ y)[:-1], r"shape \(299, 200\), expected \(300, 200\) by numpy"),
    ],
)
def test_a_wrong_implementation_is_refused_and_the_message_says_by_how_much(
    monkeypatch, operation, module, wrong, message
):
    monkeypatch.setattr(module, operation, wrong)
    with pytest.raises(InputError, match=message):
        timing.check(operation, WITNESSES, make_inputs(SHAPES[operation], 0))


def test_two_that_are_wrong_in_the_same_way_are_refused_too(monkeypatch):
    for module in (naive_ops, naive_three_loops_ops):
        monkeypatch.setattr(module, "matrix_dot", lambda x, y: x @ y + 1)
    with pytest.raises(InputError, match="matrix_dot: two camps, naive, numpy, naive_three_loops differ"):
        timing.check("matrix_dot", [*WITNESSES, "naive_three_loops"], make_inputs(SHAPES["matrix_dot"], 0))


def test_larger_inputs_repeat_the_random_numbers_of_a_block():
    (x,) = make_inputs(((300, 300),), seed=0)
    np.testing.assert_array_equal(x.ravel()[: 300 * 300 - 2**16], x.ravel()[2**16 :])


@pytest.mark.parametrize("operation", IMPLEMENTATIONS)
def test_a_sweep_grows_from_below_the_notebooks_shape_to_the_largest_size(operation):
    limits = {"elements": 2**24, "multiply_adds": 2**33}
    shapes = sweep(operation, below=1, above=3, max_steps=limits)
    steps = [work(operation, s).steps for s in shapes]
    assert shapes[1] == SHAPES[operation]
    assert steps == sorted(set(steps))
    assert len(shapes) == 5
    largest = limits["multiply_adds" if operation == "matrix_dot" else "elements"]
    assert largest <= steps[-1] <= 1.01 * largest
    growth = np.diff(np.log(steps[1:]))
    assert growth.max() < 1.3 * growth.min()
    for s in shapes[:2]:
        function, inputs = prepare(operation, "numpy", make_inputs(s, 0))
        function(*inputs)


def test_without_other_sizes_the_notebooks_shape_remains():
    assert sweep("relu", below=0, above=0, max_steps={"elements": 1, "multiply_adds": 1}) == [SHAPES["relu"]]
    assert sweep("relu", below=0, above=3, max_steps={"elements": 1, "multiply_adds": 1}) == [SHAPES["relu"]]


def test_a_factor_scales_the_work_and_keeps_shapes_that_fit():
    assert scaled("matrix_dot", 8.0) == ((600, 200), (200, 400))
    assert scaled("add_matrix_vector", 4.0) == ((600, 400), (400,))
    assert scaled("vector_dot", 3.0) == ((300,), (300,))


@pytest.mark.parametrize(
    ("operation", "steps", "n_bytes", "flop"),
    [
        ("add", 2000, 3 * 8 * 2000, 2000),
        ("relu", 2000, 2 * 8 * 2000, 2000),
        ("add_relu", 2000, 3 * 8 * 2000, 4000),
        ("add_matrix_vector", 60000, 8 * (2 * 60000 + 200), 60000),
        ("vector_dot", 100, 8 * 201, 200),
        ("matrix_vector_dot", 30000, 8 * (30000 + 100 + 300), 60000),
        ("matrix_dot", 6000000, 8 * (30000 + 20000 + 60000), 12000000),
        ("reshape", 6, 8 * 12, 0),
        ("transpose", 6000, 8 * 12000, 0),
    ],
)
def test_the_work_of_an_operation_is_what_it_reads_writes_and_computes(operation, steps, n_bytes, flop):
    assert work(operation, SHAPES[operation]) == (steps, n_bytes, flop)


def test_numba_compiles_the_very_same_loops_without_fastmath_or_parallel():
    from retrial import numba_ops

    for operation in IMPLEMENTATIONS:
        compiled = getattr(numba_ops, operation)
        assert compiled.py_func.__code__ is getattr(naive_ops, operation).__code__
        assert not compiled.targetoptions.get("fastmath")
        assert not compiled.targetoptions.get("parallel")


class FakeTimer:
    """A timer of a machine on which each call takes `call_s`, but the first one `first_s`."""

    def __init__(self, call_s, first_s=None):
        self.call_s, self.first_s = call_s, call_s if first_s is None else first_s

    def timeit(self, n):
        first_s, self.first_s = self.first_s, self.call_s
        return first_s + (n - 1) * self.call_s


def test_fast_calls_are_repeated_until_a_sample_is_long_enough_slow_ones_are_made_once():
    loops, slices = measure.calibrate(FakeTimer(1e-6), 0.02)
    assert slices == measure.SLICES
    assert loops * slices * 1e-6 == pytest.approx(0.02)
    assert measure.calibrate(FakeTimer(0.03), 0.02) == (1, 1)


def test_the_first_call_which_loads_and_touches_memory_does_not_count():
    assert measure.calibrate(FakeTimer(1e-6, first_s=0.01), 0.02) == measure.calibrate(FakeTimer(1e-6), 0.02)


def test_the_timer_times_the_function_that_it_is_given():
    assert measure.make_timer(time.sleep, [0.02]).timeit(2) >= 0.04


def test_above_the_notebooks_shape_slow_implementations_are_left_out_but_numpy():
    shapes = sweep("relu", below=1, above=2, max_steps={"elements": 500000, "multiply_adds": 1})
    points = timing.plan_points(
        "relu", {"naive": 1e-3, "numpy": 1.0}, shapes, {"seed": 0, "max_call_s": 0.002, "min_sample_s": 0.05}
    )
    assert [(p["implementation"], p["shapes"]) for p in points] == [
        ("naive", shapes[0]),
        ("numpy", shapes[0]),
        ("naive", shapes[1]),
        ("numpy", shapes[1]),
        ("numpy", shapes[2]),
        ("numpy", shapes[3]),
    ]
