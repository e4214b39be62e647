"""Test single statements of the notebook by short trainings, and by computations on the first trained network."""

import time

import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network.float_types import compare_types
from retrial.network.keras_setup import start_keras
from retrial.network.model import build_model
from retrial.network.probe_rows import Row, to_table
from retrial.network.probing import Data, load_data
from retrial.network.training_probes import (
    probe_batches_and_units,
    probe_losses_and_metrics,
    probe_regression,
    probe_steps,
)
from retrial.network.weight_probes import probe_gradient_of_accuracy, probe_operations, probe_weights
from retrial.params import settings_of


def probe_trained_network(trained, settings: dict, data: Data, seed: int) -> list[Row]:
    """All probes of the trained network."""
    return [
        *probe_operations(trained, data),
        *probe_weights(trained, settings, data, seed),
        *probe_gradient_of_accuracy(trained, settings, data, seed),
    ]


def probe_short_trainings(trained, settings: dict, data: Data, seed: int) -> list[Row]:
    """All probes that train a network of their own; `trained` is trained further."""
    import keras

    keras.utils.set_random_seed(seed)
    new = build_model("baseline", settings, data.x_train.shape[1])
    new.optimizer.build(new.trainable_variables)
    rows = []
    for probe, *arguments in (
        (probe_steps, {"the first steps": new, "after the last epoch": trained}, settings, data),
        (probe_batches_and_units, settings, data, seed),
        (probe_losses_and_metrics, settings, data, seed),
        (probe_regression, settings, data, seed),
    ):
        start = time.perf_counter()
        rows += probe(*arguments)
        print(f"{probe.__name__}: {time.perf_counter() - start:.1f} s")
    return rows


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings, input = settings_of(snakemake.params), snakemake.input
    keras = start_keras(settings["threads"])
    baseline, probes = settings["baseline"], settings["probes"]
    data = load_data(
        input.x_train, input.y_train, input.x_test, input.y_test, probes["images"], baseline["divide_by_255"]
    )
    seed = probes["seeds"][0]
    trained = keras.models.load_model(input.model)
    rows = probe_trained_network(trained, baseline, data, seed)
    rows += probe_short_trainings(trained, baseline, data, seed)
    start = time.perf_counter()
    accuracies, steps = compare_types(baseline, data, probes["seeds"], probes["epochs"])
    print(f"compare_types: {time.perf_counter() - start:.1f} s")

    table = to_table(rows + accuracies)
    write_csv(snakemake.output.training, table)
    write_csv(snakemake.output.step_times, pd.DataFrame(steps))
    print(table.to_string(index=False))
