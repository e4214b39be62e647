"""time_training_step, plot_training_cost: the step is right in each engine, and a part of it predicts the whole."""

import numpy as np
import pandas as pd
import pytest
from made_up_slices import make_slices
from plot_training_cost import plot_training_cost
from time_training_step import cost_row, predict

from retrial.errors import InputError
from retrial.operations import naive, naive_list
from retrial.operations import numpy as in_numpy
from retrial.operations.step import calls_of_step, whole_training
from retrial.operations.table import format_shapes
from retrial.timing.engines import LOOPS, STEPS_OF_PART, check_step, parts_of

TABLE = "results/timings/training_cost.csv"


def test_the_table_has_a_row_for_each_engine_in_the_order_of_their_cost(tiny_run):
    table = pd.read_csv(tiny_run / TABLE)
    assert list(table["engine"]) == ["naive", "naive_list", "numba", "numpy", "keras"]
    assert list(table["measured_or_extrapolated"]) == ["extrapolated"] * 2 + ["measured"] * 3
    assert table["seconds_per_step"].between(table["ci_low"], table["ci_high"]).all()
    np.testing.assert_allclose(table["seconds_per_epoch"], table["seconds_per_step"] * 60000 / 128)
    assert table["scaling_error"].isna().tolist() == [False] * 3 + [True] * 2
    seconds = table["seconds_per_step"].to_numpy()
    assert seconds[:3].min() > seconds[3:].max()
    assert seconds[0] > seconds[1] > seconds[2]


@pytest.mark.parametrize("engine", LOOPS)
def test_a_step_by_loops_is_that_of_the_network_in_numpy(engine):
    assert check_step(engine) < 1e-15


@pytest.mark.parametrize(
    ("module", "operation", "wrong"),
    [
        (naive, "relu_factor", lambda by_outputs, z: by_outputs),
        (naive, "softmax_factor", lambda z, one_hot: len(z) * in_numpy.softmax_factor(z, one_hot)),
        (naive, "rmsprop", lambda w, g, v: in_numpy.rmsprop(w, g, 0 * v)),
        (naive_list, "transpose", lambda x: [row[::-1] for row in zip(*x, strict=True)]),
        (naive_list, "add_matrix_vector", lambda x, y: x),
    ],
)
def test_a_wrong_operation_is_refused_before_anything_is_timed(monkeypatch, module, operation, wrong):
    monkeypatch.setattr(module, operation, wrong)
    engine = module.__name__.rpartition(".")[2]
    with pytest.raises(InputError, match=rf"operations/{engine}.py: a training step differs from .* by up to \d"):
        check_step(engine)


def test_the_multiply_adds_of_the_notebooks_step_are_counted_exactly():
    calls = calls_of_step()
    forward, gradients, biases = 784 * 512 + 512 * 10, 784 * 512 + 512 * 10 + 512 * 10, 512 + 10
    multiply_adds = sum(call.steps for call in calls if call.operation == "matrix_dot")
    assert multiply_adds == 128 * (forward + gradients + biases)
    updated = sum(call.steps for call in calls if call.operation == "rmsprop")
    assert updated == 784 * 512 + 512 + 512 * 10 + 10


def samples_from(seconds_of_steps, engine="naive") -> dict:
    """The samples of two processes for all parts of a step, by the seconds of this many steps."""
    parts = {part for call in calls_of_step() for part in parts_of(call)}
    return {
        (part.operation, engine, format_shapes(part.shapes)): np.full(2, seconds_of_steps(part.steps)) for part in parts
    }


def test_a_prediction_from_few_rows_is_exact_where_each_step_costs_the_same():
    expected = 1e-7 * sum(call.steps for call in calls_of_step())
    few, twice = predict("naive", samples_from(lambda steps: 1e-7 * steps))
    assert few == pytest.approx(expected)
    assert twice == pytest.approx(expected)


def test_a_cost_that_does_not_grow_with_the_rows_shows_as_a_scaling_error():
    few, twice = predict("naive", samples_from(lambda steps: 1.0))
    assert (few / twice - 1 > 0.5).all()


def test_the_median_and_its_interval_are_over_processes_and_of_keras_over_parts_of_an_epoch():
    seconds = np.array([9, 1, 2, 3, 4, 5, 6, 7, 8.0])
    key = {"operation": "training_step", "shape": ""}
    numpy = cost_row("numpy", make_slices(STEPS_OF_PART * seconds, "numpy", **key))
    assert (numpy["seconds_per_step"], numpy["ci_low"], numpy["ci_high"]) == pytest.approx((5, 2, 8))
    assert (numpy["measured_or_extrapolated"], np.isnan(numpy["scaling_error"])) == ("measured", True)
    in_one_process = make_slices([0.0], "keras", n=9, **key)
    in_one_process["seconds"] = STEPS_OF_PART * seconds
    keras = cost_row("keras", in_one_process)
    assert (keras["seconds_per_step"], keras["ci_low"], keras["ci_high"]) == pytest.approx((5, 2, 8))


def test_the_whole_training_has_five_epochs():
    table = pd.DataFrame({"seconds_per_step": [0.1], "seconds_per_epoch": [50.0], "ci_low": [0.08], "ci_high": [0.2]})
    (row,) = whole_training(table).itertuples()
    assert (row.seconds, row.low, row.high) == pytest.approx((250, 200, 500))


def test_the_picture_has_a_point_for_each_engine_and_says_what_it_takes():
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
