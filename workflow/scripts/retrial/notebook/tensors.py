"""What the notebook says about broadcasting, reshape, transpose and relu."""

from retrial.notebook.operations import MORE, QUIETER, UNSTABLE, judge_above_1
from retrial.notebook.registry import Outcome, claim, with_interval
from retrial.notebook.statements import MEANT
from retrial.notebook.written import run_of
from retrial.operations.table import VIEWS
from retrial.page.formats import format_ratio

REPETITION = "In [17]–[19]"


@claim(
    "broadcasting_equals_repetition",
    "Broadcasting gives the same result as explicit repetition",
    kind="implied",
    cell=REPETITION,
    expected="no difference",
    decision="confirmed if the results are equal, bit by bit; refuted if they are not",
)
def _(results):
    repeated = results.csv("tensors/broadcasting.csv").query("method == 'explicit repetition'")
    measured = ", ".join(f"{row.operation} {row.max_abs_error:g}" for row in repeated.itertuples())
    return Outcome(measured, (repeated["max_abs_error"] == 0).all())


@claim(
    "repetition_wasteful",
    "To repeat the vector explicitly would be inefficient",
    kind="stated",
    cell=REPETITION,
    expected="95 % intervals of the ratio of times above 1, and more bytes",
    decision="confirmed if repetition takes longer (95 % intervals above 1) and more bytes; refuted if an interval is "
    f"below 1, or it takes no more bytes; where times are not stable, above {UNSTABLE} or below 1/{UNSTABLE}; "
    "otherwise inconclusive",
)
def _(results):
    table = results.csv("tensors/broadcasting.csv").set_index("operation")
    by_method = table.groupby("method")
    repeated = by_method.get_group("explicit repetition")
    more_bytes = repeated["peak_bytes"] - by_method.get_group("broadcasting")["peak_bytes"]
    stable = bool(table["stable"].all())
    measured = ", ".join(
        f"{row.Index} {with_interval(format_ratio, row.ratio, row.ratio_ci_low, row.ratio_ci_high)} the time, "
        f"{more_bytes[row.Index]:,} bytes more"
        for row in repeated.itertuples()
    )
    measured += "" if stable else "; the times are not stable"
    longer = judge_above_1(repeated["ratio_ci_low"].to_numpy(), repeated["ratio_ci_high"].to_numpy(), stable)
    holds = longer if (more_bytes > 0).all() else False
    return Outcome(measured, holds, needed=MORE if stable else QUIETER)


@claim(
    "comments_on_shapes",
    "As written: y becomes (1, 10), is repeated 32 times, and becomes (32, 10)",
    kind="stated",
    cell=REPETITION,
    expected="(1, 10), 32 times, (32, 10)",
    decision="confirmed if the cells, run as they are written, make these shapes; refuted if they make others",
)
def _(results):
    run = run_of(results, "comments on shapes")
    return Outcome(run.text, run == ("value", "(1, 10), 32 times, (32, 10)"))


@claim(
    "add_vector_printed",
    "The cell ends with an AssertionError",
    kind="printed",
    cell="In [22]",
    expected="AssertionError",
    decision="confirmed if the cell, run as it is written, raises an AssertionError; refuted if it does not",
)
def _(results):
    run = run_of(results, "add the vector")
    return Outcome(run.text, run.outcome == "AssertionError")


@claim(
    "add_vector_as_written",
    "As written: the loops add the matrix and the vector that In [21] adds in NumPy",
    kind="implied",
    cell="In [22]",
    expected="the same sum as x + y",
    decision="confirmed if the cell, run as it is written, gives the sum; refuted if it gives another or an error",
)
def _(results):
    run = run_of(results, "add the vector")
    return Outcome(run.text, run.is_true)


@claim(
    "add_vector_as_meant",
    "As meant: with the vector instead of the matrix, the loops give the same sum as x + y",
    kind="added",
    expected="True",
    decision="confirmed if the two sums are equal, bit by bit; refuted if they are not",
)
def _(results):
    run = run_of(results, "add the vector", MEANT)
    return Outcome(f"equal: {run.text}", run.is_true)


@claim(
    "reshape_keeps_order",
    "reshape keeps the numbers in their order",
    kind="printed",
    cell="In [ ] reshape",
    expected="the same order as in the input, row by row",
    decision="confirmed if the order is the same; refuted if it is another",
)
def _(results):
    same_order = results.csv("tensors/views.csv").query("operation == 'reshape'")["same_order"].all()
    return Outcome("the same order" if same_order else "another order", same_order)


for operation in VIEWS:

    @claim(
        f"{operation}_shares_memory",
        f"{operation} moves no number: its result shares the memory of its input, and a copy does not",
        kind="added",
        expected="view: shared, copy: its own",
        decision="confirmed if the view shares the memory and the copy does not; refuted if not",
    )
    def _(results, operation=operation):
        rows = results.csv("tensors/views.csv").query("operation == @operation")
        shared = dict(zip(rows["method"], rows["shares_memory"], strict=True))
        measured = ", ".join(f"{method}: {'shared' if shared[method] else 'its own'}" for method in shared)
        return Outcome(measured, shared == {"view": True, "copy": False})


@claim(
    "relu_changes_nothing",
    "relu changes nothing in the notebook's inputs, which are all positive",
    kind="added",
    expected="no number changed",
    decision="confirmed if relu changes no number; refuted if it changes one",
)
def _(results):
    row = results.csv("tensors/relu.csv").set_index("inputs").loc["uniform in [0, 1)"]
    return Outcome(f"{row.n_changed} of {row.n} numbers changed", bool(row.n_changed == 0))
