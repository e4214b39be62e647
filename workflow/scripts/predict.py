"""Predict the test set once: everything later is arithmetic on these probabilities."""

import numpy as np

from retrial.network.inputs import network_inputs
from retrial.network.keras_setup import start_keras
from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log

BATCH_SIZE = 1000

if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    keras = start_keras(settings["threads"])
    model = keras.models.load_model(snakemake.input.model)
    x_test = network_inputs(np.load(snakemake.input.x_test, allow_pickle=False), settings["divide_by_255"])
    probabilities = model.predict(x_test, batch_size=BATCH_SIZE, verbose=2)
    with atomic_write(snakemake.output.probabilities) as part:
        np.save(part, probabilities, allow_pickle=False)
