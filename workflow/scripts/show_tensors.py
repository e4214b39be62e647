"""Show on the notebook's tensors what it says about them: broadcasting, views, and a relu that has nothing to clip."""

import tracemalloc

import numpy as np
import pandas as pd

from retrial.operations import numpy as numpy_operations
from retrial.operations import numpy_repetition
from retrial.operations.table import OPERATIONS, VIEWS, format_shapes, make_inputs
from retrial.pipeline.files import write_csv
from retrial.pipeline.job import start_log
from retrial.statistics import interval_of_median, paired_ratio
from retrial.timing.measurement import Measurement, read_measurements

METHODS = {
    "numpy": ("broadcasting", numpy_operations),
    "numpy_repetition": ("explicit repetition", numpy_repetition),
}


def peak_bytes(function, inputs: list[np.ndarray]) -> int:
    """The memory that one call uses at its peak, without its inputs, as tracemalloc counts it."""
    tracemalloc.start()
    try:
        function(*inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare_broadcasting(measurements: list[Measurement], max_busy_cores: float, seed: int) -> pd.DataFrame:
    """A row for each measurement: NumPy's broadcasting, and the smaller input repeated explicitly.

    `ratio` is the time of a call over that of broadcasting, measured together, with its 95 % interval.
    """
    broadcasting = {m.operation: m.samples for m in measurements if m.implementation == "numpy"}
    rows = []
    for m in measurements:
        method, module = METHODS[m.implementation]
        median = interval_of_median(m.samples)
        ratio = paired_ratio(m.samples, broadcasting[m.operation])
        rows.append(
            {
                "operation": m.operation,
                "shape": m.shape,
                "method": method,
                "max_abs_error": m.metadata["max_abs_error"],
                "peak_bytes": peak_bytes(getattr(module, m.operation), make_inputs(m.shapes, seed)),
                "median_s": median.value,
                "ratio": ratio.value,
                "ratio_ci_low": ratio.low,
                "ratio_ci_high": ratio.high,
                "stable": not m.instability_reasons(median, max_busy_cores),
            }
        )
    return pd.DataFrame(rows)


def compare_views(seed: int) -> pd.DataFrame:
    """Two rows for each operation whose NumPy result is a view: the view itself, and a copy of it.

    `same_order` is whether the numbers, read row by row, are in the order of the input; `changes_with_input` whether
    a number written into the input appears in the result.
    """
    rows = []
    for operation in VIEWS:
        (x,) = make_inputs(OPERATIONS[operation].shapes, seed)
        before = x.ravel().copy()
        view = getattr(numpy_operations, operation)(x)
        results = {"view": view, "copy": view.copy()}
        same_order = {method: np.array_equal(result.ravel(), before) for method, result in results.items()}
        shares_memory = {method: np.shares_memory(result, x) for method, result in results.items()}
        x[0, 0] = np.inf
        rows += [
            {
                "operation": operation,
                "shape": format_shapes(OPERATIONS[operation].shapes),
                "method": method,
                "same_order": same_order[method],
                "shares_memory": shares_memory[method],
                "changes_with_input": bool(np.isinf(result).any()),
                "new_bytes": 0 if shares_memory[method] else result.nbytes,
            }
            for method, result in results.items()
        ]
    return pd.DataFrame(rows)


def compare_relu(seed: int) -> pd.DataFrame:
    """How many numbers relu changes in inputs like the notebook's, uniform in [0, 1), and in signed ones."""
    rng = np.random.default_rng(seed)
    (shape,) = OPERATIONS["relu"].shapes
    inputs = {"uniform in [0, 1)": rng.random(shape), "standard normal": rng.standard_normal(shape)}
    return pd.DataFrame(
        [
            {
                "inputs": name,
                "shape": format_shapes((shape,)),
                "n": x.size,
                "n_changed": int((numpy_operations.relu(x) != x).sum()),
            }
            for name, x in inputs.items()
        ]
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    measurements = [measurement for path in snakemake.input for measurement in read_measurements(path)]
    tables = {
        "broadcasting": compare_broadcasting(measurements, settings["max_busy_cores"], settings["seed"]),
        "views": compare_views(settings["seed"]),
        "relu": compare_relu(settings["seed"]),
    }
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
        print(table.to_string(index=False), end="\n\n")
