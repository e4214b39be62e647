"""A results folder written by hand in which every claim is true, and changes that make a claim false or leave it open.

A change is a function of the results folder; tests/falsified/ has the changes of each claim.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv, write_json
from retrial.network import probe_keys as keys
from retrial.network.probe_rows import Row, to_table
from retrial.notebook.registry import all_statements
from retrial.operations.table import OPERATIONS, TIMED, VIEWS, format_shapes

WRITTEN, MEANT, NO_COPY = "as written", "as meant", "without the copy"
SEEDS = range(5)
TWO_SEEDS = "needs two or more seeds"
ACCURACIES = {
    "baseline": 0.98,
    "mse": 0.92,
    "mse_same_rate": 0.965,
    "low_rate": 0.95,
    "unscaled": 0.96,
    "from_scratch": 0.9795,
}
CASES = [f"{kind} {chain}" for chain in ("f(g(x))", "f(g(h(j(x))))") for kind in ("scalar", "vector")]
# What the notebook's statements would give if all that they say were true.
OUTCOMES = {
    ("integer labels", MEANT): ("ValueError", "shapes"),
    ("add the vector", WRITTEN): ("AssertionError", ""),
    ("layers", WRITTEN): ("value", "Dense (784, 512), Dense (512, 10)"),
    ("type", WRITTEN): ("value", "keras.engine.sequential.Sequential"),
    ("compil", WRITTEN): ("value", ""),
    ("compil", MEANT): ("value", "binary_accuracy 0.9, loss 0.1"),
    ("metric class", WRITTEN): ("value", "binary_accuracy 0.9, loss 0.1"),
    ("print r", WRITTEN): ("value", "the result of NumPy"),
    ("comments on shapes", WRITTEN): ("value", "(1, 10), 32 times, (32, 10)"),
}


# What the probes would find if all that the notebook says were true.
PROBES = [
    Row(*keys.OPERATIONS, 1e-5, n=100000),
    Row(*keys.INPUT_TYPES, 0, n=100000),
    Row(*keys.EQUAL_LABELS, 1, n=10000),
    Row(*keys.INPUT_TYPES._replace(case="float16"), 3e-4, n=100000),
    Row(*keys.EQUAL_LABELS._replace(case="float16"), 0.9999, n=10000),
    Row(*keys.TRAINED, 0.98, n=1000),
    Row(*keys.COPIED, 0, n=10000),
    Row(*keys.SHUFFLED, 0.1, 0.051, 0.149, 20),
    Row(*keys.CHANCE, 0.1),
    Row(*keys.LOSS_CHANGES, 20, n=20),
    Row(*keys.ACCURACY_CHANGES, 0, n=20),
    Row(*keys.FIRST_STEPS, 1, 0.96, 1, 100),
    Row(*keys.LAST_STEPS, 0.99, 0.901, 1, 100),
    Row(*keys.EQUAL_UNITS, 0.95, 0.94, 0.96, 10000, 0),
    Row(*keys.TOO_FEW_UNITS[:2], "raises InvalidArgumentError", 1),
    Row(*keys.TOO_MANY_UNITS, 0.949, 0.94, 0.96, 10000, 0),
    Row(*keys.UNUSED_UNITS, 0.001, 0.0005, 0.0099, 10000, 0),
    Row(*keys.WITH_LOSS, 0.03),
    Row(*keys.WITHOUT_LOSS, 0),
    Row(*keys.CATEGORICAL_LOSS, 9e-7),
    Row(*keys.SPARSE_LOSS_ON_ONE_HOT[:2], "raises ValueError", 1),
    Row(*keys.NO_METRIC, 0),
    Row(*keys.OTHER_METRICS, 0),
    Row(*keys.LINEAR, 3),
    Row(*keys.SIGMOID, 20),
    Row(*keys.SIGMOID_MINUS_LINEAR, 17, 0.01, 18, 10000),
    *(
        Row(*keys.FLOAT_TYPES._replace(case=name), 0.92 + gain * (name != "float32"), n=10000, seed=seed)
        for name in ("float32", "float64", "float16")
        for seed, gain in enumerate([0.0001, -0.0002, 0.0003, 0, -0.0001])
    ),
]
ARRAYS = [
    Row(*keys.CALIBRATION, 0.004, 0.003, 0.0099, 5),
    Row(*keys.BROADCAST_STRIDE, 0),
    Row(*keys.BROADCAST_SHARES, 1),
    Row(*keys.REPEATED_STRIDE, 1600),
    Row(*keys.REPEATED_SHARES, 0),
]


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


def write_disagreement(folder: Path, between: float, spread: float = 0.0005) -> None:
    """Two seeds of baseline disagree on 0.018 of the images, baseline and mse_same_rate on `between`."""
    seeds = [("baseline", i, "baseline", j, 0.018 + 0.0001 * (i + j)) for i in SEEDS for j in SEEDS if i < j]
    rows = [("baseline", i, "mse_same_rate", j, between + spread * (i * 2 % 5 - 2)) for i in SEEDS for j in SEEDS]
    columns = ["experiment", "seed", "other_experiment", "other_seed", "share"]
    write_csv(folder / "predictions/disagreement.csv", pd.DataFrame(seeds + rows, columns=columns))


def write_step_times(folder: Path, spread: float = 0.01, **milliseconds) -> None:
    """Nine rounds of each type; the time of float16 varies by 4 times the spread."""
    rows = [
        (name, number, value * (1 + (spread if name == "float16" else 0.01) * (number % 5 - 2)) / 1000, 4, False)
        for name, value in ({"float32": 3, "float64": 7, "float16": 4} | milliseconds).items()
        for number in range(9)
    ]
    columns = ["type", "round", "step_s", "n", "fused"]
    write_csv(folder / "probes/step_times.csv", pd.DataFrame(rows, columns=columns))


def make_true_results(folder: Path) -> Path:
    """Write all that the claims read into `folder`, as on all of MNIST, so that every claim is true; return `folder`."""
    for name in ("data", "predictions", "timings", "tensors", "gradients", "notebook", "probes"):
        (folder / name).mkdir()

    splits = {"train": 60000, "test": 10000}
    provenance = {split: {"n": n, "dtype": "uint8", "image_shape": [28, 28]} for split, n in splits.items()}
    write_json(folder / "data/provenance.json", {"dataset": "mnist"} | provenance)
    for split, n in splits.items():
        write_images(folder / f"data/x_{split}.npy", n)
        np.save(folder / f"data/y_{split}.npy", (np.arange(n, dtype=np.uint8) + 7) % 10)

    write_accuracy(folder, **ACCURACIES)
    for experiment in ("baseline", "mse", "unscaled"):
        for seed in SEEDS:
            training = folder / f"models/{experiment}/{seed}"
            training.mkdir(parents=True)
            write_json(training / "training.json", {"steps": 2345, "steps_per_epoch": 469, "last_batch": 96})
            write_csv(training / "history.csv", pd.DataFrame({"epoch": [1, 2, 3], "loss": [0.3, 0.2, 0.1]}))
            write_probabilities(folder, experiment, seed, rest=5e-6 + 1e-6 * seed)
            write_json(training / "metrics.json", {"test_accuracy": 0.92, "binary_accuracy": 0.984 + 0.001 * seed})
    write_disagreement(folder, 0.026)
    write_csv(folder / "probes/training.csv", to_table(PROBES))
    write_csv(folder / "probes/arrays.csv", to_table(ARRAYS))
    write_step_times(folder)
    statements = [
        (s.name, s.reading, *OUTCOMES.get(s[:2], ("value", str(s.reading != NO_COPY)))) for s in all_statements()
    ]
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
    readings = [("add_relu by hand", 0.008975), ("add_relu NumPy", 0.000991), ("x + y", 0.0)]
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


def change_json(name: str, **values):
    """Keys of a JSON file have other values."""
    return lambda results: write_json(results / name, read_json(results / name) | values)


def change_array(name: str, change):
    """An array is another."""

    def apply(results: Path) -> None:
        array = change(np.load(results / name))
        (results / name).unlink()
        np.save(results / name, array)

    return apply


def change_images(change):
    """The images are others, and only a few, so that no test writes megabytes."""

    def apply(results: Path) -> None:
        for split in ("train", "test"):
            path = results / f"data/x_{split}.npy"
            path.unlink()
            np.save(path, change(np.ones((3, 784), dtype=np.float32)))

    return apply


def drop_label_9(results: Path) -> None:
    """No image has the label 9."""
    for split in ("train", "test"):
        change_array(f"data/y_{split}.npy", lambda y: np.minimum(y, 8))(results)


def probe(key: keys.Key, file: str = "training", **values):
    """Columns of the rows of a probe have other values."""

    def change(results: Path) -> None:
        path = results / f"probes/{file}.csv"
        table = pd.read_csv(path).astype({"n": float})
        rows = (table["probe"] == key.probe) & (table["case"] == key.case)
        if key.statistic:
            rows &= table["statistic"] == key.statistic
        assert rows.any()
        table.loc[rows, list(values)] = list(values.values())
        write_csv(path, table.astype({"n": int}))

    return change


def gains(name: str, values):
    """The accuracies of a float type are these, minus those of float32."""

    def change(results: Path) -> None:
        table = pd.read_csv(results / "probes/training.csv")
        rows = (table["probe"] == keys.FLOAT_TYPES.probe) & (table["case"] == name)
        table.loc[rows, "value"] = 0.92 + np.array(values)
        base = (table["probe"] == keys.FLOAT_TYPES.probe) & (table["case"] == "float32")
        table.loc[base, "value"] = 0.92
        write_csv(results / "probes/training.csv", table)

    return change


def step_times(**options):
    """The times of a step by type are others."""
    return lambda results: write_step_times(results, **options)


def disagreement(between: float, **options):
    """baseline and mse_same_rate disagree on another share of the images."""
    return lambda results: write_disagreement(results, between, **options)


def statement(name: str, message: str = "False", reading: str = WRITTEN, outcome: str = "value"):
    """A statement of the notebook has another outcome."""
    return lambda results: edit(
        results / "notebook/as_written.csv",
        f"name == '{name}' and reading == '{reading}'",
        outcome=outcome,
        message=message,
    )


def speedup(operation: str, low: float, high: float, stable: bool = True, baseline: str = "naive"):
    """The interval of NumPy's speed-up is another."""

    def change(results: Path) -> None:
        rows = f"operation == '{operation}'"
        edit(results / "timings/speedups.csv", f"{rows} and baseline == '{baseline}'", ci_low=low, ci_high=high)
        edit(results / "timings/timings.csv", f"{rows} and implementation == 'numpy'", stable=stable)

    return change


