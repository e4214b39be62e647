"""Show on the notebook's tensors what it says of them: broadcasting, views, and a relu that has nothing to clip."""

import tracemalloc

import numpy as np
import pandas as pd

from retrial import numpy_ops
from retrial.pipeline.files import atomic_write
from retrial.timing.measurement import instability_reasons, interval, paired_ratio, read_measurements
from retrial.pipeline.job import start_log
from retrial.operations.table import SHAPES, VIEWS, make_inputs, prepare, shape_text

METHODS = {"numpy": "broadcasting", "numpy_repetition": "explicit repetition"}


def peak_bytes(operation: str, implementation: str, seed: int) -> int:
    """The memory that one call has in use at its peak, beside its inputs, as tracemalloc counts it."""
    function, inputs = prepare(operation, implementation, make_inputs(SHAPES[operation], seed))
    tracemalloc.start()
    try:
        function(*inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare_broadcasting(measurements: list[dict], resamples: int, seed: int, max_load: float) -> pd.DataFrame:
    """A row for each measurement: NumPy's own way, and the smaller input repeated first.

    `ratio` is the time of a call over that of broadcasting, measured together, with its 95 % bootstrap interval.
    """
    broadcasting = {m["operation"]: m["medians"] for m in measurements if m["implementation"] == "numpy"}
    rows = []
    for m in measurements:
        ratio, low, high = paired_ratio(m["medians"], broadcasting[m["operation"]], resamples, seed)
        rows.append(
            {
                "operation": m["operation"],
                "shape": m["shape"],
                "method": METHODS[m["implementation"]],
                "max_abs_error": m["max_abs_error"],
                "peak_bytes": peak_bytes(m["operation"], m["implementation"], m["seed"]),
                "median_s": float(np.median(m["medians"])),
                "ratio": ratio,
                "ratio_ci_low": low,
                "ratio_ci_high": high,
                "stable": not instability_reasons(m, *interval(np.median, (m["medians"],), resamples, seed), max_load),
            }
        )
    return pd.DataFrame(rows)


def compare_views(seed: int) -> pd.DataFrame:
    """Two rows for each operation that NumPy answers with a view: the view itself, and a copy of it.

    `same_order` is whether the numbers, read row by row, come in the order of the input; `changes_with_input` whether
    a number written into the input appears in the result.
    """
    rows = []
    for operation in VIEWS:
        (x,) = make_inputs(SHAPES[operation], seed)
        before = x.ravel().copy()
        view = getattr(numpy_ops, operation)(x)
        results = {"view": view, "copy": view.copy()}
        same_order = {method: np.array_equal(result.ravel(), before) for method, result in results.items()}
        shares_memory = {method: np.shares_memory(result, x) for method, result in results.items()}
        x[0, 0] = np.inf
        rows += [
            {
                "operation": operation,
                "shape": shape_text(SHAPES[operation]),
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
    """How many numbers relu changes in the notebook's inputs, uniform in [0, 1), and in signed ones."""
    rng = np.random.default_rng(seed)
    (shape,) = SHAPES["relu"]
    inputs = {"uniform in [0, 1)": rng.random(shape), "standard normal": rng.standard_normal(shape)}
    return pd.DataFrame(
        [
            {
                "inputs": name,
                "shape": shape_text((shape,)),
                "n": x.size,
                "n_changed": int((numpy_ops.relu(x) != x).sum()),
            }
            for name, x in inputs.items()
        ]
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    measurements = [measurement for path in snakemake.input for measurement in read_measurements(path)]
    tables = {
        "broadcasting": compare_broadcasting(measurements, **settings["bootstrap"], max_load=settings["max_load"]),
        "views": compare_views(settings["seed"]),
        "relu": compare_relu(settings["seed"]),
    }
    for name, table in tables.items():
        with atomic_write(snakemake.output[name]) as part:
            table.to_csv(part, index=False)
        print(table.to_string(index=False), end="\n\n")
