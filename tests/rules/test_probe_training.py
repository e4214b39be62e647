"""probe_training: short trainings, here on a few random images."""

import json
import re
import time
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import made_file, run_python

from retrial.files import read_json
from retrial.network import float_types, from_scratch, probes
from retrial.network import probe_keys as keys
from retrial.network.probe_rows import Row
from retrial.network.probes import COMPILATION, Data, fit

SETTINGS = COMPILATION | {
    "layers": [{"units": 12, "activation": "relu"}, {"units": 4, "activation": "softmax"}],
    "batch_size": 8,
    "metrics": ["accuracy"],
}


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
    (row,) = probes.probe_operations(trained, data)
    assert row.value < 1e-6
    monkeypatch.setattr(from_scratch, "relu", lambda z, out: np.copyto(out, z) or out)
    (row,) = probes.probe_operations(trained, data)
    assert row.value > 1e-3


def test_copied_weights_give_the_same_outputs_and_shuffled_ones_chance(trained, data):
    rows = probes.probe_weights(trained, SETTINGS, data, seed=0)
    by_case = {row.case: row for row in rows}
    assert by_case["the trained network"].value > 0.9
    assert by_case["copied"].value == 0
    assert by_case["chance"].value == 0.25
    assert by_case["shuffled"].low < 0.25 < by_case["shuffled"].high < 0.5
    assert rows == probes.probe_weights(trained, SETTINGS, data, seed=0)


def test_a_small_step_changes_the_loss_and_not_the_accuracy_and_a_large_step_both(trained, data, monkeypatch):
    changed = [row.value for row in probes.probe_gradient_of_accuracy(trained, SETTINGS, data, seed=0)]
    assert changed == [probes.DIRECTIONS, 0]
    monkeypatch.setattr(probes, "DIFFERENCE", 3)
    changed = [row.value for row in probes.probe_gradient_of_accuracy(trained, SETTINGS, data, seed=0)]
    assert min(changed) > 0


def test_steps_lower_the_loss_of_their_batch_unless_they_are_too_long(data):
    model = fit(SETTINGS, data, 0, 1)
    (row,) = probes.probe_steps({keys.FIRST_STEPS: model}, SETTINGS, data)
    assert (row.value, row.n, row.high) == (1, probes.STEPS, 1)
    settings = SETTINGS | {"optimizer": {"name": "sgd", "learning_rate": 1000}}
    (row,) = probes.probe_steps({keys.FIRST_STEPS: fit(settings, data, 0, 1)}, settings, data)
    assert row.value < 0.9


def test_too_few_units_fail_and_more_are_hardly_used(data):
    settings = SETTINGS | {"batch_size": 1}
    found = values(probes.probe_units(settings, data, seed=0))
    assert found["as many as labels", "accuracy"] > 0.5
    (error,) = (statistic for case, statistic in found if case == "one too few")
    assert error.startswith("raises ") and found["one too few", error] == (error != "raises nothing") == 1
    assert 0 <= found["6 too many", "share of images given to them"] < 0.5


def test_metrics_change_no_weight_and_the_loss_does(data):
    found = values(probes.probe_losses_and_metrics(SETTINGS, data, seed=0))
    assert found["the loss", "largest change of a weight"] > 0
    assert found["the loss times 0", "largest change of a weight"] == 0
    assert found["categorical loss on one-hot labels", "largest difference of a weight"] < 1e-6
    assert found["no metric", "largest difference of a weight"] == 0
    assert found["cross-entropy and top-5 accuracy", "largest difference of a weight"] == 0
    assert found["sparse loss on one-hot labels", "raises ValueError"] == 1


def test_one_unit_without_activation_is_compared_with_the_best_constant_and_any_sigmoid(data):
    rows = probes.probe_regression(SETTINGS | {"batch_size": 1}, data, seed=0)
    linear, constant, sigmoid = (row.value for row in rows)
    assert (linear + constant, linear + sigmoid) == pytest.approx((np.var([0, 1, 2, 3]), np.mean([0, 0, 1, 4])))
    assert min(constant, sigmoid) > 0


