"""In [11] to [16]: changes of the model results that make the claims false, or leave them open."""

import numpy as np
from model_results import MEANT, NO_COPY, covers, reading, speedup, statement, table

QUIETER = "needs a quieter machine"
WITHOUT_PRINT = "add_relu NumPy, print not timed"


def print_times(low: float, high: float):
    """The reading without print is between these, that with print is 0.001 s."""

    def change(results) -> None:
        reading(WITHOUT_PRINT, "raw", low=low, median=(low + high) / 2, high=high)(results)
        reading("add_relu NumPy", "raw", low=1e-3, median=1e-3, high=1e-3)(results)

    return change


FALSIFIED = {
    "relu_changes_nothing": [table("tensors/relu.csv", n_changed=1)],
    "copies_keep_inputs": [
        change
        for name in ("naive_relu", "naive_add", "naive_add_matrix_and_vector")
        for change in (statement(f"copy in {name}", "False"), statement(f"copy in {name}", "True", NO_COPY))
    ],
    "reading_by_hand": [reading("add_relu by hand", inside=False)],
    "reading_numpy": [reading("add_relu NumPy", inside=False)],
    "print_timed": [print_times(5.1e-4, 6e-4)],
    "results_printed": [statement("print r", "the result of the loops")],
    "results_printed_as_meant": [statement("print r", "False", MEANT)],
    "add_relu_numpy_faster": [speedup("add_relu", 0.5, 0.99), speedup("add_relu", 0.3, 0.49, stable=False)],
    "careful_ratio": [speedup("add_relu", 8, 9), speedup("add_relu", 3, 4.5, stable=False)],
    "book_speedup": [speedup("add_relu", 164, 200), speedup("add_relu", 60, 97)],
    "numpy_faster": [speedup("relu", 0.5, 0.99), speedup("relu", 0.3, 0.49, stable=False)],
    "control": [covers(16, 20), covers(80, 100)],
}
NO_INTERVAL = speedup("add_relu", np.nan, np.nan)
UNDECIDED = [
    ("reading_by_hand", reading("add_relu by hand", low=np.nan, high=np.nan, inside=False), "timing.replays"),
    ("reading_numpy", reading("add_relu NumPy", low=np.nan, high=np.nan, inside=False), "timing.replays"),
    ("print_timed", print_times(4.9e-4, 6e-4), QUIETER),
    ("add_relu_numpy_faster", speedup("add_relu", 0.99, 3), "timing.processes"),
    ("add_relu_numpy_faster", NO_INTERVAL, "timing.processes"),
    ("add_relu_numpy_faster", speedup("add_relu", 1.9, 3, stable=False), QUIETER),
    ("add_relu_numpy_faster", speedup("add_relu", 0.6, 0.99, stable=False), QUIETER),
    ("careful_ratio", speedup("add_relu", 9, 20), "timing.processes"),
    ("careful_ratio", speedup("add_relu", 10, 11, stable=False), QUIETER),
    ("book_speedup", speedup("add_relu", 90, 136), "timing.processes"),
    ("book_speedup", speedup("add_relu", 100, 130, stable=False), QUIETER),
    ("numpy_faster", speedup("relu", 0.99, 3), "timing.processes"),
    ("control", covers(17, 20), "needs more operations or sizes"),
]
