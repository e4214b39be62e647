"""The training of the network in NumPy alone, its predictions, and its file."""

import time
from pathlib import Path

import numpy as np

from retrial.files import atomic_write
from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.network.scores import SCORES
from retrial.network.training import Trained, run_epochs


def train_network(settings: dict, seed: int, x: np.ndarray, labels: np.ndarray) -> Trained:
    """Train on images x, float32 of shape (n, pixels), and labels, shape (n,).

    The generator of this seed draws the initial weights, and then the order of the images in each epoch.
    """
    start, rng, size = time.perf_counter(), np.random.default_rng(seed), settings["batch_size"]
    network = Network([x.shape[1], *(layer["units"] for layer in settings["layers"])], size)
    start_glorot_uniform(network, rng)
    optimizer = RMSprop(network, **{key: value for key, value in settings["optimizer"].items() if key != "name"})
    scores = {"loss": SCORES[settings["loss"]]} | {metric: SCORES[metric] for metric in settings["metrics"]}

    def scored_epoch() -> dict[str, float]:
        seen = train_epoch(network, optimizer, x, labels, size, rng)
        return {name: score(*seen) for name, score in scores.items()}

    history, steps = run_epochs(settings["epochs"], scored_epoch), settings["epochs"] * -(-len(x) // size)
    fit_s = time.perf_counter() - start
    return Trained(history, steps, fit_s, lambda x: predict(network, x, size), lambda path: save_network(path, network))


def predict(network: Network, x: np.ndarray, batch_size: int) -> np.ndarray:
    """The probabilities, shape (n, labels), for images x, float32 of shape (n, pixels), in batches."""
    batches = (x[start : start + batch_size] for start in range(0, len(x), batch_size))
    return np.concatenate([network.forward(batch).copy() for batch in batches])


def save_network(path: str | Path, network: Network) -> None:
    """Write the weights as .npz, arrays `w1`, `b1`, `w2`, …: without dates, so equal networks are equal bytes."""
    arrays = {}
    for k, layer in enumerate(network.layers, start=1):
        arrays |= {f"w{k}": layer.weights, f"b{k}": layer.bias}
    with atomic_write(path) as part:
        np.savez(part, **arrays)
