"""Probes: short trainings, and computations on a trained network, that test one statement of the notebook each."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from retrial.network import probe_keys as keys
from retrial.network.from_scratch import Network
from retrial.network.keras import build_model, compile_epoch, float_type
from retrial.network.probe_rows import Row, mean_row, share_row
from retrial.network.scores import accuracy, categorical_crossentropy, encode_labels, one_hot
from retrial.network.training import load_images

# The notebook's compilation; the layers, the batches and the scale of the pixels are those of `baseline`.
COMPILATION = {
    "optimizer": {"name": "rmsprop", "learning_rate": 0.001},
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
}
EPOCHS = 5  # the notebook's
STEPS = 100  # whose loss is computed before and after
SHORT = 2560  # training images of the probes that need a few steps only: 20 batches of 128
N_IMAGES, SHUFFLES, DIRECTIONS = 1000, 20, 20
DIFFERENCE = 1e-6  # of all weights, in a direction
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


def load_data(files: dict[str, str], images: int, divide_by_255: bool) -> Data:
    """The first `images` training images and all test images, from the .npy files with the names of `Data`'s fields."""
    return Data(
        load_images(files["x_train"], divide_by_255, images),
        np.load(files["y_train"], allow_pickle=False)[:images],
        load_images(files["x_test"], divide_by_255),
        np.load(files["y_test"], allow_pickle=False),
    )


def fit(settings: dict, data: Data, seed: int, epochs: int = 1, labels: np.ndarray | None = None):
    """A network, trained from a seed.

    Args:
        settings: `layers`, `batch_size`, `optimizer`, `loss`, `metrics`, as in config.yaml.
        labels: as the loss takes them; by default those of the data, encoded for the loss.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = build_model(settings, data.x_train.shape[1])
    if labels is None:
        labels = encode_labels(data.y_train, settings["layers"][-1]["units"], settings["loss"])
    train_epoch = compile_epoch(model, data.x_train, labels, settings["batch_size"])
    for _ in range(epochs):
        train_epoch()
    return model


def compile_step(model, loss_name: str) -> tuple[Callable, Callable]:
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


def outputs(model, x: np.ndarray, dtype: str | None = None) -> np.ndarray:
    """The outputs of a network for the inputs x, shape (n, units), computed in parts, which take less memory.

    The inputs are given to the network in its own type, or in another one.
    """
    parts = (x[start : start + PREDICTED] for start in range(0, len(x), PREDICTED))
    return np.concatenate([np.asarray(model(part.astype(dtype or model.inputs[0].dtype))) for part in parts])


def is_correct(model, data: Data) -> np.ndarray:
    """Whether each test image is classified correctly, booleans of shape (images,)."""
    return outputs(model, data.x_test).argmax(axis=1) == data.y_test


def largest_difference(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """The largest difference of two networks' weights."""
    return max(float(np.abs(a - b).max()) for a, b in zip(first, second, strict=True))


def probe_operations(model, data: Data) -> list[Row]:
    """The outputs of the network, compared with those of the network in NumPy, from the operations alone.

    No row if the layers are not Dense(relu), …, Dense(softmax).
    """
    if [layer.activation.__name__ for layer in model.layers] != ["relu"] * (len(model.layers) - 1) + ["softmax"]:
        return []
    weights, x = model.get_weights(), data.x_test
    network = Network([len(weights[0]), *map(len, weights[1::2])], len(x))
    network.parameters[:] = np.concatenate([array.ravel() for array in weights])
    error = np.abs(network.forward(x) - outputs(model, x))
    return [Row(*keys.OPERATIONS, error.max(), n=error.size)]


def probe_input_types(model, data: Data) -> list[Row]:
    """The outputs of the network for inputs in float64 and in float16, compared with those in float32."""
    expected, rows = outputs(model, data.x_test, "float32"), []
    for name in ("float64", "float16"):
        found = outputs(model, data.x_test, name)
        error, same = np.abs(found - expected), found.argmax(axis=1) == expected.argmax(axis=1)
        rows.append(Row(*keys.INPUT_TYPES._replace(case=name), error.max(), n=error.size))
        rows.append(share_row(*keys.EQUAL_LABELS._replace(case=name), same))
    return rows


