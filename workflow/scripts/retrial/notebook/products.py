"""The cells after In [22] about the product of two matrices, and about reshape."""

from retrial.formats import format_name
from retrial.notebook.loops import read_rows
from retrial.notebook.registry import Cell, Outcome, claim
from retrial.notebook.rules import true
from retrial.operations.table import VIEWS

MATRIX_DOT = Cell(
    "In [ ] matrix_dot",
    "the product of (300, 100) and (100, 200) by np.dot, by three loops, and by two loops over a scalar product",
    note="Below z = np.dot(x, y), which prints nothing, stand three printed arrays: the output of an older cell.",
    code="z[i, j] += x[i, k] * y[k, j]  # in three loops, over i, j and k",
)


@claim(
    "printed",
    MATRIX_DOT,
    text="np.dot, my_matrix_dot (three loops) and naive_matrix_dot (two loops) give the same product",
    rule=true("the largest differences from np.dot are within the tolerance"),
)
def matrix_products(results):
    rows = read_rows(results, "checks", "matrix_dot").query("implementation in ('naive', 'naive_three_loops')")
    differences = ", ".join(f"{format_name(row.implementation)} {row.max_abs_error:.2g}" for row in rows.itertuples())
    measured = f"largest difference from np.dot: {differences}"
    return Outcome(measured, len(rows) == 2 and (rows["max_abs_error"] <= rows["tolerance"]).all())


RESHAPE = Cell("In [ ] reshape", "reshape (3, 2) to (6, 1), then to (1, 6)")


@claim(
    "printed",
    RESHAPE,
    text="reshape keeps the numbers in their order",
    rule=true("the numbers are in the same order as in the input, row by row"),
)
def reshape_keeps_order(results):
    same_order = results.csv("tensors/views.csv").query("operation == 'reshape'")["same_order"].all()
    return Outcome("the same order" if same_order else "another order", same_order)


@claim(
    "added",
    RESHAPE,
    text="reshape and transpose move no number: their results share the memory of their input, and copies do not",
    rule=true("the view of each shares the memory, and its copy does not"),
)
def views_share_memory(results):
    shares = results.csv("tensors/views.csv").set_index(["operation", "method"])["shares_memory"]
    measured = "; ".join(
        f"{name}, {method}: {'shared' if shares[name, method] else 'its own'}"
        for name in VIEWS
        for method in ("view", "copy")
    )
    return Outcome(measured, all(shares[name, "view"] and not shares[name, "copy"] for name in VIEWS))
