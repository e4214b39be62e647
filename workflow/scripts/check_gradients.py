"""Check that the network in NumPy is Keras's: equal weights and batches give equal gradients, and equal training.

That these gradients are those of central differences, which know nothing of factors, is shown by chain_rule.py.
"""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network.from_scratch import Network, RMSprop, split, start_glorot_uniform
from retrial.network.keras import build_model, start_keras
from retrial.network.training import network_inputs
from retrial.params import settings_of

# What float32 allows for a gradient and for weights after many steps.
GRADIENT, TRAINING = 1e-5, 1e-4
N_STEPS = 100


def parameters(network: Network, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The part of a flat array that belongs to each weight matrix and bias, flat as well: `w1`, `b1`, `w2`, …"""
    layers = enumerate(split(numbers, network.sizes), start=1)
    return {f"{kind}{k}": array.ravel() for k, layer in layers for kind, array in zip("wb", layer, strict=True)}


def compare(case: str, found: dict, expected: dict, tolerance: float) -> list[dict]:
    """A row for each array of two networks: the largest difference, as a share of the largest number expected."""
    rows = []
    for name, values in expected.items():
        error = float(np.abs(found[name] - values).max() / np.abs(values).max())
        row = {"case": case, "array": name, "compared_with": "Keras", "max_relative_error": error}
        rows.append(row | {"tolerance": tolerance, "ok": error <= tolerance})
    return rows


def start_network(sizes: list[int], rows: int, seed: int) -> Network:
    """A network with initial weights, and with biases that are not 0, so that each of them matters."""
    network, rng = Network(sizes, rows), np.random.default_rng(seed)
    start_glorot_uniform(network, rng)
    for _, bias in network.layers:
        bias[:] = rng.uniform(-0.1, 0.1, bias.shape)
    return network


def check_keras(settings: dict, x: np.ndarray, labels: np.ndarray, seed: int) -> list[dict]:
    """Rows that compare the first gradient, and the weights after as many steps as there are batches, with Keras.

    Args:
        settings: `layers`, `optimizer`, `loss`, `batch_size` of an experiment.
        x, labels: the images of all batches in their order, float32 of shape (n, pixels), and their labels.
    """
    import keras
    import tensorflow as tf

    n = settings["batch_size"]
    batches = [(x[start : start + n], labels[start : start + n]) for start in range(0, len(x), n)]
    network = start_network([x.shape[1], *(layer["units"] for layer in settings["layers"])], n, seed)
    model = build_model(settings | {"metrics": []}, x.shape[1])
    model.set_weights([array for layer in network.layers for array in layer])

    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.get(settings["loss"])(batches[0][1], model(batches[0][0])))
    expected = np.concatenate([np.ravel(gradient) for gradient in tape.gradient(loss, model.trainable_variables)])
    network.forward(batches[0][0])
    network.backward(*batches[0])
    pairs = [(network.gradient.copy(), expected)]

    optimizer = RMSprop(network, **{key: value for key, value in settings["optimizer"].items() if key != "name"})
    for images, labels_of_batch in batches:
        network.forward(images)
        network.backward(images, labels_of_batch)
        optimizer.step()
    model.fit(x, labels, batch_size=n, shuffle=False, verbose=0)
    pairs.append((network.parameters, np.concatenate([np.ravel(weights) for weights in model.get_weights()])))

    cases = [("gradient in float32", GRADIENT), (f"weights after {len(batches)} steps", TRAINING)]
    return [
        row
        for (case, tolerance), pair in zip(cases, pairs, strict=True)
        for row in compare(case, *(parameters(network, numbers) for numbers in pair), tolerance)
    ]


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    start_keras(threads=1)
    x = np.load(snakemake.input.x_train, allow_pickle=False, mmap_mode="r")
    labels = np.load(snakemake.input.y_train, allow_pickle=False)
    images = np.arange(N_STEPS * settings["batch_size"]) % len(x)
    x, labels = network_inputs(x[images], settings["divide_by_255"]), labels[images]
    with threadpool_limits(1, user_api="blas"):
        table = pd.DataFrame(check_keras(settings, x, labels, seed=0))
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
