"""Predict the test set in NumPy alone, with the weights in a .npz file."""

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.network.inputs import network_inputs
from retrial.network.npz import load_network
from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log

BATCH_SIZE = 1000

if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    network = load_network(snakemake.input.model, BATCH_SIZE)
    x_test = network_inputs(np.load(snakemake.input.x_test, allow_pickle=False), settings["divide_by_255"])
    batches = np.split(x_test, range(BATCH_SIZE, len(x_test), BATCH_SIZE))
    with threadpool_limits(settings["threads"], user_api="blas"):
        probabilities = np.concatenate([network.forward(batch).copy() for batch in batches])
    with atomic_write(snakemake.output.probabilities) as part:
        np.save(part, probabilities, allow_pickle=False)
