"""Train one network from one seed; save it, its history, and what the training took."""

import inspect
import json
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from retrial.network.inputs import network_inputs
from retrial.network.keras_setup import start_keras
from retrial.network.scores import encode_labels
from retrial.pipeline.errors import InputError
from retrial.pipeline.files import atomic_write, write_csv, write_json
from retrial.pipeline.job import start_log

# Steps in one call of the compiled function: the same weights, bit for bit, in two thirds of the time of single steps.
STEPS_PER_EXECUTION = 67


def build_model(experiment: str, settings: dict, n_inputs: int):
    """Build and compile the Keras model that an experiment's settings describe.

    Raises:
        InputError: Keras refuses the optimizer's arguments.
    """
    import keras

    model = keras.Sequential([keras.Input((n_inputs,))])
    for layer in settings["layers"]:
        model.add(keras.layers.Dense(layer["units"], activation=layer["activation"]))
    name, arguments = settings["optimizer"]["name"], {k: v for k, v in settings["optimizer"].items() if k != "name"}
    optimizer_class = type(keras.optimizers.get(name))
    defaults = inspect.signature(optimizer_class).parameters
    try:
        # Keras refuses a whole number where it wants a float: 1 as a learning rate is an error, 1.0 is not.
        optimizer = optimizer_class(
            **{
                k: float(v) if k in defaults and isinstance(defaults[k].default, float) else v
                for k, v in arguments.items()
            }
        )
    except (TypeError, ValueError) as error:
        raise InputError(
            f"config.yaml: experiments.{experiment}.optimizer: found {settings['optimizer']}, expected arguments that "
            f"Keras's {name} takes: {str(error).splitlines()[0]}"
        ) from error
    model.compile(
        optimizer=optimizer,
        loss=settings["loss"],
        metrics=settings["metrics"],
        steps_per_execution=STEPS_PER_EXECUTION,
        jit_compile=False,
    )
    return model


def rewrite_canonically(source: Path, target: Path) -> None:
    """Copy a .keras file without what differs each time the same model is saved.

    That is the date, the times in the zip file, and `shared_object_id`, a memory address: here numbered in order.
    """
    ids = {}

    def renumber(node):
        if isinstance(node, dict):
            if "shared_object_id" in node:
                node["shared_object_id"] = ids.setdefault(node["shared_object_id"], len(ids))
            for value in node.values():
                renumber(value)
        elif isinstance(node, list):
            for value in node:
                renumber(value)

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name.endswith(".json"):
                value = json.loads(content)
                renumber(value)
                if "date_saved" in value:
                    value["date_saved"] = "1980-01-01@00:00:00"
                content = json.dumps(value, sort_keys=True).encode()
            new.writestr(zipfile.ZipInfo(name), content)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    keras = start_keras(settings["threads"])
    keras.utils.set_random_seed(int(snakemake.wildcards.seed))

    x_train = network_inputs(np.load(snakemake.input.x_train, allow_pickle=False), settings["divide_by_255"])
    y_train = np.load(snakemake.input.y_train, allow_pickle=False)
    model = build_model(snakemake.wildcards.experiment, settings, x_train.shape[1])
    start = time.perf_counter()
    history = model.fit(
        x_train,
        encode_labels(y_train, settings["layers"][-1]["units"], settings["loss"]),
        epochs=settings["epochs"],
        batch_size=settings["batch_size"],
        verbose=2,
    ).history
    fit_s = time.perf_counter() - start

    if not np.isfinite(history["loss"]).all():
        raise InputError(
            f"config.yaml: experiments.{snakemake.wildcards.experiment}: found a loss of {history['loss'][-1]} "
            "after training, expected a finite number: lower the optimizer's learning_rate"
        )

    table = pd.DataFrame(history)[["loss", *settings["metrics"]]]
    table.insert(0, "epoch", range(1, len(table) + 1))
    write_csv(snakemake.output.history, table)
    steps = int(np.asarray(model.optimizer.iterations))
    steps_per_epoch = steps // settings["epochs"]
    write_json(
        snakemake.output.training,
        {
            "steps": steps,
            "steps_per_epoch": steps_per_epoch,
            "last_batch": len(x_train) - (steps_per_epoch - 1) * settings["batch_size"],
            "fit_s": fit_s,
            "engine": "keras",
        },
    )
    with atomic_write(snakemake.output.model) as part:
        saved = part.with_suffix(".saved.keras")
        try:
            model.save(saved)
            rewrite_canonically(saved, part)
        finally:
            saved.unlink(missing_ok=True)
