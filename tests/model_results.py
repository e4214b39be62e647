"""One results folder, written by hand, in which every claim is true; and functions that change it."""

from pathlib import Path

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv, write_json
from retrial.network import probe_keys as keys
from retrial.network.probe_rows import Row, to_table
from retrial.notebook.registry import all_statements
from retrial.operations.table import OPERATIONS, TIMED, VIEWS, format_shapes

SEEDS = range(5)
CHAINS = {"f(g(x))": ["scalar", "vector"], "f(g(h(j(x))))": ["scalar", "vector"], "network": ["w1", "w2"]}
# What the notebook's statements would give if all that they say were true; the others give True.
OUTCOMES = {
    ("layers", "as written"): ("value", "Dense (784, 512), Dense (512, 10)"),
    ("type", "as written"): ("value", "keras.engine.sequential.Sequential"),
    ("compil", "as written"): ("value", ""),
    ("compil", "as meant"): ("value", "binary_accuracy 0.9, loss 0.1"),
    ("metric class", "as written"): ("value", "binary_accuracy 0.9, loss 0.1"),
    ("print r", "as written"): ("value", "the result of NumPy"),
    ("printed shapes", "as written"): ("value", "(1, 200), 300 times, (300, 200)"),
    ("add the vector", "as written"): ("AssertionError", ""),
}
GAINS = [0.0001, -0.0002, 0.0003, 0, -0.0001]  # of accuracy by another type of floats, by seed
TRAINING = [
    Row(*keys.OPERATIONS, 4e-7, n=100000),
    *(Row(*keys.INPUT_TYPES._replace(case=name), error) for name, error in (("float64", 0), ("float16", 3e-4))),
    *(Row(*keys.EQUAL_LABELS._replace(case=name), 1) for name in ("float64", "float16")),
    Row(*keys.TRAINED, 0.98, n=1000),
    Row(*keys.COPIED, 0, n=10000),
    Row(*keys.SHUFFLED, 0.1, 0.09, 0.11, 20),
    Row(*keys.CHANCE, 0.1),
    Row(*keys.LOSS_CHANGES, 20, n=20),
    Row(*keys.ACCURACY_CHANGES, 0, n=20),
    Row(*keys.FIRST_STEPS, 1, 0.96, 1, 100),
    Row(*keys.LAST_STEPS, 0.99, 0.95, 1, 100),
    Row(*keys.EQUAL_UNITS, 0.95, 0.94, 0.96, 10000, 0),
    Row(*keys.TOO_FEW_UNITS[:2], "raises InvalidArgumentError", 1),
    Row(*keys.TOO_MANY_UNITS, 0.949, 0.94, 0.96, 10000, 0),
    Row(*keys.UNUSED_UNITS, 0.001, 0.0005, 0.0018, 10000, 0),
    Row(*keys.WITH_LOSS, 0.03),
    Row(*keys.WITHOUT_LOSS, 0),
    Row(*keys.CATEGORICAL_LOSS, 1e-8),
    Row(*keys.SPARSE_LOSS_ON_ONE_HOT[:2], "raises ValueError", 1),
    Row(*keys.NO_METRIC, 0),
    Row(*keys.OTHER_METRICS, 0),
    Row(*keys.LINEAR, 3),
    Row(*keys.CONSTANT_MINUS_LINEAR, 5, 4, 6, 10000),
    Row(*keys.SIGMOID_MINUS_LINEAR, 17, 16, 18, 10000),
    Row(*keys.UNRELATED_LOSS, 0.11, 0.07, 0.15, 5),
    Row(*keys.RELATED_LOSS, 0.9, 0.89, 0.91, 5),
    *(
        Row(*keys.FLOAT_TYPES._replace(case=name), 0.92 + gain * (name != "float32"), n=10000, seed=seed)
        for name in ("float32", "float64", "float16")
        for seed, gain in enumerate(GAINS)
    ),
]
ARRAYS = [
    Row(*keys.CALIBRATION, 0.004, 0.003, 0.005, 5),
    Row(*keys.BROADCAST_STRIDE, 0),
    Row(*keys.BROADCAST_SHARES, 1),
    Row(*keys.REPEATED_STRIDE, 1600),
]


def write_step_times(folder: Path, **milliseconds) -> None:
    """Nine rounds; the time of each type varies by up to 4 %."""
    rows = [
        (name, number, value * (1 + 0.01 * (number % 5)) / 1000, 4, False)
        for name, value in ({"float32": 3, "float64": 7, "float16": 4} | milliseconds).items()
        for number in range(9)
    ]
    write_csv(folder / "probes/step_times.csv", pd.DataFrame(rows, columns=["type", "round", "step_s", "n", "fused"]))


def write_images(path: Path, n: int) -> None:
    """Write images of zeros, the last one with all 256 values; they take no space on the disk."""
    path.unlink(missing_ok=True)
    images = np.lib.format.open_memmap(path, "w+", np.float32, (n, 784))
    images[-1, :256] = np.arange(256, dtype=np.float32) / np.float32(255)
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


