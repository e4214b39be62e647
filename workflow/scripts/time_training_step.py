"""Time one training step of the notebook's network: by loops, compiled, in NumPy, in Keras.

By loops a step would take many seconds. But a loop over the rows of a matrix does the same work for each of them, so
every operation is timed on a few rows, and its time is multiplied by the count of all its multiply-adds (or elements)
over that of these rows. It is timed on twice as many rows as well: both must predict the same.

Each process times all engines but Keras, whose start takes longer than all of them: it has one process, and is timed as
many times as there are processes.
"""

import os
import tempfile

import numpy as np
import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.operations.step import BATCH, IMAGES, calls_of_step
from retrial.operations.table import format_shapes
from retrial.params import settings_of
from retrial.statistics import interval_of_median
from retrial.timing.engines import LOOPS, STEPS_OF_CALL, check_step, load_step, parts_of, plan_step
from retrial.timing.plan import MIN_PROCESSES, Task
from retrial.timing.slices import samples_of
from retrial.timing.worker import take_slices


def predict(engine: str, samples: dict) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of a step by loops, predicted from a few rows of each call, and from twice as many; (processes,) each.

    Args:
        samples: seconds per call, shape (processes,), by operation, implementation and shape.
    """
    few, twice = (
        sum(
            samples[part.operation, engine, format_shapes(part.shapes)] * call.steps / part.steps
            for call in calls_of_step()
            for part in [parts_of(call)[i]]
        )
        for i in (0, 1)
    )
    return few, twice


def cost_row(engine: str, slices: pd.DataFrame) -> dict:
    """One row of training_cost.csv. The compiled step is fast enough to be measured, which tests the prediction."""
    samples, error = samples_of(slices), np.nan
    if engine in STEPS_OF_CALL:
        whole = slices[(slices["operation"] == "training_step") & (slices["implementation"] == engine)]
        if engine == "keras":  # its samples are from one process
            whole = whole.assign(process=whole["slice"])
        (per_call,) = samples_of(whole).values()
        seconds = per_call / STEPS_OF_CALL[engine]
    if engine in LOOPS:
        few, twice = predict(engine, samples)
        prediction, seconds = (twice, seconds) if engine in STEPS_OF_CALL else (few, twice)
        error = float(np.median(prediction / seconds - 1))
    interval = interval_of_median(seconds)
    return {
        "engine": engine,
        "seconds_per_step": interval.value,
        "seconds_per_epoch": interval.value * IMAGES / BATCH,
        "ci_low": interval.low,
        "ci_high": interval.high,
        "measured_or_extrapolated": "measured" if engine in STEPS_OF_CALL else "extrapolated",
        "scaling_error": error,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    settings["processes"] = max(MIN_PROCESSES, settings["processes"] // 3)  # its calls are long
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        for engine in LOOPS:
            print(f"checked: a step by {engine} differs from NumPy by at most {check_step(engine):.2g}", flush=True)
        slices = take_slices(plan_step(settings["engines"]), settings, cache, load_step)
        if "keras" in settings["engines"]:
            keras = Task.slow("training_step", (), "keras", slices=settings["processes"])
            slices += take_slices([keras], settings | {"processes": 1}, cache, load_step)
    slices = pd.DataFrame(slices)
    table = pd.DataFrame([cost_row(engine, slices) for engine in settings["engines"]])
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
