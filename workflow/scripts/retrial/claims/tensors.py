"""What the notebook says about broadcasting, reshape, transpose and relu."""

from retrial.claims.registry import claim, with_interval
from retrial.display.formats import format_ratio
from retrial.operations.table import VIEWS


@claim(
    "broadcasting_equals_repetition",
    "Broadcasting gives the same result as explicit repetition",
    source="notebook: broadcasting",
    expected="no difference",
)
def _(results):
    repeated = results.csv("tensors/broadcasting.csv").query("method == 'explicit repetition'")
    measured = ", ".join(f"{row.operation} {row.max_abs_error:g}" for row in repeated.itertuples())
    return measured, (repeated["max_abs_error"] == 0).all()


@claim(
    "repetition_wasteful",
    "Explicit repetition wastes time and memory",
    source="notebook: broadcasting",
    expected="95 % intervals of the ratio of times above 1, and more bytes",
)
def _(results):
    by_method = results.csv("tensors/broadcasting.csv").set_index("operation").groupby("method")
    repeated = by_method.get_group("explicit repetition")
    more_bytes = repeated["peak_bytes"] - by_method.get_group("broadcasting")["peak_bytes"]
    measured = ", ".join(
        f"{row.Index} {with_interval(format_ratio, row.ratio, row.ratio_ci_low, row.ratio_ci_high)} the time, "
        f"{more_bytes[row.Index]:,} bytes more"
        for row in repeated.itertuples()
    )
    return measured, (repeated["ratio_ci_low"] > 1).all() and (more_bytes > 0).all()


@claim(
    "reshape_keeps_order",
    "reshape keeps the numbers in their order",
    source="notebook: reshape",
    expected="the same order as in the input, row by row",
)
def _(results):
    same_order = results.csv("tensors/views.csv").query("operation == 'reshape'")["same_order"].all()
    return "the same order" if same_order else "another order", same_order


for operation in VIEWS:

    @claim(
        f"{operation}_shares_memory",
        f"{operation} moves no number: its result shares the memory of its input, and a copy does not",
        source=f"{'notebook' if operation == 'reshape' else 'book'}: {operation}",
        expected="view: shared, copy: its own",
    )
    def _(results, operation=operation):
        rows = results.csv("tensors/views.csv").query("operation == @operation")
        shared = dict(zip(rows["method"], rows["shares_memory"], strict=True))
        measured = ", ".join(f"{method}: {'shared' if shared[method] else 'its own'}" for method in shared)
        return measured, shared == {"view": True, "copy": False}


@claim(
    "relu_changes_nothing",
    "relu changes nothing in the notebook's inputs, which are all positive",
    source="notebook: tensor operations",
    expected="no number changed",
)
def _(results):
    row = results.csv("tensors/relu.csv").set_index("inputs").loc["uniform in [0, 1)"]
    return f"{row.n_changed} of {row.n} numbers changed", row.n_changed == 0
