"""Train one network from one seed in NumPy alone; save what train.py saves, the weights as .npz."""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.files import write_array
from retrial.job import start_log
from retrial.network.numpy import predict, save_network, train
from retrial.network.training import load_images, write_training
from retrial.params import settings_of

if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, settings = snakemake.input, snakemake.output, settings_of(snakemake.params)
    seed = int(snakemake.wildcards.seed)
    x_train, x_test = (load_images(path, settings["divide_by_255"]) for path in (input.x_train, input.x_test))
    y_train = np.load(input.y_train, allow_pickle=False)

    # Another number of threads may sum in another order, which gives other bits.
    with threadpool_limits(settings["threads"], user_api="blas"):
        start = time.perf_counter()
        network, history = train(x_train, y_train, settings, seed)
        fit_s = time.perf_counter() - start
        probabilities = predict(network, x_test, settings["batch_size"])
    steps = settings["epochs"] * -(-len(x_train) // settings["batch_size"])

    write_training(snakemake, settings, history, steps, len(x_train), fit_s)
    save_network(output.model, network)
    write_array(output.probabilities, probabilities)
