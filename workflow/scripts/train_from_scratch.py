"""Train one network from one seed in NumPy alone; save what rule train saves, the weights as .npz."""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.network.from_scratch import Network, RMSprop, start_glorot_uniform, train_epoch
from retrial.network.inputs import network_inputs
from retrial.network.npz import save_network
from retrial.network.scores import SCORES
from retrial.network.training_files import write_training
from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log


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


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    x_train, x_test = (
        network_inputs(np.load(path, allow_pickle=False, mmap_mode="c"), settings["divide_by_255"])
        for path in (snakemake.input.x_train, snakemake.input.x_test)
    )
    y_train = np.load(snakemake.input.y_train, allow_pickle=False)
    # Another number of threads may sum in another order, which gives other bits.
    with threadpool_limits(settings["threads"], user_api="blas"):
        start = time.perf_counter()
        network, history = train(x_train, y_train, settings, int(snakemake.wildcards.seed))
        fit_s = time.perf_counter() - start
        probabilities = predict(network, x_test, settings["batch_size"])
    steps = settings["epochs"] * -(-len(x_train) // settings["batch_size"])
    write_training(snakemake.output, snakemake.wildcards.experiment, settings, history, steps, len(x_train), fit_s)
    with atomic_write(snakemake.output.model) as part:
        save_network(part, network)
    with atomic_write(snakemake.output.probabilities) as part:
        np.save(part, probabilities, allow_pickle=False)
