"""The training of a Keras model, with its history."""

import numpy as np

from retrial.network.scores import SCORES, encode_labels
from retrial.network.training import compile_epoch


def train(model, x: np.ndarray, labels: np.ndarray, settings: dict) -> dict[str, list[float]]:
    """Train a compiled model on images x, float32 of shape (n, pixels), and labels, shape (n,); return its history.

    The loss and the metrics of an epoch are means over the images, each as the model saw it just before its step.
    """
    targets = encode_labels(labels, settings["layers"][-1]["units"], settings["loss"])
    train_epoch = compile_epoch(model, x, targets, settings["batch_size"])
    history = {name: [] for name in ("loss", *settings["metrics"])}
    for epoch in range(1, settings["epochs"] + 1):
        print(f"Epoch {epoch}/{settings['epochs']}")
        order, loss, probabilities = train_epoch()
        history["loss"].append(loss)
        for metric in settings["metrics"]:
            history[metric].append(SCORES[metric](labels[order], probabilities))
        print(" - ".join(f"{name}: {values[-1]:.4f}" for name, values in history.items()))
    return history
