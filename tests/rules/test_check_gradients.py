"""check_gradients: the network in NumPy is Keras's, and a wrong factor in its backward pass is found."""

import inspect
import textwrap

import numpy as np
import pandas as pd
import pytest
from check_gradients import check_keras
from conftest import made_file

from retrial.network import from_scratch
from retrial.network.from_scratch import Network

ARRAYS = {"w1", "b1", "w2", "b2"}

# All dimensions are 10, so that a wrong factor has a shape that fits.
SIZE, STEPS = 10, 20
SETTINGS = {
    "layers": [{"units": SIZE, "activation": "relu"}, {"units": SIZE, "activation": "softmax"}],
    "optimizer": {"name": "rmsprop", "learning_rate": 0.001},
    "loss": "sparse_categorical_crossentropy",
    "batch_size": SIZE,
}
# Mistakes in `backward`: the line as it is, the line as it is wrong, and the arrays whose gradient it spoils.
MISTAKES = {
    "the weights are not transposed": ("layers[k].weights.T", "layers[k].weights", {"w1", "b1"}),
    "the inputs are not transposed": ("np.dot(inputs.T, by_z", "np.dot(inputs, by_z", {"w1", "w2"}),
    "no division by the batch size": ("by_z /= n", "pass", ARRAYS),
    "the mask of relu is left out": ("by_z *= relu_slope", "relu_slope", {"w1", "b1"}),
    "a bias is summed along the wrong axis": ("by_z.sum(axis=0", "by_z.sum(axis=1", {"b1", "b2"}),
    "the label is not subtracted": ("labels] -= 1", "labels] -= 0", ARRAYS),
}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.random((STEPS * SIZE, SIZE), np.float32), rng.integers(0, SIZE, STEPS * SIZE)


def rewrite(monkeypatch, owner: type, name: str, line: str, wrong: str) -> None:
    """Replace a part of a method's own text."""
    source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
    assert source.count(line) == 1, source
    namespace = dict(vars(from_scratch))
    exec(source.replace(line, wrong), namespace)
    monkeypatch.setattr(owner, name, namespace[name])


def wrong_arrays(rows: list[dict], case: str) -> set[str]:
    assert any(row["case"].startswith(case) for row in rows)
    return {row["array"] for row in rows if row["case"].startswith(case) and not row["ok"]}


def test_the_network_of_the_tiny_run_agrees_with_keras(tiny_run):
    table = pd.read_csv(made_file(tiny_run, "results/gradients/gradient_check.csv"))
    tolerances = table.groupby("case")["tolerance"].first().to_dict()
    assert tolerances == {"gradient in float32": 1e-5, "weights after 100 steps": 1e-4}
    assert table.groupby("case")["array"].agg(set).tolist() == [ARRAYS] * 2
    assert table["ok"].all(), table
    assert (table["max_relative_error"] <= table["tolerance"]).all()


@pytest.mark.parametrize("layers", [[], [7], [7, 5]])
def test_networks_of_any_depth_agree(data, layers):
    x, labels = data
    hidden = [{"units": units, "activation": "relu"} for units in layers]
    rows = check_keras(SETTINGS | {"layers": [*hidden, SETTINGS["layers"][-1]]}, x, labels, seed=0)
    assert all(row["ok"] for row in rows), rows
    assert len(rows) == 2 * 2 * (len(layers) + 1)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_wrong_factor_is_found_by_the_comparison_with_keras(monkeypatch, data, mistake):
    line, wrong, arrays = MISTAKES[mistake]
    rewrite(monkeypatch, Network, "backward", line, wrong)
    rows = check_keras(SETTINGS, *data, seed=0)
    assert wrong_arrays(rows, "gradient") == arrays
    assert arrays <= wrong_arrays(rows, "weights")
