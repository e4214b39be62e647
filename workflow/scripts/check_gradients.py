"""Check that the network in NumPy is Keras's: equal weights and batches give equal gradients, and equal training.

The gradients are also computed in float64 and compared with central differences, which know nothing of factors.
"""

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network.from_scratch import Network, RMSprop, split, start_glorot_uniform
from retrial.network.gradients import STEP
from retrial.network.keras import build_model, start_keras
from retrial.network.training import network_inputs
from retrial.params import settings_of

# What float32 allows for a gradient and for weights after many steps; and float64, for central differences.
GRADIENT, TRAINING, DIFFERENCES = 1e-5, 1e-4, 1e-7
N_STEPS = 100
# Central differences take two losses for each weight: these many images, these many weights of each array.
N_IMAGES, N_WEIGHTS = 8, 100


def parameters(network: Network, numbers: np.ndarray) -> dict[str, np.ndarray]:
    """The part of a flat array that belongs to each weight matrix and bias, flat as well: `w1`, `b1`, `w2`, …"""
    layers = enumerate(split(numbers, network.sizes), start=1)
    return {f"{kind}{k}": array.ravel() for k, layer in layers for kind, array in zip("wb", layer, strict=True)}


def compare(case: str, reference: str, found: dict, expected: dict, tolerance: float) -> list[dict]:
    """A row for each array of two networks: the largest difference, as a share of the largest number expected."""
    rows = []
    for name, values in expected.items():
        error = float(np.abs(found[name] - values).max() / np.abs(values).max())
        row = {"case": case, "array": name, "compared_with": reference, "max_relative_error": error}
        rows.append(row | {"tolerance": tolerance, "ok": error <= tolerance})
    return rows


def start_network(sizes: list[int], rows: int, seed: int, dtype=np.float32) -> Network:
    """A network with initial weights, and with biases that are not 0, so that each of them matters."""
    network, rng = Network(sizes, rows, dtype), np.random.default_rng(seed)
    start_glorot_uniform(network, rng)
    for _, bias in network.layers:
        bias[:] = rng.uniform(-0.1, 0.1, bias.shape)
    return network


def central_difference(network: Network, i: int, x: np.ndarray, labels: np.ndarray) -> float:
    """The change of the loss when parameter i goes from -STEP to +STEP around its value, divided by 2 STEP."""
    losses, value = [], network.parameters[i]
    for step in (STEP, -STEP):
        network.parameters[i] = value + step
        losses.append(-np.log(network.forward(x)[np.arange(len(x)), labels]).mean())
    network.parameters[i] = value
    return (losses[0] - losses[1]) / (2 * STEP)


def check_differences(sizes: list[int], x: np.ndarray, labels: np.ndarray, seed: int) -> list[dict]:
    """Rows that compare the gradient in float64 with central differences, for some weights of each array."""
    network, rng = start_network(sizes, len(x), seed, np.float64), np.random.default_rng(seed)
    x = x.astype(np.float64)
    network.forward(x)
    network.backward(x, labels)
    found, expected = {}, {}
    for name, places in parameters(network, np.arange(len(network.parameters))).items():
        chosen = rng.choice(places, min(N_WEIGHTS, len(places)), replace=False)
        found[name] = network.gradient[chosen].copy()
        expected[name] = np.array([central_difference(network, i, x, labels) for i in chosen])
    return compare("gradient in float64", "central differences", found, expected, DIFFERENCES)


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
    model = build_model("check", settings | {"metrics": []}, x.shape[1])
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
        for row in compare(case, "Keras", *(parameters(network, numbers) for numbers in pair), tolerance)
    ]


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    start_keras(threads=1)
    x = np.load(snakemake.input.x_train, allow_pickle=False, mmap_mode="r")
    labels = np.load(snakemake.input.y_train, allow_pickle=False)
    images = np.arange(N_STEPS * settings["batch_size"]) % len(x)
    x, labels = network_inputs(x[images], settings["divide_by_255"]), labels[images]
    sizes = [x.shape[1], *(layer["units"] for layer in settings["layers"])]
    with threadpool_limits(1, user_api="blas"):
        rows = check_keras(settings, x, labels, seed=0)
        rows += check_differences(sizes, x[:N_IMAGES], labels[:N_IMAGES], seed=0)
    table = pd.DataFrame(rows)
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
