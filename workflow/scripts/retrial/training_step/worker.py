"""The time of one training step in each engine: python -m retrial.training_step.worker < plan.json > results.json

By loops a step would take minutes. But a loop over the rows of a matrix does the same work for each of them, so every
operation is timed on a few rows, and its time is multiplied by the count of all its multiply-adds (or elements) over
that of these rows. It is timed on twice as many rows too: both must predict the same.
"""

import json
import sys
import time
from importlib import import_module

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.job import end_with_parent
from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.training_step.step import (
    BATCH,
    LABELS,
    PIXELS,
    UNITS,
    count_steps,
    first_rows,
    make_step,
    record_calls,
    training_step,
)

MODULES = {name: f"retrial.training_step.{name}" for name in ("naive", "naive_list", "numba")}
# Multiply-adds or elements of the rows that are timed, if a row has not more already.
STEPS = 100_000
# The steps of NumPy and Keras are timed in so many parts of an epoch, of so many steps.
ROUNDS, PART = 3, 67


def time_call(function, arguments: tuple, min_s: float) -> float:
    """Seconds per call; calls shorter than `min_s` are repeated until they take this long together."""
    loops, seconds = 1, 0.0
    while True:
        start = time.perf_counter()
        for _ in range(loops):
            function(*arguments)
        seconds = time.perf_counter() - start
        if seconds >= min_s:
            return seconds / loops
        loops = max(2 * loops, int(1.2 * loops * min_s / seconds))


def extrapolate(op, calls: list[tuple[str, tuple]], min_s: float, seconds_of=time_call) -> tuple[float, float]:
    """Seconds of all calls by a module of operations: predicted from few rows, and from twice as many.

    What is timed takes at least `min_s` seconds altogether.
    """
    totals = [0.0, 0.0]
    for name, arrays in calls:
        n, n_steps = len(arrays[0]), count_steps(name, arrays)
        rows = min(max(1, round(STEPS * n / n_steps)), max(1, n // 2))
        for i, cut in enumerate((rows, min(2 * rows, n))):
            part = first_rows(name, arrays, cut)
            arguments = tuple(array.tolist() for array in part) if hasattr(op, "TAKES_LISTS") else part
            scale = n_steps / count_steps(name, part)
            totals[i] += scale * seconds_of(getattr(op, name), arguments, min_s / len(calls))
    return totals[0], totals[1]


def time_loops(op, step: tuple, min_s: float) -> dict[str, float]:
    """Seconds of a step by loops, and how far the prediction from half of the evidence is from it, as a share.

    Compiled loops are fast enough for the whole step, which tests the prediction itself.
    """
    calls = record_calls(step)
    if compiled := hasattr(op.rmsprop, "py_func"):
        training_step(op, *step)  # compiles
    few, seconds = extrapolate(op, calls, min_s)
    if compiled:
        few, seconds = seconds, time_call(lambda: training_step(op, *step), (), min_s)
    return {"seconds": seconds, "scaling_error": few / seconds - 1}


def time_numpy(seed: int) -> float:
    """Seconds of a step in from_scratch.py: the median over parts of an epoch."""
    rng = np.random.default_rng(seed)
    x, labels = rng.random((PART * BATCH, PIXELS), np.float32), rng.integers(0, LABELS, PART * BATCH)
    network = Network([PIXELS, UNITS, LABELS], BATCH)
    start_glorot_uniform(network, rng)
    optimizer, seconds = RMSprop(network), []
    for _ in range(1 + ROUNDS):
        start = time.perf_counter()
        train_epoch(network, optimizer, x, labels, BATCH, rng)
        seconds.append((time.perf_counter() - start) / PART)
    return float(np.median(seconds[1:]))


def time_keras(epochs: int, threads: int, seed: int) -> list[float]:
    """Seconds of a step in each epoch as rule train has them, what an epoch costs besides included.

    A first epoch, which compiles, does not count.
    """
    from retrial.network.keras import build_model, compile_epoch, start_keras

    start_keras(threads)
    rng = np.random.default_rng(seed)
    x, labels = rng.random((PART * BATCH, PIXELS), np.float32), rng.integers(0, LABELS, PART * BATCH)
    layers = [{"units": UNITS, "activation": "relu"}, {"units": LABELS, "activation": "softmax"}]
    settings = {"layers": layers, "optimizer": {"name": "rmsprop"}, "loss": "sparse_categorical_crossentropy"}
    model = build_model("timing", settings | {"metrics": ["accuracy"]}, PIXELS)
    train_epoch, seconds = compile_epoch(model, x, labels, BATCH), []
    for _ in range(1 + ROUNDS * epochs):
        start = time.perf_counter()
        train_epoch()
        seconds.append((time.perf_counter() - start) / PART)
    # As many numbers as the other engines have processes, each a median of as many parts as theirs.
    return np.median(np.reshape(seconds[1:], (epochs, ROUNDS)), axis=1).tolist()


def main() -> None:
    """Time the engines of the plan; write the `seconds` of a step, and of loops `scaling_error`, as lists in JSON.

    Each list has one number, except for Keras: as many as there are `processes` in the plan.
    """
    end_with_parent()
    plan = json.load(sys.stdin)
    step, results = make_step(BATCH, PIXELS, UNITS, LABELS, plan["seed"]), {}
    with threadpool_limits(plan["blas_threads"], user_api="blas"):
        for engine in plan["engines"]:
            if engine == "numpy":
                results[engine] = {"seconds": [time_numpy(plan["seed"])]}
            elif engine == "keras":
                results[engine] = {"seconds": time_keras(plan["processes"], plan["blas_threads"], plan["seed"])}
            else:
                loops = time_loops(import_module(MODULES[engine]), step, plan["min_sample_s"])
                results[engine] = {key: [value] for key, value in loops.items()}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
