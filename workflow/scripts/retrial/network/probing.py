"""What the probes share: their data, and a short training.

A probe is a short training, or a computation on a trained network, that tests one statement of the notebook.
"""

from typing import NamedTuple

import numpy as np

from retrial.network.inputs import network_inputs
from retrial.network.model import build_model
from retrial.network.scores import encode_labels
from retrial.network.training import compile_epoch

# The notebook's compilation; the layers, the batches and the scale of the pixels are those of `baseline`.
COMPILATION = {
    "optimizer": {"name": "rmsprop", "learning_rate": 0.001},
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
}
PREDICTED = 1000  # images at a time


class Data(NamedTuple):
    """Images as the network takes them, float32 of shape (n, pixels), and their labels, integers of shape (n,)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def first(self, n: int) -> "Data":
        """The same data with only the first n training images."""
        return self._replace(x_train=self.x_train[:n], y_train=self.y_train[:n])


def load_data(x_train: str, y_train: str, x_test: str, y_test: str, images: int, divide_by_255: bool) -> Data:
    """The first `images` training images and all test images, from the .npy files at these paths."""
    x_train, y_train, x_test, y_test = (
        np.load(path, allow_pickle=False, mmap_mode="c")[:n]  # which `to_tensor` takes without a copy
        for path, n in ((x_train, images), (y_train, images), (x_test, None), (y_test, None))
    )
    return Data(network_inputs(x_train, divide_by_255), y_train, network_inputs(x_test, divide_by_255), y_test)


def fit(settings: dict, data: Data, seed: int, epochs: int = 1, labels: np.ndarray | None = None):
    """A network, trained from a seed.

    Args:
        settings: `layers`, `batch_size`, `optimizer`, `loss`, `metrics`, as in config.yaml.
        labels: as the loss takes them; by default those of the data, encoded for the loss.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = build_model("baseline", settings, data.x_train.shape[1])
    if labels is None:
        labels = encode_labels(data.y_train, settings["layers"][-1]["units"], settings["loss"])
    train_epoch = compile_epoch(model, data.x_train, labels, settings["batch_size"])
    for _ in range(epochs):
        train_epoch()
    return model


def compile_step(model, loss_name: str):
    """Two compiled functions of a batch: its inputs and encoded labels, shape (n, …) each.

    Returns:
        `step`, which trains the model on the batch and returns the loss before that, and `loss`, which returns the
        loss alone.
    """
    import keras
    import tensorflow as tf

    loss_function = keras.losses.get(loss_name)

    @tf.function(reduce_retracing=True)
    def loss(x, y):
        return tf.reduce_mean(loss_function(y, model(x)))

    @tf.function(reduce_retracing=True)
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(x, y)
        gradients = tape.gradient(value, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        return value

    return step, loss


def with_output(settings: dict, units: int, activation: str = "softmax") -> dict:
    """The settings with another last layer."""
    return settings | {"layers": [*settings["layers"][:-1], {"units": units, "activation": activation}]}


def outputs(model, x: np.ndarray) -> np.ndarray:
    """The outputs of a network for the inputs x, shape (n, units), computed in parts, which take less memory."""
    parts = (x[start : start + PREDICTED].astype(model.inputs[0].dtype) for start in range(0, len(x), PREDICTED))
    return np.concatenate([np.asarray(model(part)) for part in parts])


def is_correct(model, data: Data) -> np.ndarray:
    """Whether each test image is classified correctly, booleans of shape (images,)."""
    return outputs(model, data.x_test).argmax(axis=1) == data.y_test


def largest_difference(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """The largest difference of two networks' weights."""
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))
