"""Compare the training in NumPy with Keras's plain `fit`, and with its floor: the two large products of each step.

python tests/bench/training.py [ROUNDS]. All train the notebook's network on one core, five epochs of 60,000 images, in
turns; the ratios are medians over the rounds. They are printed and written to results/bench.json. Exit status 1 where
one is above its limit. The floor's share of Keras's time is the least that NumPy's can be on this processor.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.network.keras_setup import start_keras
from retrial.pipeline.files import write_json

PIXELS, UNITS, LABELS, BATCH, IMAGES, EPOCHS = 784, 512, 10, 128, 60000, 5
LIMITS = {"NumPy / Keras's fit": 0.42, "NumPy / floor": 1.6, "floor / Keras's fit": np.inf}


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


def train_keras(x: np.ndarray, labels: np.ndarray) -> None:
    """The notebook's own cells, with a `fit` as everybody writes it."""
    import keras

    layers = [keras.layers.Dense(UNITS, activation="relu"), keras.layers.Dense(LABELS, activation="softmax")]
    model = keras.Sequential([keras.Input((PIXELS,)), *layers])
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, labels, epochs=EPOCHS, batch_size=BATCH, verbose=0)


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
    seconds = {"floor": [], "NumPy": [], "Keras's fit": []}
    with threadpool_limits(1, user_api="blas"):
        for number in range(rounds):
            for name, train in zip(seconds, (multiply, train_numpy, train_keras), strict=True):
                start = time.perf_counter()
                train(x, labels)
                seconds[name].append(time.perf_counter() - start)
            times = ", ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items())
            print(f"round {number + 1} of {rounds}: {times}", flush=True)
    above, table = 0, {}
    print(f"{'ratio':<24}{'median':>8}{'lowest':>8}{'highest':>9}{'limit':>7}")
    for name, limit in LIMITS.items():
        ratios = np.divide(*(seconds[part] for part in name.split(" / ")))
        table[name] = {"median": float(np.median(ratios)), "rounds": ratios.tolist()}
        too_high = table[name]["median"] > limit
        above += too_high
        cells = f"{np.median(ratios):8.2f}{ratios.min():8.2f}{ratios.max():9.2f}{limit:7.2f}"
        print(f"{name:<24}{cells}{' too high' if too_high else ''}")
    path = Path("results/bench.json")
    path.parent.mkdir(exist_ok=True)
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_json(path, known | {"training": {"seconds": seconds, "ratios": table}})
    return above


if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 5) else 0)
