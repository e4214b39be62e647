"""The cells about the product of two matrices, and about reshape."""

from retrial.notebook.loops import read_rows
from retrial.notebook.registry import Outcome, cell, claim
from retrial.notebook.rules import true

MATRIX_DOT = cell(
    "In [ ] matrix_dot",
    "the product of (300, 100) and (100, 200) by np.dot, by three loops, and by two loops over a scalar product",
)
RESHAPE = cell("In [ ] reshape", "reshape (3, 2) to (6, 1), then to (1, 6)")


@claim(
    "printed",
    MATRIX_DOT,
    text="np.dot, my_matrix_dot (three loops) and naive_matrix_dot (two loops) give the same product",
    rule=true("the largest differences of both from np.dot are within the tolerance of rounding"),
)
def matrix_products(results):
    rows = read_rows(results, "checks", "matrix_dot").query("implementation in ('naive', 'naive_three_loops')")
    measured = ", ".join(f"{row.implementation} {row.max_abs_error:.2g}" for row in rows.itertuples())
    return Outcome(measured, len(rows) == 2 and bool((rows["max_abs_error"] <= rows["tolerance"]).all()))


@claim(
    "printed",
    RESHAPE,
    text="reshape keeps the numbers in their order",
    rule=true("the order is that of the input, row by row"),
)
def reshape_keeps_order(results):
    same_order = bool(results.csv("tensors/views.csv").query("operation == 'reshape'")["same_order"].all())
    return Outcome("the same order" if same_order else "another order", same_order)


@claim(
    "added",
    RESHAPE,
    text="reshape and transpose move no number: their results share the memory of the input, and a copy does not",
    rule=true("each view shares the memory, and each copy has its own"),
)
def views_share_memory(results):
    table = results.csv("tensors/views.csv")
    measured = ", ".join(
        f"{row.operation}, {row.method}: {'shared' if row.shares_memory else 'its own'}" for row in table.itertuples()
    )
    return Outcome(measured, bool((table["shares_memory"] == (table["method"] == "view")).all()))
