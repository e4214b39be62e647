"""The training step in each engine: its check, its plan, and what the worker calls.

Loops are timed on a part of each of its operations; NumPy and Keras train a part of an epoch.
"""

from collections.abc import Callable

import numpy as np

from retrial.errors import InputError
from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.operations.step import BATCH, LABELS, PIXELS, UNITS, Call, calls_of_step, make_step, step_of
from retrial.timing.plan import Task, load_group

TOLERANCE = 1e-12  # of a step: sums in another order
LOOPS = ("naive", "naive_list", "numba")
# Multiply-adds or elements of a training step's call that are timed by loops.
STEPS = 30_000
# NumPy's and Keras's training is timed in parts of an epoch, of this many steps.
STEPS_OF_PART = 67
# What a call of `whole_step` trains.
STEPS_OF_CALL = {"numba": 1, "numpy": STEPS_OF_PART, "keras": STEPS_OF_PART}


def check_step(implementation: str) -> float:
    """The largest difference of a small training step by loops from that of from_scratch.py, in float64.

    Raises:
        InputError: the difference is not rounding.
    """
    sizes = {"n": 5, "pixels": 7, "units": 4, "labels": 3, "seed": 0}
    x, one_hot, _, weights, velocities = make_step(**sizes)
    network = Network([7, 4, 3], len(x), np.float64)
    optimizer = RMSprop(network)
    network.parameters[:], optimizer.velocity[:] = _flat(weights), _flat(velocities)
    network.forward(x)
    network.backward(x, one_hot.argmax(axis=1))
    optimizer.step()
    moved, velocities = zip(*step_of(implementation, **sizes)(), strict=True)
    error = max(np.abs(_flat(moved) - network.parameters).max(), np.abs(_flat(velocities) - optimizer.velocity).max())
    if not error <= TOLERANCE:
        raise InputError(
            f"retrial/operations/{implementation}.py: a training step differs from that of network/from_scratch.py "
            f"by up to {error:.3g}, expected at most {TOLERANCE:g}; correct it before it is timed"
        )
    return float(error)


def _flat(matrices) -> np.ndarray:
    """The numbers of all matrices, arrays or lists, in one array."""
    return np.concatenate([np.ravel(matrix) for matrix in matrices])


def parts_of(call: Call) -> tuple[Call, Call]:
    """A call of a training step on a few of its rows, and on twice as many: loops over all of them would take long."""
    n = call.shapes[0][0]
    rows = min(max(1, round(STEPS * n / call.steps)), max(1, n // 2))
    return call.first_rows(rows), call.first_rows(min(2 * rows, n))


def plan_step(engines: list[str]) -> list[Task]:
    """Plan the training step: parts of its calls by loops, compiled or not, and the whole step where it is fast."""
    loops = [engine for engine in engines if engine in LOOPS]
    parts = dict.fromkeys(part for call in calls_of_step() for part in parts_of(call))
    tasks = [
        Task.slow(*part, engine) if part.steps > STEPS / 10 and engine != "numba" else Task(*part, engine)
        for part in sorted(parts)
        for engine in loops
    ]
    whole = ((BATCH, PIXELS), (PIXELS, UNITS), (UNITS, LABELS))
    return tasks + [Task.slow("training_step", whole, name) for name in ("numba", "numpy") if name in engines]


def load_step(group: list[Task], settings: dict) -> list[tuple[Callable, list]]:
    """What the worker calls for a group of tasks of a training step."""
    if group[0].operation == "training_step":
        return [(whole_step(task.implementation, settings["blas_threads"], settings["seed"]), []) for task in group]
    return load_group(group, settings)


def whole_step(engine: str, threads: int, seed: int) -> Callable:
    """A function that trains some steps; what it needs is compiled."""
    if engine == "numba":
        step_of(engine, 2, 2, 2, 2, seed)()
        return step_of(engine, BATCH, PIXELS, UNITS, LABELS, seed)
    rng = np.random.default_rng(seed)
    x = rng.random((STEPS_OF_PART * BATCH, PIXELS), np.float32)
    labels = rng.integers(0, LABELS, len(x))
    if engine == "numpy":
        network = Network([PIXELS, UNITS, LABELS], BATCH)
        start_glorot_uniform(network, rng)
        optimizer = RMSprop(network)
        return lambda: train_epoch(network, optimizer, x, labels, BATCH, rng)
    from retrial.network.keras import build_model, compile_epoch, start_keras

    start_keras(threads)
    layers = [{"units": UNITS, "activation": "relu"}, {"units": LABELS, "activation": "softmax"}]
    settings = {"layers": layers, "optimizer": {"name": "rmsprop"}, "loss": "sparse_categorical_crossentropy"}
    train = compile_epoch(build_model(settings | {"metrics": []}, PIXELS), x, labels, BATCH)
    train()
    return train
