"""Train one network from one seed in NumPy alone; save what rule train saves, the weights as .npz."""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.files import atomic_write
from retrial.job import start_log
from retrial.network.inputs import network_inputs
from retrial.network.npz import save_network
from retrial.network.train_numpy import predict, train
from retrial.network.training_files import write_training
from retrial.params import settings_of

if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
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
