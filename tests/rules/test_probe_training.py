"""probe_training: short trainings, here on a few random images."""

import numpy as np
import pandas as pd
import pytest

from retrial.files import read_json
from retrial.network import training_probes, weight_probes
from retrial.network.float_types import compare_types
from retrial.network.probing import COMPILATION, Data, fit

SETTINGS = COMPILATION | {
    "layers": [{"units": 12, "activation": "relu"}, {"units": 4, "activation": "softmax"}],
    "batch_size": 8,
    "metrics": ["accuracy"],
}
TABLE, TIMES = "results/probes/training.csv", "results/probes/step_times.csv"
INPUTS = [
    "results/models/baseline/0/model.keras",
    *(f"results/data/{name}.npy" for name in ("x_train", "y_train", "x_test", "y_test")),
]


@pytest.fixture(scope="module")
def data() -> Data:
    """Four labels; the pixels of a label's images are brighter in its quarter."""
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 4
    x = rng.random((240, 16)).astype(np.float32) / 2
    for label in range(4):
        x[labels == label, 4 * label : 4 * label + 4] += np.float32(0.5)
    return Data(x[:160], labels[:160].astype(np.uint8), x[160:], labels[160:].astype(np.uint8))


@pytest.fixture(scope="module")
def trained(data):
    return fit(SETTINGS, data, seed=0, epochs=60)


def values(rows) -> dict:
    return {(row.case, row.statistic): row.value for row in rows}


def test_the_operations_give_the_outputs_and_without_relu_they_do_not(trained, data, monkeypatch):
    (row,) = weight_probes.probe_operations(trained, data)
    assert row.value < 1e-6
    monkeypatch.setattr(weight_probes.np, "maximum", lambda x, _: x)
    (row,) = weight_probes.probe_operations(trained, data)
    assert row.value > 1e-3


def test_other_activations_have_no_row_of_operations(data):
    settings = SETTINGS | {"layers": [{"units": 5, "activation": "tanh"}, SETTINGS["layers"][1]]}
    assert weight_probes.probe_operations(fit(settings, data, 0, 0), data) == []


def test_copied_weights_give_the_same_outputs_and_shuffled_ones_chance(trained, data):
    rows = weight_probes.probe_weights(trained, SETTINGS, data, seed=0)
    by_case = {row.case: row for row in rows}
    assert by_case["the trained network"].value > 0.9
    assert by_case["copied"].value == 0
    assert by_case["chance"].value == 0.25
    assert by_case["shuffled"].low < 0.25 < by_case["shuffled"].high < 0.5
    assert rows == weight_probes.probe_weights(trained, SETTINGS, data, seed=0)


def test_a_small_step_changes_the_loss_and_not_the_accuracy_and_a_large_step_both(trained, data, monkeypatch):
    changed = [row.value for row in weight_probes.probe_gradient_of_accuracy(trained, SETTINGS, data, seed=0)]
    assert changed == [weight_probes.DIRECTIONS, 0]
    monkeypatch.setattr(weight_probes, "STEP", 3)
    changed = [row.value for row in weight_probes.probe_gradient_of_accuracy(trained, SETTINGS, data, seed=0)]
    assert min(changed) > 0


def test_steps_lower_the_loss_of_their_batch_unless_they_are_too_long(data):
    model = fit(SETTINGS, data, 0, 1)
    (row,) = training_probes.probe_steps({"a": model}, SETTINGS, data)
    assert (row.value, row.n, row.high) == (1, training_probes.STEPS, 1)
    settings = SETTINGS | {"optimizer": {"name": "sgd", "learning_rate": 1000}}
    (row,) = training_probes.probe_steps({"a": fit(settings, data, 0, 1)}, settings, data)
    assert row.value < 0.9


def test_mini_batches_are_better_too_few_units_fail_and_more_are_hardly_used(data):
    settings = SETTINGS | {"batch_size": 1}
    found = values(training_probes.probe_batches_and_units(settings, data, seed=0))
    assert found["mini-batches", "accuracy"] > found["one batch of all images", "accuracy"]
    difference = found["mini-batches", "accuracy"] - found["one batch of all images", "accuracy"]
    assert found["mini-batches, one batch", "difference of accuracy"] == pytest.approx(difference)
    (error,) = (statistic for case, statistic in found if case == "one too few")
    assert error.startswith("raises ") and found["one too few", error] == (error != "raises nothing") == 1
    assert 0 <= found["6 too many", "share of images given to them"] < 0.5


def test_metrics_change_no_weight_and_the_loss_does(data):
    found = values(training_probes.probe_losses_and_metrics(SETTINGS, data, seed=0))
    assert found["the loss", "largest change of a weight"] > 0
    assert found["the loss times 0", "largest change of a weight"] == 0
    assert found["categorical loss on one-hot labels", "largest difference of a weight"] < 1e-6
    assert found["no metric", "largest difference of a weight"] == 0
    assert found["cross-entropy and top-5 accuracy", "largest difference of a weight"] == 0
    assert found["sparse loss on one-hot labels", "raises ValueError"] == 1


def test_a_training_that_raises_nothing_is_said_so():
    assert training_probes.refusal(lambda: None) == "nothing"


def test_sigmoid_cannot_reach_a_target_above_1(data):
    found = values(training_probes.probe_regression(SETTINGS | {"batch_size": 1}, data, seed=0))
    best = found["the best that a sigmoid can do", "mean squared error"]
    assert best == np.mean([0, 0, 1, 4])
    assert found["linear", "mean squared error"] < best < found["sigmoid", "mean squared error"]


def test_types_start_from_the_same_weights_and_take_turns(data):
    rows, times = compare_types(SETTINGS, data, seeds=[3, 4], epochs=2)
    assert [(row.seed, row.case) for row in rows] == [
        (seed, name) for seed in (3, 4) for name in ("float32", "float64", "float16")
    ]
    accuracies = pd.DataFrame(rows).pivot(index="seed", columns="case", values="value")
    assert (accuracies.sub(accuracies["float32"], axis=0).abs() < 0.1).all(axis=None)
    assert [time["type"] for time in times[:4]] == ["float32", "float64", "float16", "float32"]
    assert all(time["step_s"] > 0 for time in times)
    again, _ = compare_types(SETTINGS, data, seeds=[3, 4], epochs=2)
    assert rows == again


def test_the_same_bytes_come_out_again_on_the_first_network(run_rule, tiny_run):
    folder = run_rule("probe_training", INPUTS, [TABLE])
    assert (folder / TABLE).read_bytes() == (tiny_run / TABLE).read_bytes()
    table = pd.read_csv(folder / TABLE)
    assert list(table.columns) == ["probe", "case", "statistic", "value", "low", "high", "n", "seed"]
    accuracy = read_json(tiny_run / "results/models/baseline/0/metrics.json")["test_accuracy"]
    (row,) = table.query("probe == 'weights' and case == 'the trained network'").itertuples()
    assert row.value == pytest.approx(accuracy)
    assert set(pd.read_csv(folder / TIMES)["type"]) == {"float32", "float64", "float16"}
