"""The network in float32, float64 and float16: its accuracy, and the time of a step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from retrial.network.model import build_model
from retrial.network.probe_rows import Row, accuracy_row
from retrial.network.probing import COMPILATION, Data, compile_step, is_correct

TYPES = ("float32", "float64", "float16")
ROUNDS, STEPS = 25, 4  # many short turns: the interval of the median then leaves out those that were interrupted


@contextmanager
def float_type(name: str) -> Iterator[None]:
    """Keras computes in this type inside the block, the loss included."""
    import keras

    keras.config.set_floatx(name)
    try:
        yield
    finally:
        keras.config.set_floatx("float32")


def compare_types(settings: dict, data: Data, seeds: list[int], epochs: int) -> tuple[list[Row], list[dict]]:
    """Compare the types of floats, with the notebook's compilation.

    Returns:
        The accuracy of each type from each seed, with the same initial weights, rounded, and the same order of images.
        Then the seconds of a training step: the types take turns, `ROUNDS` times, with `STEPS` steps each time.
    """
    settings, models, steps = settings | COMPILATION, {}, {}
    for name in TYPES:
        with float_type(name):
            models[name] = build_model("baseline", settings, data.x_train.shape[1], dtype=name)
            models[name].optimizer.build(models[name].trainable_variables)
            steps[name], _ = compile_step(models[name], settings["loss"])
    rows = compare_accuracies(models, steps, settings, data, seeds, epochs)
    return rows, time_steps(steps, data, settings["batch_size"])


def compare_accuracies(models: dict, steps: dict, settings: dict, data: Data, seeds, epochs) -> list[Row]:
    """The rows with the accuracies; models and compiled steps are by the name of the type."""
    import keras

    fresh = {name: [variable.numpy() for variable in model.optimizer.variables] for name, model in models.items()}
    size, rows = settings["batch_size"], []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        weights = build_model("baseline", settings, data.x_train.shape[1]).get_weights()
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(len(data.x_train)) for _ in range(epochs)]
        for name, model in models.items():
            model.set_weights([array.astype(name) for array in weights])
            for variable, value in zip(model.optimizer.variables, fresh[name], strict=True):
                variable.assign(value)
            with float_type(name):  # the first step compiles
                for order in orders:
                    for start in range(0, len(order), size):
                        batch = order[start : start + size]
                        steps[name](data.x_train[batch].astype(name), data.y_train[batch])
            rows.append(accuracy_row("float_types", name, is_correct(model, data), seed))
    return rows


def time_steps(steps: dict, data: Data, size: int) -> list[dict]:
    """The seconds of the steps, which have run before; each trains on the first batch."""
    import tensorflow as tf

    batches = {
        name: (tf.constant(data.x_train[:size].astype(name)), tf.constant(data.y_train[:size])) for name in steps
    }
    rows = []
    for number in range(ROUNDS):
        for name, step in steps.items():
            step(*batches[name])
            start = time.perf_counter()
            for _ in range(STEPS):
                loss = step(*batches[name])
            loss.numpy()  # waits for the last step
            rows.append({"type": name, "round": number, "step_s": (time.perf_counter() - start) / STEPS})
    return rows
