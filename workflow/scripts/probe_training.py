"""Test single statements of the notebook by short trainings, and by computations on the first trained network."""

import time

import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network import probe_keys as keys
from retrial.network.float_types import compare_types
from retrial.network.keras import build_model, start_keras
from retrial.network.probe_rows import Row, to_table
from retrial.network.probes import (
    load_data,
    probe_gradient_of_accuracy,
    probe_input_types,
    probe_losses_and_metrics,
    probe_operations,
    probe_regression,
    probe_steps,
    probe_units,
    probe_unrelated_loss,
    probe_weights,
)
from retrial.params import settings_of


def timed(probe, *arguments):
    """What a probe returns; its time is printed."""
    start = time.perf_counter()
    result = probe(*arguments)
    print(f"{probe.__name__}: {time.perf_counter() - start:.1f} s")
    return result


def run_probes(model_file: str, settings: dict, files: dict[str, str], probes: dict, threads: int) -> list[Row]:
    """The rows of all probes but `float_types`.

    Args:
        model_file: the first trained network.
        settings: of the baseline.
        files: of `x_train`, `y_train`, `x_test` and `y_test`, as in results/data/.
        probes: the number of `images`, and the `seeds`.
    """
    keras = start_keras(threads)
    data, seed = load_data(files, probes["images"], settings["divide_by_255"]), probes["seeds"][0]
    trained = keras.models.load_model(model_file)
    rows = timed(probe_operations, trained, data)
    rows += timed(probe_weights, trained, settings, data, seed)
    rows += timed(probe_gradient_of_accuracy, trained, settings, data, seed)
    rows += timed(probe_input_types, trained, data)
    rows += timed(probe_unrelated_loss, trained, settings, data, probes["seeds"])
    keras.utils.set_random_seed(seed)
    new = build_model(settings, data.x_train.shape[1])
    new.optimizer.build(new.trainable_variables)
    # The last probe of the trained network, because it trains it further.
    rows += timed(probe_steps, {keys.FIRST_STEPS: new, keys.LAST_STEPS: trained}, settings, data)
    rows += timed(probe_units, settings, data, seed)
    rows += timed(probe_losses_and_metrics, settings, data, seed)
    return rows + timed(probe_regression, settings, data, seed)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings, input = settings_of(snakemake.params), snakemake.input
    files = {name: input[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    shared = settings["baseline"], files, settings["probes"], settings["threads"]
    # First, because it takes processes in which TensorFlow starts otherwise than here.
    accuracies, step_times = timed(compare_types, *shared)
    table = to_table(run_probes(input.model, *shared) + accuracies)
    write_csv(snakemake.output.training, table)
    write_csv(snakemake.output.step_times, pd.DataFrame(step_times))
    print(table.to_string(index=False))
