"""Show on the notebook's tensors what it says about them: views, and a relu that has nothing to clip."""

import numpy as np
import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.operations import numpy as numpy_operations
from retrial.operations.table import OPERATIONS, VIEWS, format_shapes, make_inputs
from retrial.params import settings_of


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
    seed = settings_of(snakemake.params)["seed"]
    for name, table in (("views", compare_views(seed)), ("relu", compare_relu(seed))):
        write_csv(snakemake.output[name], table)
        print(table.to_string(index=False), end="\n\n")