def make_model_results(folder: Path) -> Path:
    """Write all that the claims read into `folder`, as on all of MNIST, so that every claim is true; return `folder`."""
    for name in ("data", "predictions", "timings", "tensors", "gradients", "notebook", "probes"):
        (folder / name).mkdir()

    splits = {"train": 60000, "test": 10000}
    provenance = {
        split: {"n": n, "dtype": "uint8", "image_shape": [28, 28], "n_per_label": [n // 10] * 10}
        for split, n in splits.items()
    }
    write_json(folder / "data/provenance.json", {"dataset": "mnist"} | provenance)
    for split, n in splits.items():
        write_images(folder / f"data/x_{split}.npy", n)
        np.save(folder / f"data/y_{split}.npy", (np.arange(n, dtype=np.uint8) + 7) % 10)

    means = {"baseline": 0.98, "mse": 0.92, "unscaled": 0.96, "from_scratch": 0.9795, "old_rmsprop": 0.98}
    write_accuracy(folder, **means, mse_same_rate=[0.965] * 5, low_rate=[0.95] * 5)
    write_step_times(folder)
    write_csv(folder / "probes/training.csv", to_table(TRAINING))
    write_csv(folder / "probes/arrays.csv", to_table(ARRAYS))
    for experiment in ("baseline", "mse", "from_scratch", "old_rmsprop"):
        for seed in SEEDS:
            training = folder / f"models/{experiment}/{seed}"
            training.mkdir(parents=True)
            steps = {"steps": 2345, "steps_per_epoch": 469, "last_batch": 96}
            write_json(training / "training.json", steps | {"settings": {}})
            write_csv(training / "history.csv", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.3, 0.2, 0.1]}))
            rest = 5e-5 if experiment == "from_scratch" else 5e-6
            write_probabilities(folder, experiment, seed, rest=rest * (1 + 0.2 * seed))
            write_json(training / "metrics.json", {"test_accuracy": 0.92, "binary_accuracy": 0.984 + 0.001 * seed})
    statements = [
        (s.name, s.reading, *OUTCOMES.get(s[:2], ("value", str(s.reading != "without the copy"))))
        for s in all_statements()
    ]
    columns = ["name", "reading", "outcome", "message"]
    write_csv(folder / "notebook/as_written.csv", pd.DataFrame(statements, columns=columns))

    shapes = pd.DataFrame({"operation": TIMED, "shape": [format_shapes(OPERATIONS[name].shapes) for name in TIMED]})
    implementations = pd.Series(["naive", "naive_list", "numba", "numpy", "naive_three_loops"], name="implementation")
    checks = shapes.merge(implementations, how="cross").assign(max_abs_error=1e-15, tolerance=1e-10)
    write_csv(folder / "timings/checks.csv", checks.drop(columns="shape"))
    baselines = pd.Series(["naive", "naive_list"], name="baseline")
    speedups = shapes.assign(implementation="numpy").merge(baselines, how="cross")
    write_csv(folder / "timings/speedups.csv", speedups.assign(speedup=100.0, ci_low=90.0, ci_high=130.0, stable=True))
    control = pd.DataFrame({"operation": "relu", "covers_1": [True] * 19 + [False]})
    write_csv(folder / "timings/control.csv", control)
    ms = {"add_relu by hand": 9, "add_relu NumPy": 1, "x + y": 0.5, "add_relu NumPy, print not timed": 0.03}
    replay = pd.DataFrame({"reading": ms.keys(), "clock": "raw", "median": np.array([*ms.values()]) / 1000})
    write_csv(folder / "timings/replay.csv", replay.assign(low=replay["median"] * 0.95, high=replay["median"] * 1.05))

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
    methods = pd.Series(["product of the factors", "GradientTape", "central differences"], name="method")
    cases = pd.Series(CHAINS, name="case").explode().rename_axis("chain").reset_index()
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


# Changes: each returns a function of the results folder.


def table(name: str, rows: str | None = None, **values):
    """Rows of a table have other values."""
    return lambda results: edit(results / name, rows, **values)


def statement(name: str, message: str = "False", reading: str = "as written", outcome: str = "value"):
    """A statement of the notebook has another outcome."""
    rows = f"name == '{name}' and reading == '{reading}'"
    return table("notebook/as_written.csv", rows, outcome=outcome, message=message)


def probe(key: keys.Key, file: str = "training", **values):
    """A row of the probes has other values."""

    def change(results: Path) -> None:
        path = results / f"probes/{file}.csv"
        found = pd.read_csv(path).astype({"n": float, "value": float})
        rows = (found["probe"] == key.probe) & (found["case"] == key.case)
        rows &= (found["statistic"] == key.statistic) | (key.statistic == "")
        assert rows.sum() == 1
        found.loc[rows, list(values)] = list(values.values())
        write_csv(path, found.astype({"n": int}))

    return change


def interval(key: keys.Key, low: float, high: float, file: str = "training"):
    """The interval of a probe is another."""
    return probe(key, file, value=(low + high) / 2, low=low, high=high)


def gains(name: str, values):
    """The accuracy of a float type differs by this from float32."""

    def change(results: Path) -> None:
        path = results / "probes/training.csv"
        found = pd.read_csv(path)
        rows = (found["probe"] == "float_types") & (found["case"] == name)
        found.loc[rows, "value"] = 0.92 + np.array(values)
        write_csv(path, found)

    return change


def accuracies(**values):
    """The experiments have other accuracies."""
    return lambda results: write_accuracy(results, **values)


def spread(mean: float, half_width: float) -> list[float]:
    """Five values with this mean, whose 95 % interval by Student's t is ± half_width."""
    values = np.array([-2, -1, 0, 1, 2]) / np.std([-2, -1, 0, 1, 2], ddof=1)
    return list(mean + values * half_width * 5**0.5 / 2.7764451052)


def one_seed(results: Path) -> None:
    """Only one seed is left."""
    write_csv(results / "accuracy.csv", pd.read_csv(results / "accuracy.csv").query("seed == 0"))
