"""Show on the notebook's tensors what it says about them: views, and a relu that has nothing to clip."""

from itertools import product

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
    for operation, method in product(VIEWS, ("view", "copy")):
        shapes = OPERATIONS[operation].shapes
        (x,) = make_inputs(shapes, seed)
        view = getattr(numpy_operations, operation)(x)
        result = view if method == "view" else view.copy()
        same_order, shares_memory = np.array_equal(result.ravel(), x.ravel()), np.shares_memory(result, x)
        x[0, 0] = np.inf
        changes, new_bytes = bool(np.isinf(result).any()), 0 if shares_memory else result.nbytes
        rows.append((operation, format_shapes(shapes), method, same_order, shares_memory, changes, new_bytes))
    columns = ["operation", "shape", "method", "same_order", "shares_memory", "changes_with_input", "new_bytes"]
    return pd.DataFrame(rows, columns=columns)


def compare_relu(seed: int) -> pd.DataFrame:
    """How many numbers relu changes in inputs like the notebook's, uniform in [0, 1), and in signed ones."""
    rng = np.random.default_rng(seed)
    (shape,) = OPERATIONS["relu"].shapes
    inputs = {"uniform in [0, 1)": rng.random(shape), "standard normal": rng.standard_normal(shape)}
    changed = {name: int((numpy_operations.relu(x) != x).sum()) for name, x in inputs.items()}
    rows = [(name, format_shapes((shape,)), x.size, changed[name]) for name, x in inputs.items()]
    return pd.DataFrame(rows, columns=["inputs", "shape", "n", "n_changed"])


if __name__ == "__main__":
    start_log(snakemake.log[0])
    seed = settings_of(snakemake.params)["seed"]
    for name, table in (("views", compare_views(seed)), ("relu", compare_relu(seed))):
        write_csv(snakemake.output[name], table)
        print(table.to_string(index=False), end="\n\n")