def probe_weights(model, settings: dict, data: Data, seed: int) -> list[Row]:
    """A new network with the weights of the trained one, and with the same weights in random order.

    Each array is shuffled by itself. Then no output unit is special, so the expected accuracy is 1 / units, whatever
    the images are.
    """
    x, labels = data.x_test[:N_IMAGES], data.y_test[:N_IMAGES]
    other = build_model(settings, x.shape[1])
    weights, expected = model.get_weights(), outputs(model, x)
    other.set_weights(weights)
    error = float(np.abs(outputs(other, x) - expected).max())
    rng, accuracies = np.random.default_rng(seed), []
    for _ in range(SHUFFLES):
        other.set_weights([rng.permutation(array.ravel()).reshape(array.shape) for array in weights])
        accuracies.append(accuracy(labels, outputs(other, x)))
    return [
        Row(*keys.TRAINED, accuracy(labels, expected), n=len(x)),
        Row(*keys.COPIED, error, n=expected.size),
        mean_row(*keys.SHUFFLED, accuracies),
        Row(*keys.CHANCE, 1 / expected.shape[1]),
    ]


def probe_gradient_of_accuracy(model, settings: dict, data: Data, seed: int) -> list[Row]:
    """In how many random directions a small step of all weights changes the loss, and in how many the accuracy."""
    x, labels = data.x_test[:N_IMAGES].astype(np.float64), data.y_test[:N_IMAGES]
    with float_type("float64"):
        other = build_model(settings, x.shape[1], dtype="float64")
    weights = [array.astype(np.float64) for array in model.get_weights()]
    rng, changed = np.random.default_rng(seed), {keys.LOSS_CHANGES: 0, keys.ACCURACY_CHANGES: 0}
    for _ in range(DIRECTIONS):
        direction = [rng.standard_normal(array.shape) for array in weights]
        scores = []
        for sign in (1, -1):
            other.set_weights([w + sign * DIFFERENCE * d for w, d in zip(weights, direction, strict=True)])
            probabilities = outputs(other, x)
            scores.append((categorical_crossentropy(labels, probabilities), accuracy(labels, probabilities)))
        changed[keys.LOSS_CHANGES] += scores[0][0] != scores[1][0]
        changed[keys.ACCURACY_CHANGES] += scores[0][1] != scores[1][1]
    return [Row(*key, value, n=DIRECTIONS) for key, value in changed.items()]


