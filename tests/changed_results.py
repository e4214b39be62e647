"""Changes of the results of `make_true_results` that make a claim false, or leave it open.

A change is a function of the results folder. The functions at the top make changes.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from true_results import (
    SEEDS,
    drop_label_9,
    edit,
    edit_array,
    edit_images,
    edit_json,
    write_accuracy,
    write_images,
    write_probabilities,
)

from retrial.files import write_csv
from retrial.notebook.statements import MEANT, NO_COPY, WRITTEN
from retrial.operations.table import TIMED


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


def repetition(low: float, high: float, stable: bool = True):
    """The interval of the ratio of times of repetition and broadcasting is another."""

    def change(results: Path) -> None:
        path, rows = results / "tensors/broadcasting.csv", "operation == 'maximum' and method == 'explicit repetition'"
        edit(path, rows, ratio_ci_low=low, ratio_ci_high=high, stable=stable)

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


def binary_accuracy(value: float, seeds=SEEDS):
    """The binary accuracy of seeds of mse is another."""

    def change(results: Path) -> None:
        for seed in seeds:
            edit_json(results / f"models/mse/{seed}/metrics.json", binary_accuracy=value)

    return change


def table(name: str, rows: str | None = None, **values):
    """Rows of a table have other values."""
    return lambda results: edit(results / name, rows, **values)


def covers(n_covering: int, n: int):
    """So many of n intervals of the control cover 1."""
    values = [True] * n_covering + [False] * (n - n_covering)
    return lambda results: write_csv(results / "timings/control.csv", pd.DataFrame({"covers_1": values}))


# `make_true_results` cannot make claims true that contradict each other.
MADE_TRUE = {
    "add_vector_printed": statement("add the vector", "", outcome="AssertionError"),
    "careful_ratio": speedup("add_relu", 8, 10),
}
# For each claim, changes that make it false.
FALSIFIED = {
    "images": [
        lambda results: edit_json(results / "data/provenance.json", train={"n": 59999, "image_shape": [28, 28]})
    ],
    "labels": [drop_label_9, lambda results: edit_array(results / "data/y_test.npy", lambda y: y.astype(np.int64))],
    "shapes": [lambda results: write_images(results / "data/x_test.npy", 9999)],
    "range": [lambda results: edit_images(results, lambda x: x * 255)],
    "division_is_reshape": [statement("division", "shape (4, 64) before, (4, 64) after; values")],
    "two_layers": [statement("layers", "Dense (784, 512)")],
    "type_of_model": [statement("type", "keras.Sequential")],
    "model_is_sequential": [statement("type", "False", MEANT)],
    "compil_as_written": [statement("compil", "no attribute", outcome="AttributeError")],
    "compil_as_meant": [statement("compil", "x", MEANT, "ValueError"), statement("compil", "loss 0.1", MEANT)],
    "compil_integer_labels": [statement("integer labels", "x", MEANT, "ValueError")],
    "metric_class": [
        statement("metric class", "x", outcome="TypeError"),
        statement("metric class", "binary_accuracy 0.8, loss 0.1"),
    ],
    "five_epochs": [
        lambda results: edit_json(results / "models/baseline/1/training.json", steps=2344),
        lambda results: edit_json(results / "models/baseline/1/training.json", last_batch=95),
    ],
    "steps_per_epoch": [lambda results: edit_json(results / "models/baseline/1/training.json", steps_per_epoch=468)],
    "last_batch": [lambda results: edit_json(results / "models/baseline/1/training.json", last_batch=95)],
    "loss_falls": [table("models/baseline/1/history.csv", "epoch == 2", loss=9)],
    "loss_minimised": [table("models/baseline/1/history.csv", "epoch == 3", loss=0.25)],
    "softmax": [
        lambda results: edit_array(results / "models/baseline/1/probabilities.npy", lambda p: p * np.float32(1.001)),
        lambda results: edit_array(results / "models/baseline/1/probabilities.npy", lambda p: p[:, :8]),
    ],
    "output_units": [lambda results: edit_array(results / "models/baseline/1/probabilities.npy", lambda p: p[:, :9])],
    "first_prediction": [digits(7, 7, 1, 2, 3)],
    "first_argmax": [digits(1, 1, 1, 1, 1)],
    "first_probability": [rests(*[2e-4, 3e-4, 2e-4, 3e-4, 2e-4]), rests(*[2e-8, 3e-8, 2e-8, 3e-8, 2e-8])],
    "first_probability_again": [rests(*[2e-4, 3e-4, 2e-4, 3e-4, 2e-4])],
    "one_probability": [statement("probability")],
    "one_probability_as_meant": [statement("probability", "False", MEANT)],
    "first_label": [lambda results: edit_array(results / "data/y_test.npy", lambda y: y + np.uint8(1))],
    "first_ten": [table("predictions/first_ten.csv", "index == 9", label=4)],
    "accuracy": [accuracies(baseline=0.97), accuracies(baseline=0.99)],
    "mean_accuracy": [accuracies(baseline=0.97), accuracies(baseline=0.99)],
    "scale_matters": [accuracies(baseline=0.98, unscaled=0.981), accuracies(baseline=0.98, unscaled=0.98)],
    "metric_flatters": [binary_accuracy(0.9)],
    **{
        f"{operation}_numpy_faster": [speedup(operation, 0.5, 0.9), speedup(operation, 0.3, 0.4, stable=False)]
        for operation in TIMED
    },
    "careful_ratio": [speedup("add_relu", 300, 400), speedup("add_relu", 300, 400, stable=False)],
    "book_speedup": [speedup("add_relu", 300, 400), speedup("add_relu", 30, 40)],
    "reading_by_hand": [reading("add_relu by hand", inside=False)],
    "reading_numpy": [reading("add_relu NumPy", inside=False)],
    "reading_ratio": [reading("add_relu ratio", inside=False)],
    "reading_x_plus_y": [reading("x + y", inside=False)],
    "print_timed": [
        lambda results: (
            reading("add_relu NumPy, print not timed", "raw", low=9e-4, high=9.5e-4)(results),
            reading("add_relu NumPy", "raw", high=1e-3)(results),
        )
    ],
    "control": [covers(16, 20), covers(80, 100)],
    "matrix_products": [
        table(
            "timings/checks.csv",
            "operation == 'matrix_dot' and implementation == 'naive_three_loops'",
            max_abs_error=1e-3,
        )
    ],
    **{
        f"{name}_copy": [statement(f"copy in {name}", "False"), statement(f"copy in {name}", "True", NO_COPY)]
        for name in ("naive_relu", "naive_add", "naive_add_matrix_and_vector")
    },
    "results_printed": [statement("print r", "the result of the loops")],
    "results_printed_as_meant": [statement("print r", "False", MEANT)],
    "broadcasting_equals_repetition": [
        table("tensors/broadcasting.csv", "method == 'explicit repetition'", max_abs_error=1e-9)
    ],
    "repetition_wasteful": [
        repetition(0.8, 0.9),
        repetition(0.3, 0.4, stable=False),
        table("tensors/broadcasting.csv", peak_bytes=100),
    ],
    "comments_on_shapes": [statement("comments on shapes", "(1, 200), 300 times, (300, 200)")],
    "add_vector_printed": [lambda results: None],  # `add_vector_as_written` is true instead
    "add_vector_as_written": [statement("add the vector", "", outcome="AssertionError")],
    "add_vector_as_meant": [statement("add the vector", "False", MEANT)],
    "reshape_keeps_order": [
        table("tensors/views.csv", "operation == 'reshape' and method == 'copy'", same_order=False)
    ],
    "reshape_shares_memory": [table("tensors/views.csv", "operation == 'reshape'", shares_memory=False)],
    "transpose_shares_memory": [table("tensors/views.csv", "operation == 'transpose'", shares_memory=True)],
    "relu_changes_nothing": [table("tensors/relu.csv", n_changed=1)],
    "chain_rule_two_as_written": [statement("chain rule of two")],
    "chain_rule_four_as_written": [statement("chain rule of four")],
    "chain_rule_two": [
        table("gradients/chain_rule.csv", "case == 'vector f(g(x))' and method == 'GradientTape'", ok=False)
    ],
    "chain_rule_four": [table("gradients/chain_rule.csv", "case == 'scalar f(g(h(j(x))))'", ok=False)],
    "chain_rule_network": [table("gradients/chain_rule.csv", "case == 'network\\'s loss by w2'", ok=False)],
    "from_scratch_gradients": [table("gradients/gradient_check.csv", "case == 'gradient in float32'", ok=False)],
    "from_scratch_accuracy": [accuracies(baseline=0.98, from_scratch=0.975)],
    "training_by_loops": [
        table("timings/training_cost.csv", "engine == 'naive_list'", ci_low=0.5, ci_high=0.6),
        table("timings/training_cost.csv", "engine == 'keras'", ci_low=0.1, ci_high=0.2),
    ],
}
# Changes that leave it open whether a claim is true, and what it would take to tell.
TWO_SEEDS = "needs two or more seeds"
UNDECIDED = [
    ("first_prediction", digits(7, 7, 7, 1, 2), "needs more seeds"),
    ("first_argmax", digits(7, 7, 7, 1, 2), "needs more seeds"),
    ("first_probability", one_seed, TWO_SEEDS),
    ("first_probability", rests(1e-7, 1e-6, 1e-5, 1e-4, 1e-3), "needs more seeds"),
    ("accuracy", one_seed, TWO_SEEDS),
    ("accuracy", accuracies(baseline=[0.93, 0.99, 0.98, 0.99, 0.99]), "needs more seeds"),
    ("mean_accuracy", one_seed, TWO_SEEDS),
    ("mean_accuracy", accuracies(baseline=[0.974, 0.976, 0.978]), "needs about 18 seeds"),
    ("scale_matters", accuracies(baseline=[0.98], unscaled=[0.96]), TWO_SEEDS),
    ("scale_matters", accuracies(baseline=[0.98, 0.98], unscaled=[0.95, 0.97]), "needs about 5 seeds"),
    ("metric_flatters", binary_accuracy(0.9, [0]), "needs more seeds"),
    *((f"{operation}_numpy_faster", speedup(operation, 0.9, 3), "timing.processes") for operation in TIMED),
    ("add_numpy_faster", speedup("add", np.nan, np.nan), "timing.processes"),
    ("add_numpy_faster", speedup("add", 1.2, 3, stable=False), "needs a quieter machine"),
    ("add_numpy_faster", speedup("add", 0.6, 0.9, stable=False), "needs a quieter machine"),
    ("careful_ratio", speedup("add_relu", 5, 20), "timing.processes"),
    ("careful_ratio", speedup("add_relu", 10, 11, stable=False), "needs a quieter machine"),
    ("book_speedup", speedup("add_relu", 100, 130, stable=False), "needs a quieter machine"),
    ("book_speedup", speedup("add_relu", np.nan, np.nan), "timing.processes"),
    ("reading_ratio", reading("add_relu ratio", low=np.nan, high=np.nan, inside=False), "timing.replays"),
    ("print_timed", reading("add_relu NumPy, print not timed", "raw", high=6e-4), "needs a quieter machine"),
    ("control", covers(17, 20), "needs more operations or sizes"),
    ("from_scratch_accuracy", accuracies(baseline=0.98, from_scratch=[0.96, 0.99]), "needs more seeds"),
    ("from_scratch_accuracy", accuracies(baseline=0.98, from_scratch=[0.98]), "needs more seeds"),
    (
        "training_by_loops",
        table("timings/training_cost.csv", "engine == 'naive'", scaling_error=-0.2),
        "needs a quieter machine",
    ),
    (
        "training_by_loops",
        table("timings/training_cost.csv", "engine == 'keras'", ci_low=0.02, ci_high=0.03),
        "needs a quieter machine",
    ),
    ("repetition_wasteful", repetition(0.9, 1.1), "timing.processes"),
    ("repetition_wasteful", repetition(1.5, 2.5, stable=False), "needs a quieter machine"),
]
