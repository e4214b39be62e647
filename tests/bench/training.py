"""Compare the trainings, ours in Keras and in NumPy, with Keras's plain `fit`, and with their floor.

python tests/bench/training.py [ROUNDS]. All train the notebook's network on one core, five epochs of 60,000 images, in
turns; the floor is the two large products of each step, and nothing else. Its share of the time of `fit` is the least
that a training can take on this processor. Exit status 1 where a ratio is above its limit.
"""

import os
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.network.keras import start_keras, train

PIXELS, UNITS, LABELS, BATCH, IMAGES, EPOCHS = 784, 512, 10, 128, 60000, 5
LIMITS = {"train / fit": 0.5, "train / floor": 2.0, "floor / fit": np.inf}
LIMITS |= {"train_from_scratch / fit": 0.42, "train_from_scratch / floor": 1.6}


def load_data() -> tuple[np.ndarray, np.ndarray]:
    """The training images in results/, or else random ones: the time is the same."""
    paths = [Path(f"results/data/{name}_train.npy") for name in "xy"]
    if all(path.exists() for path in paths) and len(labels := np.load(paths[1])) == IMAGES:
        return np.load(paths[0]), labels
    rng = np.random.default_rng(0)
    return rng.random((IMAGES, PIXELS), np.float32), rng.integers(0, LABELS, IMAGES).astype(np.uint8)


def train_numpy(x: np.ndarray, labels: np.ndarray) -> None:
    """The whole training in NumPy."""
    rng = np.random.default_rng(0)
    network = Network([PIXELS, UNITS, LABELS], BATCH)
    start_glorot_uniform(network, rng)
    optimizer = RMSprop(network)
    for _ in range(EPOCHS):
        train_epoch(network, optimizer, x, labels, BATCH, rng)


def build():
    """The network of the notebook's own cells."""
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(UNITS, activation="relu"), keras.layers.Dense(LABELS, activation="softmax")]
    model = keras.Sequential([keras.Input((PIXELS,)), *layers])
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train_by_fit(x: np.ndarray, labels: np.ndarray) -> None:
    """A `fit` as everybody writes it."""
    build().fit(x, labels, epochs=EPOCHS, batch_size=BATCH, verbose=0)


def train_keras(x: np.ndarray, labels: np.ndarray) -> None:
    """The training of rule train."""
    settings = {"layers": [{"units": LABELS}], "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    train(build(), x, labels, settings | {"epochs": EPOCHS, "batch_size": BATCH})


def multiply(x: np.ndarray, labels: np.ndarray) -> None:
    """The two large products of every step, and nothing else: inputs by weights, inputs by gradient."""
    rng = np.random.default_rng(0)
    weights, gradient = rng.random((PIXELS, UNITS), np.float32), np.empty((PIXELS, UNITS), np.float32)
    sums, by_sums = np.empty((BATCH, UNITS), np.float32), rng.random((BATCH, UNITS), np.float32)
    for _ in range(EPOCHS):
        for start in range(0, IMAGES, BATCH):
            images = x[start : start + BATCH]
            np.dot(images, weights, out=sums[: len(images)])
            np.dot(images.T, by_sums[: len(images)], out=gradient)


def main(rounds: int) -> int:
    """Print the table; return the number of ratios above their limit."""
    if hasattr(os, "sched_setaffinity"):  # tf.data has threads of its own, which another core would run for nothing
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    start_keras(threads=1)
    x, labels = load_data()
    trainings = {"floor": multiply, "train_from_scratch": train_numpy, "fit": train_by_fit, "train": train_keras}
    seconds = {name: [] for name in trainings}
    with threadpool_limits(1, user_api="blas"):
        for number in range(rounds):
            for name, training in trainings.items():
                start = time.perf_counter()
                with redirect_stdout(None):
                    training(x, labels)
                seconds[name].append(time.perf_counter() - start)
            times = ", ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items())
            print(f"round {number + 1} of {rounds}: {times}", flush=True)
    missed = 0
    for name, limit in LIMITS.items():
        ratios = np.divide(*(seconds[part] for part in name.split(" / ")))
        missed += (median := np.median(ratios)) > limit
        print(f"{name:<28}{median:6.2f} [{min(ratios):.2f}, {max(ratios):.2f}]  wanted: at most {limit:g}")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 5) else 0)
