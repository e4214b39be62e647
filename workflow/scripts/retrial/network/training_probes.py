"""Probes of how the network trains: steps, batches, losses, metrics, and the units of the last layer."""

from collections.abc import Callable

import numpy as np

from retrial.network.probe_rows import Row, accuracy_row, difference_row, interval_row
from retrial.network.probing import (
    COMPILATION,
    Data,
    compile_step,
    fit,
    is_correct,
    largest_difference,
    outputs,
    with_output,
)
from retrial.network.scores import encode_labels, one_hot
from retrial.statistics import interval_of_mean, interval_of_share

EPOCHS = 5  # the notebook's
STEPS = 100  # whose loss is computed before and after
SHORT = 2560  # training images of the probes that need a few steps only: 20 batches of 128
EXTRA_UNITS = 6


def probe_steps(models: dict, settings: dict, data: Data) -> list[Row]:
    """How often a step lowers the loss of its own batch, over `STEPS` batches in turn, for each model by its name."""
    rows, n = [], settings["batch_size"]
    labels = encode_labels(data.y_train, settings["layers"][-1]["units"], settings["loss"])
    for case, model in models.items():
        step, loss = compile_step(model, settings["loss"])
        lower = []
        for start in np.arange(STEPS) * n % (len(labels) // n * n or n):
            x, y = data.x_train[start : start + n], labels[start : start + n]
            before = float(step(x, y))
            lower.append(float(loss(x, y)) < before)
        share = interval_of_share(sum(lower), len(lower))
        rows.append(interval_row("step", case, "share of steps that lower the loss of their batch", share, len(lower)))
    return rows


def probe_batches_and_units(settings: dict, data: Data, seed: int) -> list[Row]:
    """The accuracy with mini-batches, with one batch of all images, and with units that no label has."""
    settings = settings | COMPILATION
    n_labels = settings["layers"][-1]["units"]
    mini = is_correct(fit(settings, data, seed, EPOCHS), data)
    whole = is_correct(fit(settings | {"batch_size": len(data.x_train)}, data, seed, EPOCHS), data)
    predicted = outputs(fit(with_output(settings, n_labels + EXTRA_UNITS), data, seed, EPOCHS), data.x_test).argmax(
        axis=1
    )
    extra = interval_of_share(int((predicted >= n_labels).sum()), len(predicted))
    error = refusal(lambda: fit(with_output(settings, n_labels - 1), data.first(SHORT), seed))
    return [
        accuracy_row("batches", "mini-batches", mini, seed),
        accuracy_row("batches", "one batch of all images", whole, seed),
        difference_row("batches", "mini-batches, one batch", "difference of accuracy", mini, whole, seed),
        Row("units", "one too few", f"raises {error}", error != "nothing", seed=seed),
        accuracy_row("units", f"{EXTRA_UNITS} too many", predicted == data.y_test, seed),
        interval_row("units", f"{EXTRA_UNITS} too many", "share of images given to them", extra, len(predicted), seed),
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
    settings, data = settings | COMPILATION, data.first(SHORT)
    n_labels = settings["layers"][-1]["units"]
    encoded = one_hot(data.y_train, n_labels)
    start = fit(settings, data, seed, epochs=0).get_weights()
    reference = fit(settings, data, seed).get_weights()
    other_metrics = ["sparse_categorical_crossentropy", "sparse_top_k_categorical_accuracy"]
    without_loss, categorical, no_metric, other_metric = (
        fit(settings | change, data, seed, labels=labels).get_weights()
        for change, labels in (
            ({"loss": times_0(settings["loss"])}, data.y_train),
            ({"loss": "categorical_crossentropy"}, encoded),
            ({"metrics": []}, data.y_train),
            ({"metrics": other_metrics}, data.y_train),
        )
    )
    error = refusal(lambda: fit(settings, data, seed, labels=encoded))
    return [
        Row(
            probe,
            case,
            f"largest {what} of a weight",
            largest_difference(weights, other),
            n=sum(array.size for array in weights),
        )
        for probe, case, what, weights, other in (
            ("feedback", "the loss", "change", reference, start),
            ("feedback", "the loss times 0", "change", without_loss, start),
            ("sparse_loss", "categorical loss on one-hot labels", "difference", categorical, reference),
            ("metrics", "no metric", "difference", no_metric, reference),
            ("metrics", "cross-entropy and top-5 accuracy", "difference", other_metric, reference),
        )
    ] + [Row("sparse_loss", "sparse loss on one-hot labels", f"raises {error}", error != "nothing")]


def times_0(name: str) -> Callable:
    """A loss that is always 0."""
    import keras

    return lambda labels, predicted: 0 * keras.losses.get(name)(labels, predicted)


def probe_regression(settings: dict, data: Data, seed: int) -> list[Row]:
    """One output unit without an activation and with sigmoid; its target is the number of the label, outside [0, 1]."""
    settings = settings | COMPILATION | {"loss": "mean_squared_error", "metrics": []}
    data = data.first(SHORT)
    labels, target, errors = data.y_train.astype(np.float32), data.y_test.astype(np.float32), {}
    for activation in ("linear", "sigmoid"):
        model = fit(with_output(settings, 1, activation), data, seed, EPOCHS, labels)
        errors[activation] = np.square(outputs(model, data.x_test)[:, 0] - target)
    difference = errors["sigmoid"], errors["linear"]
    errors["the best that a sigmoid can do"] = np.square(np.maximum(target - 1, 0))
    return [
        interval_row("regression", case, "mean squared error", interval_of_mean(error), len(error), seed)
        for case, error in errors.items()
    ] + [difference_row("regression", "sigmoid, linear", "difference of squared error", *difference, seed)]
