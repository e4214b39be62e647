"""train, train_from_scratch: the same seed gives the same network every time, and the network's probabilities for each test image."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from conftest import run_python
from try_it import read_layers

from retrial.files import read_json
from retrial.network.keras import build_model

X_TEST = "results/data/x_test.npy"
INPUTS = ["results/data/x_train.npy", "results/data/y_train.npy", X_TEST]
MODELS = {"baseline": "model.keras", "from_scratch": "model.npz", "unscaled": "model.keras"}
MODEL = "results/models/baseline/0/model.keras"

in_each_engine = pytest.mark.parametrize("experiment", ["baseline", "from_scratch"])


@in_each_engine
def test_the_same_seed_gives_the_same_bytes_and_another_seed_different_ones(run_rule, tiny_run, experiment):
    names = [MODELS[experiment], "history.csv", "probabilities.npy"]
    targets = [f"results/models/{experiment}/0/{name}" for name in names]
    folder = run_rule("train" if experiment == "baseline" else "train_from_scratch", INPUTS, targets)
    for target in targets:
        assert (folder / target).read_bytes() == (tiny_run / target).read_bytes()
    one, other = (tiny_run / f"results/models/{experiment}/{seed}/{MODELS[experiment]}" for seed in (0, 1))
    assert one.read_bytes() != other.read_bytes()


@in_each_engine
def test_the_history_has_a_row_per_epoch_and_the_loss_falls(tiny_run, experiment):
    history = pd.read_csv(tiny_run / f"results/models/{experiment}/0/history.csv")
    assert list(history.columns) == ["epoch", "loss", "accuracy"]
    assert list(history["epoch"]) == [1, 2]
    assert history["loss"].is_monotonic_decreasing
    assert history["accuracy"].iloc[-1] > 0.5


@in_each_engine
def test_training_json_has_the_steps_and_the_seconds_of_the_training(tiny_run, experiment):
    training = read_json(tiny_run / f"results/models/{experiment}/0/training.json")
    assert training.pop("fit_s") > 0
    # 4,000 images in batches of 128, twice: the last of 32 batches has 32 images
    engine = "keras" if experiment == "baseline" else "numpy"
    expected = {"steps": 64, "steps_per_epoch": 32, "last_batch": 32, "engine": engine}
    assert training.items() >= (expected | {"experiment": experiment, "seed": 0}).items()


@pytest.mark.parametrize(("experiment", "scale"), [("baseline", 1), ("from_scratch", 1), ("unscaled", 255)])
def test_rows_are_the_probabilities_of_the_saved_network_for_its_pixels(tiny_run, experiment, scale):
    folder = tiny_run / f"results/models/{experiment}/0"
    probabilities = np.load(folder / "probabilities.npy", allow_pickle=False)
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (1000, 10))
    w1, b1, w2, b2 = (array for layer in read_layers(folder / MODELS[experiment], 2) for array in layer)
    logits = np.maximum(np.rint(np.load(tiny_run / X_TEST) * 255) * scale / 255 @ w1 + b1, 0) @ w2 + b2
    by_hand = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, by_hand / by_hand.sum(axis=1, keepdims=True), atol=1e-4)


def test_the_model_loads_as_configured_with_its_optimizer_and_without_dates(tiny_run):
    import keras

    path = tiny_run / MODEL
    model = keras.models.load_model(path)
    assert [(layer.units, layer.activation.__name__) for layer in model.layers] == [(16, "relu"), (10, "softmax")]
    assert (type(model.optimizer).__name__, model.loss) == ("RMSprop", "sparse_categorical_crossentropy")
    assert float(np.asarray(model.optimizer.learning_rate)) == np.float32(0.001)
    assert int(np.asarray(model.optimizer.iterations)) == 64
    with zipfile.ZipFile(path) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {1980}
        assert json.loads(archive.read("metadata.json"))["date_saved"].startswith("1980")


@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd", "learning_rate": 1, "momentum": 0, "nesterov": True},
        {"name": "adadelta", "learning_rate": 1, "clipnorm": 1, "gradient_accumulation_steps": 2},
    ],
)
def test_a_whole_number_is_accepted_where_keras_wants_a_float(optimizer):
    settings = {"layers": [{"units": 3, "activation": "softmax"}], "loss": "mean_squared_error", "metrics": []}
    model = build_model(settings | {"optimizer": optimizer}, n_inputs=2)
    assert float(np.asarray(model.optimizer.learning_rate)) == 1


def test_settings_of_the_user_do_not_change_the_network(tmp_path):
    (tmp_path / "keras.json").write_text('{"floatx": "float64", "epsilon": 0.1}')
    code = (
        "from retrial.network.keras import start_keras; keras = start_keras(1); import os, tensorflow as tf;"
        "print(keras.config.floatx(), keras.config.epsilon(), os.environ['TF_ENABLE_ONEDNN_OPTS'],"
        "tf.config.threading.get_intra_op_parallelism_threads(), tf.config.get_visible_devices('GPU'))"
    )
    users = {"KERAS_HOME": str(tmp_path), "TF_ENABLE_ONEDNN_OPTS": "0", "KERAS_BACKEND": "jax"}
    assert run_python(code, **users).strip() == "float32 1e-07 1 1 []"


def test_a_second_start_in_a_process_keeps_no_finished_network_in_memory():
    """A sweep starts Keras for each network; what is frozen would never be freed."""
    code = (
        "import gc; from retrial.network.keras import start_keras; start_keras(1); frozen = gc.get_freeze_count();"
        "network = [object()]; network.append(network); start_keras(1); print(gc.get_freeze_count() - frozen)"
    )
    assert int(run_python(code)) <= 0
