"""time_training_step, plot_training_cost: the step is right in each engine, and a part of it predicts the whole."""

from importlib import import_module

import numpy as np
import pandas as pd
import pytest
from conftest import check_picture
from plot_training_cost import plot_training_cost, plt
from time_training_step import MODULES, check_step, cost_table

from retrial.errors import InputError
from retrial.training_step import naive, naive_list
from retrial.training_step import numpy as numpy_operations
from retrial.training_step.cost import whole_training
from retrial.training_step.step import count_steps, first_rows, make_step, record_calls, training_step
from retrial.training_step.worker import extrapolate, time_loops

TABLE = "results/timings/training_cost.csv"
COLUMNS = ["engine", "seconds_per_step", "seconds_per_epoch", "ci_low", "ci_high", "measured_or_extrapolated"]
COLUMNS += ["scaling_error"]


def test_the_table_has_a_row_for_each_engine_in_the_order_of_their_cost(tiny_run):
    table = pd.read_csv(tiny_run / TABLE)
    assert list(table.columns) == COLUMNS
    assert list(table["engine"]) == ["naive", "naive_list", "numba", "numpy", "keras"]
    assert list(table["measured_or_extrapolated"]) == ["extrapolated"] * 2 + ["measured"] * 3
    assert table["seconds_per_step"].between(table["ci_low"], table["ci_high"]).all()
    np.testing.assert_allclose(table["seconds_per_epoch"], table["seconds_per_step"] * 60000 / 128)
    assert table["scaling_error"].isna().tolist() == [False] * 3 + [True] * 2
    seconds = table["seconds_per_step"].to_numpy()
    assert (seconds[:3] > 10 * seconds[3:].max()).all()
    assert seconds[0] > seconds[1] > seconds[2]


@pytest.mark.parametrize("engine", MODULES)
def test_a_step_by_loops_is_that_of_the_network_in_numpy(engine):
    assert check_step(engine) < 1e-15


@pytest.mark.parametrize(
    ("module", "operation", "wrong"),
    [
        (naive, "relu_factor", lambda by_outputs, z: by_outputs),
        (naive, "softmax_factor", lambda z, one_hot: len(z) * numpy_operations.softmax_factor(z, one_hot)),
        (naive, "rmsprop", lambda w, g, v: numpy_operations.rmsprop(w, g, 0 * v)),
        (naive_list, "transpose", lambda x: [row[::-1] for row in zip(*x, strict=True)]),
        (naive_list, "add_matrix_vector", lambda x, y: x),
    ],
)
def test_a_wrong_operation_is_refused_before_anything_is_timed(monkeypatch, module, operation, wrong):
    monkeypatch.setattr(module, operation, wrong)
    engine = module.__name__.rpartition(".")[2]
    with pytest.raises(InputError, match=rf"training_step/{engine}.py: a training step differs from .* by up to \d"):
        check_step(engine)


@pytest.mark.parametrize("module", MODULES.values())
def test_loops_leave_their_arguments_unchanged(module):
    op, arrays = import_module(module), [np.array([[0.5, 1.0], [2.0, 0.25]]) for _ in range(3)]
    for name, n in (("softmax_factor", 2), ("relu_factor", 2), ("rmsprop", 3)):
        arguments = [a.tolist() if hasattr(op, "TAKES_LISTS") else a.copy() for a in arrays[:n]]
        getattr(op, name)(*arguments)
        for argument, array in zip(arguments, arrays, strict=False):
            np.testing.assert_array_equal(argument, array)


def test_the_multiply_adds_of_the_notebooks_step_are_counted_exactly():
    calls = record_calls(make_step(128, 784, 512, 10, seed=0))
    products = [(name, arrays) for name, arrays in calls if name == "matrix_dot"]
    forward, gradients, biases = 784 * 512 + 512 * 10, 784 * 512 + 512 * 10 + 512 * 10, 512 + 10
    assert sum(count_steps(*call) for call in products) == 128 * (forward + gradients + biases)
    updated = sum(count_steps(name, arrays) for name, arrays in calls if name == "rmsprop")
    assert updated == 784 * 512 + 512 + 512 * 10 + 10


