"""What the trainings in Keras and in NumPy share: the images, the epochs, and the files that are left of them."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from retrial.errors import InputError
from retrial.files import atomic_write, sha256, write_json


class Trained(NamedTuple):
    """A trained network, whichever engine trained it.

    history: the loss and each metric after every epoch.
    steps, fit_s: all steps of the training, and its seconds.
    predict: the probabilities, shape (n, labels), for images, float32 of shape (n, pixels).
    save: writes the network into a file.
    """

    history: dict[str, list[float]]
    steps: int
    fit_s: float
    predict: Callable[[np.ndarray], np.ndarray]
    save: Callable[[str], None]


def network_inputs(x: np.ndarray, divide_by_255: bool) -> np.ndarray:
    """Preprocessed images, float32 of shape (n, pixels) in [0, 1], or, in the same memory, their raw values, 0 to 255.

    The multiplication restores each of the 256 values exactly.
    """
    return x if divide_by_255 else np.multiply(x, np.float32(255), out=x)


def load_images(path: str | Path, divide_by_255: bool, n: int | None = None) -> np.ndarray:
    """The first n images in a .npy file as a network takes them, in memory that TensorFlow uses without a copy."""
    return network_inputs(np.load(path, allow_pickle=False, mmap_mode="c")[:n], divide_by_255)


def run_epochs(epochs: int, train_epoch: Callable[[], dict[str, float]]) -> dict[str, list[float]]:
    """Train for some epochs; return the history: each value that `train_epoch` returns, by its name, for each epoch."""
    history = []
    for epoch in range(1, epochs + 1):
        print(f"Epoch {epoch}/{epochs}")
        history.append(train_epoch())
        print(" - ".join(f"{name}: {value:.4f}" for name, value in history[-1].items()))
    return {name: [scores[name] for scores in history] for name in history[0]}


def write_training(job, settings: dict, trained: Trained, n_images: int) -> None:
    """Write history.csv and training.json, which tells all that decides the network.

    Args:
        job: `snakemake`, with `input.y_train`, `output.history`, `output.training` and the wildcards.
        settings: of the job.
        n_images: of an epoch.

    Raises:
        InputError: the loss is not finite.
    """
    if not np.isfinite(trained.history["loss"]).all():
        raise InputError(
            f"config.yaml: experiments.{job.wildcards.experiment}: found a loss of {trained.history['loss'][-1]} "
            "after training, expected a finite number: lower the optimizer's learning_rate"
        )
    names = ["loss", *settings["metrics"]]
    rows = zip(range(1, settings["epochs"] + 1), *(trained.history[name] for name in names), strict=True)
    # Without pandas, which takes a quarter of a second to load.
    with atomic_write(job.output.history) as part, part.open("w", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([("epoch", *names), *rows])
    steps_per_epoch = trained.steps // settings["epochs"]
    write_json(
        job.output.training,
        {
            "steps": trained.steps,
            "steps_per_epoch": steps_per_epoch,
            "last_batch": n_images - (steps_per_epoch - 1) * settings["batch_size"],
            "fit_s": trained.fit_s,
            "engine": settings["engine"],
            "experiment": job.wildcards.experiment,
            "seed": int(job.wildcards.seed),
            "settings": settings,
            "y_train_sha256": sha256(job.input.y_train),
        },
    )
