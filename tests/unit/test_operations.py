"""Every implementation computes its operation, and a wrong one is found before it is timed."""

import numpy as np
import pytest

from retrial import naive_ops, numpy_ops, timing
from retrial.errors import InputError
from retrial.operations import IMPLEMENTATIONS, SHAPES, VIEWS, make_inputs, prepare, shape_text

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
    arrays = make_inputs(operation, seed=1)
    function, inputs = prepare(operation, implementation, arrays)
    found, expected = np.asarray(function(*inputs)), EXPECTED[operation](*arrays)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_every_operation_has_both_baselines_and_numpy():
    for implementations in IMPLEMENTATIONS.values():
        assert {"naive", "naive_list", "numpy"} <= set(implementations)


def test_inputs_are_signed_and_follow_from_the_seed():
    (x,) = make_inputs("relu", seed=0)
    assert x.dtype == np.float64
    assert 0.4 < (x < 0).mean() < 0.6
    np.testing.assert_array_equal(x, make_inputs("relu", seed=0)[0])
    assert not np.array_equal(x, make_inputs("relu", seed=1)[0])


def test_views_share_memory_and_the_others_do_not():
    for operation in SHAPES:
        inputs = make_inputs(operation, seed=0)
        shares = np.shares_memory(getattr(numpy_ops, operation)(*inputs), inputs[0])
        assert shares == (operation in VIEWS), operation


def test_shapes_are_written_without_spaces_inside():
    assert shape_text("relu") == "(20,100)"
    assert shape_text("add_matrix_vector") == "(300,200) (200,)"


def off_by_one(x):
    z = x.copy()
    z[:-1] = np.maximum(x[:-1], 0)
    return z


def in_place(x):
    x[:] = np.maximum(x, 0)
    return x


@pytest.mark.parametrize(
    ("operation", "module", "wrong", "message"),
    [
        ("relu", naive_ops, lambda x: x, "differs from numpy by up to"),
        ("relu", naive_ops, off_by_one, "differs from numpy by up to"),
        ("relu", naive_ops, in_place, "changes its inputs"),
        ("relu", numpy_ops, lambda x: x, "numpy_ops.py: relu differs from naive by up to"),
        ("relu", naive_ops, lambda x: np.full_like(x, np.nan), "differs from numpy by up to nan"),
        ("transpose", numpy_ops, lambda x: x, r"returns shape \(300, 20\), expected \(20, 300\) by naive"),
        ("matrix_dot", naive_ops, lambda x, y: (x @ y)[:-1], r"returns shape \(299, 200\), expected \(300, 200\)"),
    ],
)
def test_a_wrong_implementation_is_refused_and_the_message_says_by_how_much(
    monkeypatch, operation, module, wrong, message
):
    monkeypatch.setattr(module, operation, wrong)
    implementation = module.__name__.removeprefix("retrial.").removesuffix("_ops")
    with pytest.raises(InputError, match=message):
        timing.check(operation, implementation, make_inputs(operation, 0))


def test_slow_calls_get_fewer_samples_fast_ones_all():
    settings = {"processes": 5, "warmups": 1, "samples": 5, "min_sample_s": 0.05, "max_process_s": 1}
    options = timing.pyperf_options(1e-6, settings)
    assert options == {"processes": 5, "warmups": 1, "values": 5, "min-time": 0.05}
    assert timing.pyperf_options(0.4, settings) == options | {"values": 2, "loops": 1}
    assert timing.pyperf_options(3, settings) == options | {"values": 1, "warmups": 0, "loops": 1}
