"""What every training does with its images and leaves behind, whichever engine it used."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from preprocess import scale

from retrial.errors import InputError
from retrial.files import read_json, sha256
from retrial.network.numpy import train_network
from retrial.network.training import Trained, load_images, network_inputs, write_training

SETTINGS = {"metrics": ["binary_accuracy", "accuracy"], "epochs": 2, "batch_size": 30, "engine": "numpy"}


def job(folder) -> SimpleNamespace:
    output = SimpleNamespace(history=folder / "history.csv", training=folder / "training.json")
    wildcards = SimpleNamespace(experiment="any", seed="7")
    return SimpleNamespace(input=SimpleNamespace(y_train=__file__), output=output, wildcards=wildcards)


def test_the_256_pixel_values_are_restored_exactly(tmp_path):
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(network_inputs(scale(values), divide_by_255=False), values)
    np.testing.assert_array_equal(network_inputs(scale(values), divide_by_255=True), scale(values))
    np.save(tmp_path / "x.npy", scale(values))
    np.testing.assert_array_equal(load_images(tmp_path / "x.npy", False, n=3), values[:3])
    np.testing.assert_array_equal(load_images(tmp_path / "x.npy", True), scale(values), "the file is not changed")


def test_a_history_has_a_row_per_epoch_and_the_training_its_steps(tmp_path):
    history = {"loss": [2.0, 1.0], "accuracy": [0.5, 0.75], "binary_accuracy": [0.9, 0.95]}
    write_training(job(tmp_path), SETTINGS, Trained(history, 8, 1.5, None, None), n_images=100)
    table = pd.read_csv(tmp_path / "history.csv")
    assert list(table.columns) == ["epoch", "loss", "binary_accuracy", "accuracy"]
    assert table.to_numpy().tolist() == [[1, 2.0, 0.9, 0.5], [2, 1.0, 0.95, 0.75]]
    expected = {"steps": 8, "steps_per_epoch": 4, "last_batch": 10, "fit_s": 1.5, "engine": "numpy"}
    expected |= {"experiment": "any", "seed": 7, "settings": SETTINGS, "y_train_sha256": sha256(__file__)}
    assert read_json(tmp_path / "training.json") == expected


@pytest.mark.parametrize("loss", [np.nan, np.inf])
def test_a_training_that_diverges_is_refused_and_writes_nothing(tmp_path, loss):
    with pytest.raises(InputError, match=rf"^config\.yaml: experiments\.any: found a loss of {loss} after training"):
        write_training(job(tmp_path), SETTINGS, Trained({"loss": [1.0, loss]}, 8, 1.5, None, None), n_images=100)
    assert list(tmp_path.iterdir()) == []


def test_a_training_in_numpy_learns_with_the_configured_optimizer_and_metrics():
    rng = np.random.default_rng(0)
    x = rng.random((100, 8), np.float32)
    labels = x[:, :3].argmax(axis=1)
    optimizer = {"name": "rmsprop", "learning_rate": 0.01, "rho": 0.8, "epsilon": 1e-5}
    settings = {"layers": [{"units": 16}, {"units": 3}], "optimizer": optimizer, "epochs": 40, "batch_size": 30}
    settings |= {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    trained = train_network(settings, 0, x, labels)
    assert list(trained.history) == ["loss", "accuracy"]
    losses = trained.history["loss"]
    assert len(losses) == 40 and losses[-1] < 0.5 * losses[0]
    assert (trained.predict(x).argmax(axis=1) == labels).mean() > 0.8
    other = train_network(settings | {"optimizer": optimizer | {"rho": 0.9}}, 0, x, labels)
    assert (trained.predict(x) != other.predict(x)).any()
