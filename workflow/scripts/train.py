"""Train one network from one seed; save it, its history, what the training took, and its predictions of the test set.

Everything later is arithmetic on these predictions. They are made here, because TensorFlow takes seconds to start.
"""

import json
import time
import zipfile
from pathlib import Path

import numpy as np

from retrial.files import atomic_write
from retrial.job import start_log
from retrial.network.inputs import network_inputs
from retrial.network.keras_setup import start_keras
from retrial.network.model import build_model
from retrial.network.train_keras import train
from retrial.network.training_files import write_training
from retrial.params import settings_of

BATCH_OF_PREDICTIONS = 1000


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
    settings = settings_of(snakemake.params)
    keras = start_keras(settings["threads"])
    keras.utils.set_random_seed(int(snakemake.wildcards.seed))

    x_train, x_test = (
        network_inputs(np.load(path, allow_pickle=False, mmap_mode="c"), settings["divide_by_255"])
        for path in (snakemake.input.x_train, snakemake.input.x_test)
    )
    y_train = np.load(snakemake.input.y_train, allow_pickle=False)
    model = build_model(snakemake.wildcards.experiment, settings, x_train.shape[1])
    start = time.perf_counter()
    history = train(model, x_train, y_train, settings)
    fit_s = time.perf_counter() - start

    steps = int(np.asarray(model.optimizer.iterations))
    write_training(snakemake.output, snakemake.wildcards.experiment, settings, history, steps, len(x_train), fit_s)
    with atomic_write(snakemake.output.model) as part:
        saved = part.with_suffix(".saved.keras")
        try:
            model.save(saved)
            rewrite_canonically(saved, part)
        finally:
            saved.unlink(missing_ok=True)
    with atomic_write(snakemake.output.probabilities) as part:
        np.save(part, model.predict(x_test, BATCH_OF_PREDICTIONS, verbose=0), allow_pickle=False)
