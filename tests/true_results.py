"""A results folder written by hand in which every claim is true, and functions that change it."""

from pathlib import Path

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv, write_json
from retrial.notebook.statements import MEANT, NO_COPY, STATEMENTS, WRITTEN
from retrial.operations.table import OPERATIONS, TIMED, VIEWS, format_shapes

SEEDS = range(5)
LABELS = [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
CASES = [f"{kind} {chain}" for chain in ("f(g(x))", "f(g(h(j(x))))") for kind in ("scalar", "vector")]
# What the notebook's statements would give if all that they say were true.
MESSAGES = {
    ("division", WRITTEN): "shape (4, 64) before, (64, 4) after; values 0 to 255 before, 0 to 1 after",
    ("layers", WRITTEN): "Dense (784, 512), Dense (512, 10)",
    ("type", WRITTEN): "keras.engine.sequential.Sequential",
    ("compil", WRITTEN): "",
    ("compil", MEANT): "binary_accuracy 0.9, loss 0.1",
    ("integer labels", MEANT): "binary_accuracy 0.9, loss 0.1",
    ("metric class", WRITTEN): "binary_accuracy 0.9, loss 0.1",
    ("print r", WRITTEN): "the result of NumPy",
    ("comments on shapes", WRITTEN): "(1, 10), 32 times, (32, 10)",
}


def write_images(path: Path, n: int) -> None:
    """Write images of zeros, except for one pixel; they take no space on the disk."""
    path.unlink(missing_ok=True)
    images = np.lib.format.open_memmap(path, "w+", np.float32, (n, 784))
    images[-1, -1] = 1
    images.flush()


def write_accuracy(folder: Path, **accuracies) -> None:
    """Write the accuracies of each experiment: a list with one for each seed, or the mean of five seeds."""
    rows = [
        (experiment, seed, accuracy, 0.1)
        for experiment, values in accuracies.items()
        for seed, accuracy in enumerate([values + 0.001 * (i - 2) for i in SEEDS] if np.isscalar(values) else values)
    ]
    table = pd.DataFrame(rows, columns=["experiment", "seed", "test_accuracy", "test_loss"])
    write_csv(folder / "accuracy.csv", table)
    summary = table.groupby("experiment", as_index=False).agg(mean=("test_accuracy", "mean"))
    write_csv(folder / "accuracy_summary.csv", summary.assign(ci_images_low=0.977, ci_images_high=0.982))


def write_probabilities(folder: Path, experiment: str, seed: int, digit: int = 7, rest: float = 7e-6) -> None:
    """Write predictions of 20 images: a digit, and with the probability `rest` one of the others."""
    path = folder / f"models/{experiment}/{seed}/probabilities.npy"
    path.unlink(missing_ok=True)
    probabilities = np.full((20, 10), rest / 9, dtype=np.float32)
    probabilities[:, digit] = 1 - rest
    np.save(path, probabilities)


def make_true_results(folder: Path) -> Path:
    """Write all that the claims read into `folder`, as on all of MNIST, so that every claim is true; return `folder`."""
    for name in ("data", "predictions", "timings", "tensors", "gradients", "notebook"):
        (folder / name).mkdir()

    splits = {"train": 60000, "test": 10000}
    provenance = {split: {"n": n, "dtype": "uint8", "image_shape": [28, 28]} for split, n in splits.items()}
    write_json(folder / "data/provenance.json", {"dataset": "mnist"} | provenance)
    for split, n in splits.items():
        write_images(folder / f"data/x_{split}.npy", n)
        np.save(folder / f"data/y_{split}.npy", (np.arange(n, dtype=np.uint8) + 7) % 10)

    write_accuracy(folder, baseline=0.98, mse=0.92, unscaled=0.96, from_scratch=0.9795)
    for experiment in ("baseline", "mse", "unscaled"):
        for seed in SEEDS:
            training = folder / f"models/{experiment}/{seed}"
            training.mkdir(parents=True)
            write_json(training / "training.json", {"steps": 2345, "steps_per_epoch": 469, "last_batch": 96})
            write_csv(training / "history.csv", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.3, 0.2, 0.1]}))
            write_probabilities(folder, experiment, seed, rest=5e-6 + 1e-6 * seed)
            write_json(training / "metrics.json", {"test_accuracy": 0.92, "binary_accuracy": 0.984 + 0.001 * seed})
    first_ten = pd.DataFrame({"index": range(10), "label": LABELS, "predicted": LABELS})
    write_csv(folder / "predictions/first_ten.csv", first_ten)
    statements = [(s.name, s.reading, "value", MESSAGES.get(s[:2], str(s.reading != NO_COPY))) for s in STATEMENTS]
    columns = ["name", "reading", "outcome", "message"]
    write_csv(folder / "notebook/as_written.csv", pd.DataFrame(statements, columns=columns))

    shapes = pd.DataFrame(
        [(name, format_shapes(OPERATIONS[name].shapes)) for name in TIMED], columns=["operation", "shape"]
    )
    implementations = pd.Series(["naive", "naive_list", "numba", "numpy", "naive_three_loops"], name="implementation")
    checks = shapes.merge(implementations, how="cross").assign(max_abs_error=1e-15, tolerance=1e-10)
    write_csv(folder / "timings/checks.csv", checks.drop(columns="shape"))
    write_csv(folder / "timings/timings.csv", shapes.merge(implementations, how="cross").assign(stable=True))
    baselines = pd.Series(["naive", "naive_list"], name="baseline")
    speedups = shapes.assign(implementation="numpy").merge(baselines, how="cross")
    write_csv(folder / "timings/speedups.csv", speedups.assign(speedup=100.0, ci_low=90.0, ci_high=130.0))
    control = pd.DataFrame({"operation": "relu", "covers_1": [True] * 19 + [False]})
    write_csv(folder / "timings/control.csv", control)
    readings = [("add_relu by hand", 0.008975), ("add_relu NumPy", 0.000991), ("add_relu ratio", 9.06), ("x + y", 0.0)]
    replay = pd.DataFrame(readings, columns=["reading", "notebook"]).merge(
        pd.Series(["raw", "1 ms"], name="clock"), how="cross"
    )
    replay = replay.assign(median=replay["notebook"], low=replay["notebook"], high=np.inf, inside=True)
    without_print = {
        "reading": "add_relu NumPy, print not timed",
        "clock": "raw",
        "notebook": 0.000991,
        "inside": False,
    }
    without_print |= {"median": 3e-5, "low": 2e-5, "high": 4e-5}
    write_csv(folder / "timings/replay.csv", pd.concat([replay, pd.DataFrame([without_print])]))

    broadcasting = pd.DataFrame(
        {
            "operation": ["add_matrix_vector", "maximum"] * 2,
            "method": ["broadcasting"] * 2 + ["explicit repetition"] * 2,
            "max_abs_error": 0.0,
            "peak_bytes": [100, 100, 200, 200],
            "ratio": [1.0, 1.0, 2.0, 2.0],
            "ratio_ci_low": [1.0, 1.0, 1.5, 1.5],
            "ratio_ci_high": [1.0, 1.0, 2.5, 2.5],
            "stable": True,
        }
    )
    write_csv(folder / "tensors/broadcasting.csv", broadcasting)
    views = [(operation, method, True, method == "view") for operation in VIEWS for method in ("view", "copy")]
    columns = ["operation", "method", "same_order", "shares_memory"]
    write_csv(folder / "tensors/views.csv", pd.DataFrame(views, columns=columns))
    relu = pd.DataFrame({"inputs": ["uniform in [0, 1)", "standard normal"], "n": 2000, "n_changed": [0, 1000]})
    write_csv(folder / "tensors/relu.csv", relu)
    methods = pd.Series(["product of the factors", "GradientTape", "central differences"], name="method")
    cases = pd.Series([*CASES, "network's loss by w1", "network's loss by w2"], name="case").to_frame()
    chain_rule = cases.merge(methods, how="cross").assign(max_abs_error=1e-10, ok=True)
    write_csv(folder / "gradients/chain_rule.csv", chain_rule)
    gradient_check = pd.DataFrame({"case": ["gradient in float32", "weights after 100 steps"], "ok": True})
    write_csv(folder / "gradients/gradient_check.csv", gradient_check.assign(max_relative_error=1e-7))
    seconds = {"naive": 17.0, "naive_list": 6.0, "numba": 0.3, "numpy": 0.003, "keras": 0.004}
    cost = pd.DataFrame({"engine": seconds.keys(), "seconds_per_step": seconds.values(), "scaling_error": 0.01})
    cost = cost.assign(seconds_per_epoch=lambda t: t["seconds_per_step"] * 468.75)
    cost = cost.assign(ci_low=lambda t: t["seconds_per_step"] * 0.9, ci_high=lambda t: t["seconds_per_step"] * 1.1)
    write_csv(folder / "timings/training_cost.csv", cost)
    return folder


def edit(path: Path, rows: str | None = None, **values) -> None:
    """Set columns of a table, in all rows or in those that match a query."""
    table = pd.read_csv(path, keep_default_na="notebook" not in path.parts)
    index = table.query(rows).index if rows else table.index
    assert len(index)
    for column, value in values.items():
        table.loc[index, column] = value
    write_csv(path, table)


def edit_json(path: Path, **values) -> None:
    write_json(path, read_json(path) | values)


def edit_array(path: Path, change) -> None:
    array = change(np.load(path))
    path.unlink()
    np.save(path, array)


def edit_images(results: Path, change) -> None:
    """Replace the test images with a few, so that no test writes megabytes."""
    path = results / "data/x_test.npy"
    path.unlink()
    np.save(path, change(np.ones((3, 784), dtype=np.float32)))


def drop_label_9(results: Path) -> None:
    for split in ("train", "test"):
        edit_array(results / f"data/y_{split}.npy", lambda y: np.minimum(y, 8))
