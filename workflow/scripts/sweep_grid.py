"""Train the networks of some points of a sweep's grid, from each of their seeds; write their accuracies, or why not.

In a large grid, up to ten points are one job, because starting TensorFlow takes longer than a short training. Each
point that finished is stored in results/sweeps/{sweep}/points/ with a checksum of all that it depends on; a job that
runs again, because it was killed, a point failed, or the grid grew, takes from there what is still valid. A child
process does the work, so that a point that crashes or runs out of memory has failed, and the others go on.
"""

import hashlib
import json
import multiprocessing
import signal
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from retrial.digest import SCRIPTS, code_digests
from retrial.files import read_json, sha256, write_json
from retrial.job import start_log
from retrial.network.scores import SCORES
from retrial.network.train import train_network
from retrial.network.training import network_inputs
from retrial.params import settings_of


def split_off(n: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The indices of the training images to train on, and of those to validate on, the same for every grid point."""
    order, n_validation = np.random.default_rng(seed).permutation(n), max(1, round(share * n))
    return order[n_validation:], order[:n_validation]


def score_seeds(settings: dict, threads: int, files: dict[str, str], validation: dict) -> dict:
    """Train a network from each seed and score it on the validation images.

    Args:
        settings: of the experiment.
        threads: for each training.
        files: of `x_train` and `y_train`, as in results/data/.
        validation: `share` and `seed`, as in config.yaml.

    Returns:
        `validation_accuracy` of each seed, and `failed`, empty; or, if one failed, no accuracies, and the reason.
    """
    # Loaded again for each grid point, because network_inputs changes its argument in place.
    x, y = (np.load(files[name], mmap_mode="c", allow_pickle=False) for name in ("x_train", "y_train"))
    x, (rows, held_out) = network_inputs(x, settings["divide_by_255"]), split_off(len(y), **validation)
    x_train, y_train, x_held_out = x[rows], y[rows], x[held_out]
    accuracies = []
    for seed in settings["seeds"]:
        try:
            with threadpool_limits(threads, user_api="blas"):
                trained = train_network(settings | {"threads": threads}, seed, x_train, y_train)
                probabilities = trained.predict(x_held_out)
            if not np.isfinite(loss := trained.history["loss"][-1]):
                raise ArithmeticError(f"a loss of {loss} after training, expected a finite number")
        except Exception as error:  # whatever it is, the other points can still be trained
            traceback.print_exc()
            return failure(f"seed {seed}: {type(error).__name__}: {str(error).splitlines()[0]}")
        accuracies.append(SCORES["accuracy"](y[held_out], probabilities))
    return {"validation_accuracy": accuracies, "failed": ""}


def failure(reason: str) -> dict:
    """The record of a grid point that failed."""
    return {"validation_accuracy": [], "failed": reason}


def run_points(points: dict[str, dict], keys: dict[str, str], store: Path, work: Callable[[dict], dict]) -> dict:
    """The record of each grid point: from the store if it is valid, or else what `work` returns, in a child process.

    Args:
        points: what `work` needs, by grid point.
        keys: a checksum of all that a point depends on, by grid point.
        store: the folder of the records.
    """
    store.mkdir(parents=True, exist_ok=True)
    files = {name: store / f"{name}.json" for name in points}
    for name, file in files.items():
        if file.exists():
            record = read_json(file)
            if record["failed"] or record["key"] != keys[name]:
                file.unlink()

    def work_on(names):
        for name in names:
            record = work(points[name])
            print(f"grid point {name}: {record['failed'] or record['validation_accuracy']}", flush=True)
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


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings, points = settings_of(snakemake.params), settings_of(snakemake.params)["points"]
    files = {name: snakemake.input[name] for name in ("x_train", "y_train")}
    shared = {name: sha256(path) for name, path in files.items()}
    shared |= {key: settings[key] for key in ("threads", "validation")}
    shared |= {"code": code_digests(SCRIPTS, "sweep_grid.py")}
    keys = {
        name: hashlib.sha256(json.dumps([shared, point], sort_keys=True).encode()).hexdigest()
        for name, point in points.items()
    }
    store = Path(snakemake.output[0]).parent / "points"
    records = run_points(
        points, keys, store, lambda point: score_seeds(point, settings["threads"], files, settings["validation"])
    )
    write_json(snakemake.output[0], records)
