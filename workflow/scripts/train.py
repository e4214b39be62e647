"""Train one network from one seed; save it, its history, what the training took, and its predictions.

Everything later is arithmetic on these predictions of the test set. They are made here, because TensorFlow takes
seconds to start.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.files import write_array
from retrial.job import start_log
from retrial.network.train import train_network
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
        trained = train_network(settings, seed, x_train, y_train)
        probabilities = trained.predict(x_test)
    write_training(snakemake, settings, trained, len(x_train))
    trained.save(output.model)
    write_array(output.probabilities, probabilities)
