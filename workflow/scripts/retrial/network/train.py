"""Train a network in its engine: keras.py or numpy.py, which is imported only then."""

import numpy as np

from retrial.network.training import Trained


def train_network(settings: dict, seed: int, x: np.ndarray, labels: np.ndarray) -> Trained:
    """Train the network that an experiment's settings describe, in its engine, from a seed.

    Args:
        settings: with `threads` for TensorFlow. The caller limits those of NumPy, also for the predictions.
        x, labels: images, float32 of shape (n, pixels), and their labels, shape (n,).
    """
    if settings["engine"] == "keras":
        from retrial.network import keras as engine
    else:
        from retrial.network import numpy as engine
    return engine.train_network(settings, seed, x, labels)
