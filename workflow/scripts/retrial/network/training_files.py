"""What every training writes about itself, whichever engine it used."""

import numpy as np
import pandas as pd

from retrial.errors import InputError
from retrial.files import write_csv, write_json


def write_training(
    output, experiment: str, settings: dict, history: dict[str, list[float]], steps: int, n_images: int, fit_s: float
) -> None:
    """Write history.csv to `output.history` and training.json to `output.training`.

    Args:
        settings: `metrics`, `epochs`, `batch_size` and `engine` of the experiment, as in config.yaml.
        history: the loss and each metric after every epoch.
        steps: all steps of the training.
        n_images: of an epoch.
        fit_s: the seconds of the training.

    Raises:
        InputError: the loss is not finite.
    """
    if not np.isfinite(history["loss"]).all():
        raise InputError(
            f"config.yaml: experiments.{experiment}: found a loss of {history['loss'][-1]} "
            "after training, expected a finite number: lower the optimizer's learning_rate"
        )
    table = pd.DataFrame(history)[["loss", *settings["metrics"]]]
    table.insert(0, "epoch", range(1, len(table) + 1))
    write_csv(output.history, table)
    steps_per_epoch = steps // settings["epochs"]
    write_json(
        output.training,
        {
            "steps": steps,
            "steps_per_epoch": steps_per_epoch,
            "last_batch": n_images - (steps_per_epoch - 1) * settings["batch_size"],
            "fit_s": fit_s,
            "engine": settings["engine"],
        },
    )
