"""The training loop computes what Keras's fit does, bit for bit, for every optimizer, loss and metric of config.yaml."""

import numpy as np
import pytest
import yaml
from conftest import ROOT

from retrial.network.keras import build_model, train
from retrial.network.scores import encode_labels

EXPERIMENT = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())["$defs"]["experiment"][
    "properties"
]
OPTIMIZERS = EXPERIMENT["optimizer"]["properties"]["name"]["enum"]
LOSSES = EXPERIMENT["loss"]["enum"]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    return rng.random((150, 8), np.float32), rng.integers(0, 3, 150).astype(np.uint8)


def settings(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=("accuracy",), batch_size=32):
    return {
        "layers": [{"units": 6, "activation": "relu"}, {"units": 3, "activation": "softmax"}],
        "optimizer": {"name": optimizer, "learning_rate": 0.01},
        "loss": loss,
        "metrics": list(metrics),
        "epochs": 2,
        "batch_size": batch_size,
    }


def train_twice(settings, data):
    """Weights and history of the loop and of `fit`, each from the same seed."""
    import keras

    x, labels = data
    results = []
    for loop in (True, False):
        keras.utils.set_random_seed(4)
        model = build_model(settings, x.shape[1])
        if loop:
            history = train(model, x, labels, settings)
        else:
            targets = encode_labels(labels, 3, settings["loss"])
            options = {key: settings[key] for key in ("epochs", "batch_size")}
            history = model.fit(x, targets, verbose=0, **options).history
        results.append((model.get_weights(), history))
    return results


def check_the_same(settings, data):
    (weights, history), (fit_weights, fit_history) = train_twice(settings, data)
    for own, of_fit in zip(weights, fit_weights, strict=True):
        np.testing.assert_array_equal(own, of_fit)
    assert history.keys() == fit_history.keys()
    for name, values in history.items():
        assert values == pytest.approx(fit_history[name], rel=1e-5)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weights_and_history_are_those_of_fit_with_each_optimizer(optimizer, data):
    check_the_same(settings(optimizer), data)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_and_history_are_those_of_fit_with_each_loss(loss, data):
    metrics = ["accuracy"] if loss.startswith("sparse") else ["accuracy", "binary_accuracy", "mean_squared_error"]
    check_the_same(settings(loss=loss, metrics=metrics), data)


@pytest.mark.parametrize("batch_size", [50, 149, 150, 1000])
def test_weights_and_history_are_those_of_fit_with_batches_of_any_size(batch_size, data):
    check_the_same(settings(batch_size=batch_size), data)
