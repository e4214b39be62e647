"""Train one network from one seed in Keras; save it, its history, what the training took, and its predictions.

Everything later is arithmetic on these predictions of the test set. They are made here, because TensorFlow takes
seconds to start.
"""

import time

import numpy as np

from retrial.files import write_array
from retrial.job import start_log
from retrial.network.keras import build_model, save_model, start_keras, train
from retrial.network.training import load_images, write_training
from retrial.params import settings_of

BATCH_OF_PREDICTIONS = 1000

if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, settings = snakemake.input, snakemake.output, settings_of(snakemake.params)
    experiment, seed = snakemake.wildcards.experiment, int(snakemake.wildcards.seed)
    keras = start_keras(settings["threads"])
    keras.utils.set_random_seed(seed)
    x_train, x_test = (load_images(path, settings["divide_by_255"]) for path in (input.x_train, input.x_test))
    y_train = np.load(input.y_train, allow_pickle=False)

    model = build_model(experiment, settings, x_train.shape[1])
    start = time.perf_counter()
    history = train(model, x_train, y_train, settings)
    fit_s = time.perf_counter() - start
    steps = int(np.asarray(model.optimizer.iterations))

    write_training(snakemake, settings, history, steps, len(x_train), fit_s)
    save_model(output.model, model)
    write_array(output.probabilities, model.predict(x_test, BATCH_OF_PREDICTIONS, verbose=0))