def probe_steps(models: dict, settings: dict, data: Data) -> list[Row]:
    """How often a step lowers the loss of its own batch, over `STEPS` batches in turn, for each model by its key."""
    rows, n = [], settings["batch_size"]
    labels = encode_labels(data.y_train, settings["layers"][-1]["units"], settings["loss"])
    for key, model in models.items():
        step, loss = compile_step(model, settings["loss"])
        lower = []
        for start in np.arange(STEPS) * n % (len(labels) // n * n or n):
            x, y = data.x_train[start : start + n], labels[start : start + n]
            before = float(step(x, y))
            lower.append(float(loss(x, y)) < before)
        rows.append(share_row(*key, np.array(lower)))
    return rows


def probe_units(settings: dict, data: Data, seed: int) -> list[Row]:
    """The accuracy of a network with as many units as labels, with one too few, and with units that no label has."""
    settings = settings | COMPILATION
    n_labels = settings["layers"][-1]["units"]
    equal = is_correct(fit(settings, data, seed, EPOCHS), data)
    more_units = fit(with_output(settings, n_labels + keys.EXTRA_UNITS), data, seed, EPOCHS)
    predicted = outputs(more_units, data.x_test).argmax(axis=1)
    first = data.first(SHORT)  # which may lack the last labels
    error = refusal(lambda: fit(with_output(settings, int(first.y_train.max())), first, seed))
    return [
        share_row(*keys.EQUAL_UNITS, equal, seed),
        Row(*keys.TOO_FEW_UNITS[:2], f"raises {error}", error != "nothing", seed=seed),
        share_row(*keys.TOO_MANY_UNITS, predicted == data.y_test, seed),
        share_row(*keys.UNUSED_UNITS, predicted >= n_labels, seed),
    ]


def refusal(train: Callable) -> str:
    """The class of the error that a training raises, or `nothing`."""
    try:
        train()
    except Exception as error:  # Keras and TensorFlow raise many
        return type(error).__name__
    return "nothing"


def probe_losses_and_metrics(settings: dict, data: Data, seed: int) -> list[Row]:
    """Weights after a few steps with another form of the loss, with other metrics, and with the loss times 0."""
    import keras

    settings, data = settings | COMPILATION, data.first(SHORT)
    encoded = one_hot(data.y_train, settings["layers"][-1]["units"])
    cross_entropy = keras.losses.get(settings["loss"])

    def weights(labels=data.y_train, epochs: int = 1, **change) -> list[np.ndarray]:
        return fit(settings | change, data, seed, epochs, labels).get_weights()

    start, reference = weights(epochs=0), weights()
    without_loss = weights(loss=lambda labels, predicted: 0 * cross_entropy(labels, predicted))
    categorical = weights(encoded, loss="categorical_crossentropy")
    no_metric = weights(metrics=[])
    other_metric = weights(metrics=["sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy"])
    n, error = sum(array.size for array in reference), refusal(lambda: weights(encoded))
    return [
        Row(*key, largest_difference(first, second), n=n)
        for key, first, second in (
            (keys.WITH_LOSS, reference, start),
            (keys.WITHOUT_LOSS, without_loss, start),
            (keys.CATEGORICAL_LOSS, categorical, reference),
            (keys.NO_METRIC, no_metric, reference),
            (keys.OTHER_METRICS, other_metric, reference),
        )
    ] + [Row(*keys.SPARSE_LOSS_ON_ONE_HOT[:2], f"raises {error}", error != "nothing")]


def probe_unrelated_loss(trained, settings: dict, data: Data, seeds: list[int]) -> list[Row]:
    """How many test images get the label that the trained network gives them, after training on shuffled labels.

    The loss then says nothing about the digit. Beside it, the same trainings on the true labels.
    """
    settings, data = settings | COMPILATION, data.first(SHORT)
    expected, shares = outputs(trained, data.x_test).argmax(axis=1), {keys.UNRELATED_LOSS: [], keys.RELATED_LOSS: []}
    for seed in seeds:
        shuffled = np.random.default_rng(seed).permutation(data.y_train)
        for key, labels in zip(shares, (shuffled, data.y_train), strict=True):
            predicted = outputs(fit(settings, data, seed, EPOCHS, labels), data.x_test).argmax(axis=1)
            shares[key].append((predicted == expected).mean())
    return [mean_row(*key, values) for key, values in shares.items()]


def probe_regression(settings: dict, data: Data, seed: int) -> list[Row]:
    """One output unit without an activation; its target is the number of the label, which no sigmoid can reach above 1.

    It is compared with the best constant, and with the least possible error of a sigmoid, whatever its training.
    """
    settings = settings | COMPILATION | {"loss": "mean_squared_error", "metrics": []}
    data = data.first(SHORT)
    labels, target = data.y_train.astype(np.float32), data.y_test.astype(np.float64)
    model = fit(with_output(settings, 1, "linear"), data, seed, EPOCHS, labels)
    error = np.square(outputs(model, data.x_test)[:, 0] - target)
    constant, sigmoid = np.square(labels.mean() - target), np.square(np.maximum(target - 1, 0))
    return [
        mean_row(*keys.LINEAR, error, seed),
        mean_row(*keys.CONSTANT_MINUS_LINEAR, constant - error, seed),
        mean_row(*keys.SIGMOID_MINUS_LINEAR, sigmoid - error, seed),
    ]
