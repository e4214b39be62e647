"""What the notebook says about its loops and NumPy: the same results, and the times."""

import pandas as pd

from retrial.claims.registry import NotTestable, claim, with_interval
from retrial.display.formats import format_ratio, format_seconds
from retrial.operations.table import TIMED, VIEWS, at_notebook_shapes
from retrial.timing.checks import TOLERANCE

SOURCE = "notebook: tensor operations"


def read_rows(results, name: str, operation: str) -> pd.DataFrame:
    """The rows of a table in timings/ about an operation.

    Raises:
        NotTestable: there are none.
    """
    table = results.csv(f"timings/{name}.csv")
    rows = table[table["operation"] == operation]
    if rows.empty:
        raise NotTestable(f"{operation} is not in timing.operations")
    return rows


def numpy_rows(results, name: str, operation: str) -> pd.DataFrame:
    """Those of `read_rows` about NumPy at the notebook's shapes."""
    rows = at_notebook_shapes(read_rows(results, name, operation))
    return rows[rows["implementation"] == "numpy"]


def format_speedup(row) -> str:
    """A row of speedups.csv as text."""
    return with_interval(format_ratio, row.speedup, row.ci_low, row.ci_high)


for operation in TIMED:

    @claim(
        f"{operation}_equals_numpy",
        "my_matrix_dot (naive_three_loops) = naive_matrix_dot (naive) = np.dot"
        if operation == "matrix_dot"
        else f"{operation} by hand gives the same result as NumPy",
        source=SOURCE,
        expected=f"differences of at most {TOLERANCE:g}",
    )
    def _(results, operation=operation):
        checks = read_rows(results, "checks", operation).query("implementation != 'numpy'")
        measured = ", ".join(f"{row.implementation} {row.max_abs_error:.2g}" for row in checks.itertuples())
        return measured, (checks["max_abs_error"] <= TOLERANCE).all()

    @claim(
        f"{operation}_numpy_faster",
        f"NumPy's {operation} is faster than by hand" + (" (it returns a view)" if operation in VIEWS else ""),
        source=SOURCE,
        expected="95 % intervals of the speed-up above 1",
    )
    def _(results, operation=operation):
        rows = numpy_rows(results, "speedups", operation)
        measured = ", ".join(f"{format_speedup(row)} against {row.baseline}" for row in rows.itertuples())
        return measured, (rows["ci_low"] > 1).all()


for id, source, figure in (
    ("notebook_speedup", "notebook: 0.008975 s against 0.000991 s, one call", 0.008975 / 0.000991),
    ("book_speedup", "book: 2.45 s against 0.02 s, 1,000 calls", 2.45 / 0.02),
):

    @claim(
        id,
        f"For add and relu together, the loops take {format_ratio(figure)} the time of NumPy",
        source=source,
        expected=f"{format_ratio(figure)} within the 95 % interval of the speed-up",
    )
    def _(results, figure=figure):
        row = numpy_rows(results, "speedups", "add_relu").set_index("baseline").loc["naive"]
        return format_speedup(row), row.ci_low <= figure <= row.ci_high


@claim(
    "broadcasting_takes_0_s",
    "NumPy takes 0.000000 s to add a vector to a matrix",
    source="notebook: one reading of time.time()",
    expected="a time that is 0 to six decimals",
)
def _(results):
    (row,) = numpy_rows(results, "timings", "add_matrix_vector").itertuples()
    return with_interval(format_seconds, row.median_s, row.ci_low_s, row.ci_high_s), row.ci_low_s < 5e-7
