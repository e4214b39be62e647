"""Time one training step of the notebook's network: by loops, compiled, in NumPy, in Keras.

Each process times all engines but Keras, whose start takes longer than all of them: it has one process, and is timed as
many times as there are processes.
"""

import os
import tempfile
from importlib import import_module

import numpy as np
import pandas as pd

from retrial.errors import InputError
from retrial.files import write_csv
from retrial.job import print_step, start_log
from retrial.network.from_scratch import Network, RMSprop
from retrial.params import settings_of
from retrial.statistics import interval_of_median
from retrial.timing.runner import run_worker, wait_for_quiet
from retrial.training_step.step import BATCH, IMAGES, make_step, training_step
from retrial.training_step.worker import MODULES

TOLERANCE = 1e-12
EXTRAPOLATED = ("naive", "naive_list")


def flat(matrices) -> np.ndarray:
    """The numbers of all matrices, arrays or lists, in one array."""
    return np.concatenate([np.ravel(matrix) for matrix in matrices])


def check_step(engine: str) -> float:
    """The largest difference of a small training step by loops from that of from_scratch.py, in float64.

    Raises:
        InputError: the difference is not rounding.
    """
    x, one_hot, ones, weights, velocities = make_step(n=5, pixels=7, units=4, labels=3, seed=0)
    network = Network([7, 4, 3], len(x), np.float64)
    optimizer = RMSprop(network)
    network.parameters[:], optimizer.velocity[:] = flat(weights), flat(velocities)
    network.forward(x)
    network.backward(x, one_hot.argmax(axis=1))
    optimizer.step()
    op = import_module(MODULES[engine])
    arguments = [x, one_hot, ones, weights, velocities]
    if hasattr(op, "TAKES_LISTS"):
        arguments = [a.tolist() if isinstance(a, np.ndarray) else [m.tolist() for m in a] for a in arguments]
    moved, velocities = zip(*training_step(op, *arguments), strict=True)
    error = max(np.abs(flat(moved) - network.parameters).max(), np.abs(flat(velocities) - optimizer.velocity).max())
    if not error <= TOLERANCE:
        raise InputError(
            f"{MODULES[engine].replace('.', '/')}.py: a training step differs from that of network/from_scratch.py by "
            f"up to {error:.3g}, expected at most {TOLERANCE:g}; correct it before it is timed"
        )
    return float(error)


def cost_table(engines: list[str], runs: list[dict[str, dict[str, list[float]]]]) -> pd.DataFrame:
    """The rows of training_cost.csv, from the results of each process."""
    rows = []
    for engine in engines:
        results = {
            key: np.concatenate([run[engine].get(key, []) for run in runs if engine in run])
            for key in ("seconds", "scaling_error")
        }
        seconds, low, high = interval_of_median(results["seconds"])
        rows.append(
            {
                "engine": engine,
                "seconds_per_step": seconds,
                "seconds_per_epoch": seconds * IMAGES / BATCH,
                "ci_low": low,
                "ci_high": high,
                "measured_or_extrapolated": "extrapolated" if engine in EXTRAPOLATED else "measured",
                "scaling_error": float(np.median(results["scaling_error"]))
                if len(results["scaling_error"])
                else np.nan,
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        for engine in MODULES:
            print(f"checked: a step by {engine} differs from NumPy by at most {check_step(engine):.2g}", flush=True)
        wait_for_quiet(settings["max_busy_cores"], settings["max_wait_s"])
        others = [engine for engine in settings["engines"] if engine != "keras"]
        plans = [others] * settings["processes"] + [["keras"]] * ("keras" in settings["engines"])
        runs = []
        for number, engines in enumerate(plans, start=1):
            print_step("process", number, len(plans), ", ".join(engines))
            runs.append(run_worker(settings | {"engines": engines}, cache, "retrial.training_step.worker"))
    table = cost_table(settings["engines"], runs)
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