def test_after_training_on_shuffled_labels_a_network_agrees_with_the_trained_one_by_chance_only(trained, data):
    rows = probes.probe_unrelated_loss(trained, SETTINGS | {"batch_size": 1}, data, [0, 1, 2])
    shuffled, true = (row.value for row in rows)
    assert shuffled < 0.5 < true


def test_an_input_in_another_type_gives_the_outputs_of_its_rounded_numbers(trained, data):
    found = {(row.case, row.statistic): row for row in probes.probe_input_types(trained, data)}
    assert found["float64", "largest difference of an output"].value == 0
    assert 0 < found["float16", "largest difference of an output"].value < 1e-2
    rounded = probes.outputs(trained, data.x_test.astype(np.float16).astype(np.float32))
    same = (rounded.argmax(axis=1) == probes.outputs(trained, data.x_test).argmax(axis=1)).mean()
    assert found["float16", "share of equal labels"].value == same
    assert found["float64", "share of equal labels"].n == len(data.x_test)


@pytest.fixture(scope="module")
def files(data, tmp_path_factory) -> dict[str, str]:
    """The paths of the data, as the rule has them."""
    folder = tmp_path_factory.mktemp("data")
    for name, array in data._asdict().items():
        np.save(folder / f"{name}.npy", array)
    return {name: str(folder / f"{name}.npy") for name in Data._fields}


def test_types_start_from_the_same_weights_and_take_turns(files):
    code = (  # in a Python of its own: where TensorFlow was imported, no process can start it again
        "import json, sys; from retrial.network.float_types import compare_types;"
        "print(json.dumps(compare_types(*json.loads(sys.argv[1]), threads=1)))"
    )
    probes = {"images": 160, "seeds": [3, 4], "epochs": 2}
    printed = run_python(code, json.dumps([SETTINGS | {"divide_by_255": True}, files, probes]))
    rows, times = json.loads(printed.splitlines()[-1])
    rows = [Row(*row) for row in rows]
    assert [(row.seed, row.case) for row in rows] == [(seed, name) for seed in (3, 4) for name in float_types.TYPES]
    accuracies = pd.DataFrame(rows).pivot(index="seed", columns="case", values="value")
    assert (accuracies.sub(accuracies["float32"], axis=0).abs() < 0.1).all(axis=None)
    turns = [(step["fused"], step["round"], step["type"]) for step in times]
    assert turns == list(product((False, True), range(float_types.ROUNDS), float_types.TYPES))
    assert all(step["step_s"] > 0 and step["n"] == float_types.STEPS for step in times)


def test_a_slow_step_is_timed_fewer_times(data, monkeypatch, capsys):
    loss = SimpleNamespace(numpy=lambda: 0)
    steps = {"float32": lambda x, y: loss, "float16": lambda x, y: time.sleep(0.02) or loss}
    monkeypatch.setattr(float_types, "MAX_TIMING_S", 0.2)
    rows = float_types.time_steps(steps, data, 8)
    assert {row["n"] for row in rows if row["type"] == "float16"} == {1}
    assert 1 <= len(rows) / 2 < float_types.ROUNDS
    assert re.search(r"float16: a step takes [\d.]+ s: timed", capsys.readouterr().out)


def test_the_first_network_is_the_trained_one(tiny_run):
    table = pd.read_csv(made_file(tiny_run, "results/probes/training.csv"))
    accuracy = read_json(tiny_run / "results/models/baseline/0/metrics.json")["test_accuracy"]
    (row,) = table.query("probe == 'weights' and case == 'the trained network'").itertuples()
    assert row.value == pytest.approx(accuracy)
    assert set(pd.read_csv(tiny_run / "results/probes/step_times.csv")["type"]) == {"float32", "float64", "float16"}
