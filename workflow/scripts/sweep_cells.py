"""Train the networks of some cells of a sweep, from each of their seeds; write their accuracies, or why they failed.

Several cells are one job, because starting a job and TensorFlow takes longer than a short training. Each finished cell
is stored in results/sweeps/{sweep}/cells/ with a checksum of all that it depends on; a job that runs again, because it
was killed, a cell failed, or the grid grew, takes from there what is still valid. A child process does the work, so
that a cell that crashes or runs out of memory is a failed cell, and not the end of the others.
"""

import hashlib
import json
import multiprocessing
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from retrial.files import read_json, sha256, write_json
from retrial.job import start_log
from retrial.network.scores import SCORES
from retrial.network.training import network_inputs


def score_seeds(settings: dict, files: dict[str, str]) -> dict:
    """Train a network from each seed and score it on the test set.

    Args:
        settings: of the experiment, and `threads`.
        files: of `x_train`, `y_train`, `x_test` and `y_test`, as in results/data/.

    Returns:
        `test_accuracy` of each seed, and `failed`, empty; or, if one failed, no accuracies, and the reason.
    """
    train = {"keras": train_in_keras, "numpy": train_in_numpy}[settings["engine"]]
    # Loaded again for each cell, because network_inputs changes its argument in place.
    arrays = {name: np.load(path, mmap_mode="c", allow_pickle=False) for name, path in files.items()}
    x_train, x_test = (network_inputs(arrays[name], settings["divide_by_255"]) for name in ("x_train", "x_test"))
    accuracies = []
    for seed in settings["seeds"]:
        try:
            loss, probabilities = train(settings, seed, x_train, arrays["y_train"], x_test)
            if not np.isfinite(loss):
                raise ArithmeticError(f"a loss of {loss} after training, expected a finite number")
        except Exception as error:  # whatever it is, the other cells can still be trained
            traceback.print_exc()
            return failure(f"seed {seed}: {type(error).__name__}: {str(error).splitlines()[0]}")
        accuracies.append(SCORES["accuracy"](arrays["y_test"], probabilities))
    return {"test_accuracy": accuracies, "failed": ""}


def failure(reason: str) -> dict:
    """The record of a cell that failed."""
    return {"test_accuracy": [], "failed": reason}


def run_cells(cells: dict[str, dict], keys: dict[str, str], store: Path, work: Callable[[dict], dict]) -> dict:
    """The record of each cell: from the store if it is valid, or else what `work` returns, in a child process.

    Args:
        cells: what `work` needs, by cell.
        keys: a checksum of all that a cell depends on, by cell.
        store: the folder of the records.
    """
    store.mkdir(parents=True, exist_ok=True)
    files = {name: store / f"{name}.json" for name in cells}
    for name, file in files.items():
        if file.exists():
            record = read_json(file)
            if record["failed"] or record["key"] != keys[name]:
                file.unlink()

    def work_on(names):
        for name in names:
            record = work(cells[name])
            print(f"cell {name}: {record['failed'] or record['test_accuracy']}", flush=True)
            write_json(files[name], record | {"key": keys[name]})

    while missing := [name for name, file in files.items() if not file.exists()]:
        child = multiprocessing.get_context("fork").Process(target=work_on, args=(missing,))
        child.start()
        child.join()
        if child.exitcode:
            killed = child.exitcode < 0
            reason = f"was killed by {signal.Signals(-child.exitcode).name}" if killed else "ended early, see the log"
            ended = next(name for name in missing if not files[name].exists())
            write_json(files[ended], failure(f"its process {reason}") | {"key": keys[ended]})
    return {name: read_json(file) for name, file in files.items()}


def train_in_keras(settings, seed, x_train, y_train, x_test) -> tuple[float, np.ndarray]:
    """The last loss, and the probabilities of the test images, shape (n, labels)."""
    from retrial.network.keras import build_model, start_keras, train

    keras = start_keras(settings["threads"])
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    model = build_model("sweep", settings, x_train.shape[1])
    history = timed(train, model, x_train, y_train, settings)
    return history["loss"][-1], np.asarray(model(x_test))


def train_in_numpy(settings, seed, x_train, y_train, x_test) -> tuple[float, np.ndarray]:
    """The last loss, and the probabilities of the test images, shape (n, labels)."""
    from threadpoolctl import threadpool_limits

    from retrial.network.numpy import predict, train

    with threadpool_limits(settings["threads"], user_api="blas"):
        network, history = timed(train, x_train, y_train, settings, seed)
        return history["loss"][-1], predict(network, x_test, settings["batch_size"])


def timed(train: Callable, *arguments):
    """Train, and print the time that it took."""
    start, cpu = time.perf_counter(), time.process_time()
    result = train(*arguments)
    print(f"trained in {time.perf_counter() - start:.2f} s, {time.process_time() - cpu:.2f} core-seconds")
    return result


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, settings = snakemake.input, snakemake.params.settings
    files = {name: input[name] for name in ("x_train", "y_train", "x_test", "y_test")}
    shared = {name: sha256(path) for name, path in files.items()} | {"code": settings["code"]}
    keys = {
        name: hashlib.sha256(json.dumps([shared, cell], sort_keys=True).encode()).hexdigest()
        for name, cell in settings["cells"].items()
    }
    store = Path(snakemake.output[0]).parent / "cells"
    write_json(snakemake.output[0], run_cells(settings["cells"], keys, store, lambda cell: score_seeds(cell, files)))