def test_the_first_rows_give_the_first_rows_of_the_result():
    for name, arrays in record_calls(make_step(8, 6, 5, 4, seed=0)):
        if name in ("transpose", "softmax_factor") or len(arrays[0]) < 4:
            continue
        function = getattr(numpy_operations, name)
        whole, part = (np.atleast_3d(function(*a)) for a in (arrays, first_rows(name, arrays, 3)))
        rows = 0 if name != "rmsprop" else 1  # a pair of matrices
        np.testing.assert_allclose(np.take(whole, range(3), axis=rows), part)


def test_a_prediction_from_few_rows_is_exact_where_each_step_costs_the_same():
    calls = record_calls(make_step(128, 784, 512, 10, seed=0))
    names = iter(name for name, _ in calls for _ in range(2))

    def seconds_of(function, arguments, min_s):
        return 1e-7 * count_steps(next(names), arguments)

    expected = 1e-7 * sum(count_steps(*call) for call in calls)
    assert extrapolate(numpy_operations, calls, 0, seconds_of) == pytest.approx((expected, expected))


def test_loops_are_timed_on_the_arrays_that_they_would_make():
    """NumPy's transposed views would be another case for a compiler, and for the caches."""
    for _, arrays in record_calls(make_step(8, 6, 5, 4, seed=0)):
        assert all(array.flags.c_contiguous for array in arrays)


def test_a_cost_that_does_not_grow_with_the_rows_shows_as_a_scaling_error():
    calls = record_calls(make_step(128, 784, 512, 10, seed=0))
    few, more = extrapolate(numpy_operations, calls, 0, lambda function, arguments, min_s: 1.0)
    assert few / more - 1 > 0.5


def test_compiled_loops_are_timed_as_a_whole_and_the_prediction_agrees():
    numba = import_module(MODULES["numba"])
    errors = [time_loops(numba, make_step(32, 300, 200, 10, seed=0), 0.05)["scaling_error"] for _ in range(5)]
    assert min(map(abs, errors)) < 0.2  # a busy machine spoils some


def test_the_median_and_its_interval_are_over_processes_and_keras_has_one_for_each_epoch():
    runs = [{"naive": {"seconds": [s], "scaling_error": [0.01]}} for s in (9, 1, 2, 3, 4, 5, 6, 7, 8)]
    runs.append({"keras": {"seconds": [0.003] * 8 + [0.03]}})
    naive, keras = cost_table(["naive", "keras"], runs).itertuples()
    assert (naive.seconds_per_step, naive.ci_low, naive.ci_high, naive.scaling_error) == (5, 2, 8, 0.01)
    assert (keras.seconds_per_step, keras.ci_high) == (0.003, 0.003)
    assert np.isnan(keras.scaling_error)


def test_the_whole_training_has_five_epochs():
    table = pd.DataFrame({"seconds_per_step": [0.1], "seconds_per_epoch": [50.0], "ci_low": [0.08], "ci_high": [0.2]})
    (row,) = whole_training(table).itertuples()
    assert (row.seconds, row.low, row.high) == pytest.approx((250, 200, 500))


def test_the_picture_has_a_point_for_each_engine_and_says_what_it_takes(run_rule):
    folder = run_rule("plot_training_cost", [TABLE], ["results/timings/training_cost.png"])
    check_picture(folder / "results/timings/training_cost.png")
    table = pd.DataFrame(
        {
            "engine": ["naive", "numpy", "keras"],
            "seconds_per_step": [16.0, 0.0032, 0.004],
            "measured_or_extrapolated": ["extrapolated", "measured", "measured"],
        }
    )
    table = table.assign(seconds_per_epoch=468.75 * table["seconds_per_step"])
    figure = plot_training_cost(table.assign(ci_low=table["seconds_per_step"], ci_high=table["seconds_per_step"]))
    (axes,) = figure.axes
    assert figure.get_suptitle() == "A training that takes Keras 9.38 s\ntakes the loops 10 h"
    assert [text.get_text() for text in axes.texts] == ["10 h", "7.5 s", "9.38 s"]
    assert [c.lines[0].get_markerfacecolor() == "white" for c in axes.containers] == [True, False, False]
    plt.close("all")


def test_a_step_of_the_training_is_made_of_the_operations_of_the_notebook():
    assert set(name for name, _ in record_calls(make_step(4, 3, 5, 2, seed=0))) == {
        *("matrix_dot", "add_matrix_vector", "relu", "transpose"),
        *("softmax_factor", "relu_factor", "rmsprop"),
    }
    assert len(training_step(numpy_operations, *make_step(4, 3, 5, 2, seed=0))) == 4