def reading(name: str, clock: str = "1 ms", **values):
    """The replay of a reading of the clock gives something else."""
    rows = f"reading == '{name}' and clock == '{clock}'"
    return lambda results: edit(results / "timings/replay.csv", rows, **values)


def accuracies(**values):
    """The experiments have other accuracies."""
    return lambda results: write_accuracy(results, **values)


def one_seed(results: Path) -> None:
    """Only one seed is left."""
    table = pd.read_csv(results / "accuracy.csv").query("seed == 0")
    write_csv(results / "accuracy.csv", table)


def digits(*predicted: int):
    """The seeds of baseline predict these digits for the first test image."""

    def change(results: Path) -> None:
        for seed, digit in zip(SEEDS, predicted, strict=True):
            write_probabilities(results, "baseline", seed, digit)

    return change


def rests(*values: float):
    """The probabilities that the first test image is not a 7 are these, by seed."""

    def change(results: Path) -> None:
        for seed, rest in zip(SEEDS, values, strict=True):
            write_probabilities(results, "baseline", seed, rest=rest)

    return change


def table(name: str, rows: str | None = None, **values):
    """Rows of a table have other values."""
    return lambda results: edit(results / name, rows, **values)


def covers(n_covering: int, n: int):
    """So many of n intervals of the control cover 1."""
    values = [True] * n_covering + [False] * (n - n_covering)
    return lambda results: write_csv(results / "timings/control.csv", pd.DataFrame({"covers_1": values}))
