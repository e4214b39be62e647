"""The network in float32, float64 and float16: its accuracy, and the time of a step.

TensorFlow takes products in float16 to oneDNN where the processor has AVX512-FP16. There, oneDNN has only a slow
reference kernel for a product fused with its bias and relu, or none at all, which aborts the process, if
ONEDNN_MAX_CPU_ISA names less than the processor has. So what the types have in common is measured without oneDNN and
without fusion; and with both, as the trainings compute, only the time of a few steps. TensorFlow reads the setting once
for a process, so each of the two is a process of its own.
"""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from retrial.job import end_with_parent
from retrial.network.keras import build_model, float_type, start_keras
from retrial.network.probe_keys import FLOAT_TYPES
from retrial.network.probe_rows import Row, share_row
from retrial.network.probes import COMPILATION, Data, compile_step, is_correct, load_data

TYPES = ("float32", "float64", "float16")
ROUNDS, STEPS = 25, 4  # many short turns: the interval of the median then leaves out those that were interrupted
MAX_TIMING_S = 10  # of all rounds: where a step takes long, there are fewer


def compare_types(settings: dict, files: dict, probes: dict, threads: int) -> tuple[list[Row], list[dict]]:
    """Compare the types of floats, with the notebook's compilation; TensorFlow must not have been imported before.

    Args:
        settings: of the baseline.
        files: of `x_train`, `y_train`, `x_test` and `y_test`, as in results/data/.
        probes: the number of `images`, the `epochs` and the `seeds`.

    Returns:
        The accuracy of each type from each seed, with the same initial weights, rounded, and the same order of images.
        Then the seconds of a training step, without fused kernels and with them.
    """
    rows, times = in_a_process(_compare_types, settings, files, probes, threads, fused=False)
    try:
        times += in_a_process(_compare_types, settings, files, probes | {"seeds": []}, threads, fused=True)[1]
    except Exception as error:  # a missing kernel aborts the process, or is an error of TensorFlow
        print(f"steps with fused kernels are not timed: {error}")
    return rows, times


def in_a_process(function: Callable, *arguments, **options):
    """What a function returns in a new process, which ends with this one; BrokenProcessPool if a library aborts it."""
    with ProcessPoolExecutor(1, get_context("fork"), initializer=end_with_parent) as pool:
        return pool.submit(function, *arguments, **options).result()


def _compare_types(settings, files, probes, threads, fused: bool) -> tuple[list[Row], list[dict]]:
    start_keras(threads, onednn=fused)
    import tensorflow as tf

    if not fused:
        tf.config.optimizer.set_experimental_options({"remapping": False})
    settings = settings | COMPILATION
    data = load_data(files, probes["images"], settings["divide_by_255"])
    models, steps = {}, {}
    for name in TYPES:
        with float_type(name):
            models[name] = build_model(settings, data.x_train.shape[1], dtype=name)
            models[name].optimizer.build(models[name].trainable_variables)
            steps[name], _ = compile_step(models[name], settings["loss"])
    rows = compare_accuracies(models, steps, settings, data, probes["seeds"], probes["epochs"])
    return rows, [time | {"fused": fused} for time in time_steps(steps, data, settings["batch_size"])]


def compare_accuracies(models: dict, steps: dict, settings: dict, data: Data, seeds, epochs) -> list[Row]:
    """The rows with the accuracies; models and compiled steps are by the name of the type."""
    import keras

    fresh = {name: [variable.numpy() for variable in model.optimizer.variables] for name, model in models.items()}
    size, rows = settings["batch_size"], []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        weights = build_model(settings, data.x_train.shape[1]).get_weights()
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
            rows.append(share_row(*FLOAT_TYPES._replace(case=name), is_correct(model, data), seed))
    return rows


def time_steps(steps: dict[str, Callable], data: Data, size: int) -> list[dict]:
    """The seconds of the compiled steps, by the name of the type: they take turns, and each trains on the first batch.

    A row is the mean of `n` steps. There are `ROUNDS` with `STEPS` each, and fewer of both if one step takes long.
    """
    import tensorflow as tf

    def seconds(name: str, n: int) -> float:
        """Of a step, as the mean of n, after one that does not count."""
        batch = tf.constant(data.x_train[:size].astype(name)), tf.constant(data.y_train[:size])
        with float_type(name):  # the first step compiles
            steps[name](*batch).numpy()
        start = time.perf_counter()
        for _ in range(n):
            loss = steps[name](*batch)
        loss.numpy()  # waits for the last step
        return (time.perf_counter() - start) / n

    one = {name: seconds(name, 1) for name in steps}
    n = {name: int(np.clip(MAX_TIMING_S / ROUNDS / len(steps) / one[name], 1, STEPS)) for name in steps}
    rounds = int(np.clip(MAX_TIMING_S / sum(one[name] * (1 + n[name]) for name in steps), 1, ROUNDS))
    for name in steps:
        if (rounds, n[name]) != (ROUNDS, STEPS):
            print(f"{name}: a step takes {one[name]:.3f} s: timed {rounds} × {n[name]} steps, not {ROUNDS} × {STEPS}")
    return [
        {"type": name, "round": number, "step_s": seconds(name, n[name]), "n": n[name]}
        for number in range(rounds)
        for name in steps
    ]
