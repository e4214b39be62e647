"""The training of a network in NumPy alone, and its predictions."""

import numpy as np

from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.network.scores import SCORES


def train(x: np.ndarray, labels: np.ndarray, settings: dict, seed: int) -> tuple[Network, dict[str, list[float]]]:
    """A network and its history, trained on images x, float32 of shape (n, pixels), and labels, shape (n,).

    Args:
        settings: `layers`, `optimizer`, `loss`, `metrics`, `epochs`, `batch_size`, as in config.yaml.
        seed: of NumPy's generator, which draws the initial weights and then the order of the images in each epoch.
    """
    rng = np.random.default_rng(seed)
    network = Network([x.shape[1], *(layer["units"] for layer in settings["layers"])], settings["batch_size"])
    start_glorot_uniform(network, rng)
    optimizer = RMSprop(network, **{key: value for key, value in settings["optimizer"].items() if key != "name"})
    scores = {"loss": SCORES[settings["loss"]]} | {metric: SCORES[metric] for metric in settings["metrics"]}
    history = {name: [] for name in scores}
    for epoch in range(1, settings["epochs"] + 1):
        print(f"Epoch {epoch}/{settings['epochs']}")
        seen = train_epoch(network, optimizer, x, labels, settings["batch_size"], rng)
        for name, score in scores.items():
            history[name].append(score(*seen))
        print(" - ".join(f"{name}: {values[-1]:.4f}" for name, values in history.items()))
    return network, history


def predict(network: Network, x: np.ndarray, batch_size: int) -> np.ndarray:
    """The probabilities, shape (n, labels), for images x, float32 of shape (n, pixels), in batches."""
    batches = (x[start : start + batch_size] for start in range(0, len(x), batch_size))
    return np.concatenate([network.forward(batch).copy() for batch in batches])
