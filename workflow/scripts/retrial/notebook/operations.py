"""What the notebook says about its loops and NumPy: the same results, and the times."""

import numpy as np
import pandas as pd

from retrial.notebook.probes import verdict_of
from retrial.notebook.registry import NotTestable, Outcome, claim, with_interval
from retrial.notebook.statements import MEANT, NO_COPY
from retrial.notebook.written import run_of
from retrial.operations.table import BASELINES, TIMED, VIEWS, at_notebook_shapes
from retrial.page.formats import format_ratio, format_seconds
from retrial.statistics import p_of_fewer

# An interval of times that are not stable decides only if it is clear by this factor.
UNSTABLE = 2
# The interval of a ratio that spans a larger factor cannot tell whether the ratio is a certain number.
WIDEST_RATIO = 1.5
QUIETER, MORE = "needs a quieter machine", "needs more processes (timing.processes)"


def read_rows(results, name: str, operation: str) -> pd.DataFrame:
    """The rows of a table in timings/ about an operation; at the notebook's shapes if the table has shapes.

    Raises:
        NotTestable: there are none.
    """
    table = results.csv(f"timings/{name}.csv")
    rows = table[table["operation"] == operation]
    if rows.empty:
        raise NotTestable(f"{operation} is not in timing.operations")
    return at_notebook_shapes(rows) if "shape" in rows else rows


def numpy_speedups(results, operation: str, baselines: tuple[str, ...]) -> tuple[pd.DataFrame, bool]:
    """The speed-ups of NumPy over these baselines, a row for each, and whether the times behind them are stable."""
    rows = read_rows(results, "speedups", operation)
    rows = rows[(rows["implementation"] == "numpy") & rows["baseline"].isin(baselines)]
    timings = read_rows(results, "timings", operation)
    return rows, bool(timings[timings["implementation"].isin(["numpy", *baselines])]["stable"].all())


def format_speedups(rows: pd.DataFrame, stable: bool) -> str:
    """Speed-ups as text."""
    texts = (
        f"{with_interval(format_ratio, row.speedup, row.ci_low, row.ci_high)} against {row.baseline}"
        for row in rows.itertuples()
    )
    return ", ".join(texts) + ("" if stable else "; the times are not stable")


def judge_above_1(low: np.ndarray, high: np.ndarray, stable: bool) -> bool | None:
    """Whether all ratios with these intervals are above 1: False if one is below 1, None if that is not clear."""
    factor = 1 if stable else UNSTABLE
    return verdict_of((low > factor).all(), (high < 1 / factor).any())


def judge_equals(figure: tuple[float, float], low: float, high: float, stable: bool) -> bool | None:
    """Whether a ratio with this interval can be a figure, which is known up to rounding: None if that is not clear."""
    factor = 1 if stable else UNSTABLE
    outside = high * factor < figure[0] or figure[1] < low / factor
    return verdict_of(stable and not outside and high <= low * WIDEST_RATIO, outside)


for operation in TIMED:
    of_notebook = operation == "add_relu"
    baselines = BASELINES[:1] if of_notebook else BASELINES

    @claim(
        f"{operation}_numpy_faster",
        f"NumPy's {operation} is faster than by hand" + (" (it returns a view)" if operation in VIEWS else ""),
        kind="implied" if of_notebook else "added",
        cell="In [15], [16]" if of_notebook else "",
        expected="95 % intervals of the speed-up above 1",
        decision="confirmed if the interval is above 1 for every baseline; refuted if it is below 1 for one; where "
        f"times are not stable, above {UNSTABLE} or below 1/{UNSTABLE}; otherwise inconclusive",
    )
    def _(results, operation=operation, baselines=baselines):
        rows, stable = numpy_speedups(results, operation, baselines)
        holds = judge_above_1(rows["ci_low"].to_numpy(), rows["ci_high"].to_numpy(), stable)
        return Outcome(format_speedups(rows, stable), holds, needed=MORE if stable else QUIETER)


# The notebook prints six decimals; the book prints 0.02 s, which can be 0.015 s to 0.025 s.
for id, kind, figure, rounded in (
    ("careful_ratio", "added", 0.008975 / 0.000991, (0.008975 / 0.000991,) * 2),
    ("book_speedup", "book", 2.45 / 0.02, (2.445 / 0.025, 2.455 / 0.015)),
):
    text = format_ratio(figure) if kind == "added" else f"{format_ratio(rounded[0])} to {format_ratio(rounded[1])}"

    @claim(
        id,
        f"For add and relu together, the loops take {format_ratio(figure)} the time of NumPy"
        + (", measured with care" if kind == "added" else ": 2.45 s against 0.02 s for 1,000 calls"),
        kind=kind,
        expected=f"{text} within the 95 % interval of the speed-up",
        decision=f"confirmed if they overlap, the interval spans at most a factor of {WIDEST_RATIO}, and the times are "
        f"stable; refuted if they do not, for times that are not stable by a factor of {UNSTABLE}; otherwise "
        "inconclusive",
    )
    def _(results, rounded=rounded):
        rows, stable = numpy_speedups(results, "add_relu", BASELINES[:1])
        (row,) = rows.itertuples()
        holds = judge_equals(rounded, row.ci_low, row.ci_high, stable)
        return Outcome(format_speedups(rows, stable), holds, needed=MORE if stable else QUIETER)


def format_printed_seconds(value: float) -> str:
    """A time with six decimals, as the notebook prints it."""
    return f"{value:.6f} s"


for id, kind, cell, reading, text in (
    ("reading_by_hand", "printed", "In [15]", "add_relu by hand", "add and relu by hand take 0.008975 s"),
    ("reading_numpy", "printed", "In [16]", "add_relu NumPy", "NumPy's add and relu take 0.000991 s"),
    (
        "reading_ratio",
        "implied",
        "In [15], [16]",
        "add_relu ratio",
        "add and relu by hand take 9.06× the time of NumPy",
    ),
    ("reading_x_plus_y", "printed", "In [21]", "x + y", "x + y takes 0.000000 s"),
):

    @claim(
        id,
        f"In one cold call, by a clock that ticks about once a millisecond, {text}",
        kind=kind,
        cell=cell,
        expected="the notebook's figure within the 95 % prediction interval of such a reading",
        decision="confirmed if it is within, on a clock of 1 ms; refuted if it is outside; inconclusive if there are "
        "too few readings for an interval",
    )
    def _(results, reading=reading):
        form = format_ratio if reading == "add_relu ratio" else format_printed_seconds
        table = results.csv("timings/replay.csv").set_index(["reading", "clock"])
        row, raw = table.loc[(reading, "1 ms")], table.loc[(reading, "raw")]
        measured = with_interval(form, row["median"], row.low, row.high)
        measured += f"; on a fine clock {with_interval(form, raw['median'], raw.low, raw.high)}"
        holds = bool(row.inside) if row.low <= row.high else None
        return Outcome(measured, holds, needed="needs 39 or more processes (timing.replays)")


@claim(
    "print_timed",
    "Most of the time that the notebook reads for NumPy is spent on print(r)",
    kind="added",
    expected="without print, less than half of the reading, on a fine clock",
    decision="confirmed if the prediction interval of a reading without print is below half of that with it; refuted "
    "if it is above; otherwise inconclusive",
)
def _(results):
    table = results.csv("timings/replay.csv").query("clock == 'raw'").set_index("reading")
    timed, not_timed = table.loc["add_relu NumPy"], table.loc["add_relu NumPy, print not timed"]
    texts = (with_interval(format_seconds, row["median"], row.low, row.high) for row in (timed, not_timed))
    holds = verdict_of(not_timed.high < timed.low / 2, not_timed.low > timed.high / 2)
    return Outcome("{} with print, {} without".format(*texts), holds, needed=QUIETER)


@claim(
    "control",
    "The 95 % intervals of speed-ups cover the true ratio: that of NumPy and NumPy under a second name is 1",
    kind="added",
    expected="the share of intervals that cover 1 is compatible with 95 %: at least 90 %",
    decision="confirmed if the share is 90 % or more; refuted if it is less and a coverage of 95 % would give so few "
    "in less than 5 % of cases; otherwise inconclusive",
)
def _(results):
    covers = results.csv("timings/control.csv")["covers_1"]
    share = covers.mean()
    measured = f"{covers.sum()} of {len(covers)} intervals, {share:.1%}"
    holds = verdict_of(share >= 0.9, p_of_fewer(covers.sum(), len(covers), 0.95) < 0.05)
    return Outcome(measured, holds, needed="needs more operations or sizes")


@claim(
    "matrix_products",
    "np.dot, my_matrix_dot (three loops) and naive_matrix_dot (two loops) give the same product",
    kind="printed",
    cell="In [ ] matrix_dot",
    expected="differences from np.dot within the tolerance",
    decision="confirmed if the largest differences are within the tolerance; refuted if one is not",
)
def _(results):
    rows = read_rows(results, "checks", "matrix_dot").query("implementation in ('naive', 'naive_three_loops')")
    measured = ", ".join(f"{row.implementation} {row.max_abs_error:.2g}" for row in rows.itertuples())
    return Outcome(measured, len(rows) == 2 and (rows["max_abs_error"] <= rows["tolerance"]).all())


for id, cell in (("naive_relu", "In [13]"), ("naive_add", "In [14]"), ("naive_add_matrix_and_vector", "In [20]")):

    @claim(
        f"{id}_copy",
        f"The copy in {id} keeps the input unchanged",
        kind="stated",
        cell=cell,
        expected="unchanged with the copy, changed without it",
        decision="confirmed if a call leaves the input unchanged, and without the line that copies changes it; refuted "
        "if not",
    )
    def _(results, id=id):
        kept, kept_without = (run_of(results, f"copy in {id}", reading).is_true for reading in ("as written", NO_COPY))
        texts = ("unchanged" if unchanged else "changed" for unchanged in (kept, kept_without))
        return Outcome("with the copy {}, without {}".format(*texts), kept and not kept_without)


@claim(
    "results_printed",
    "As written: In [16] prints the result of NumPy, so that it can be compared with the loops",
    kind="printed",
    cell="In [16]",
    expected="the printed array is that of NumPy",
    decision="confirmed if the array that the cell prints is the one that it computes; refuted if it is another",
)
def _(results):
    run = run_of(results, "print r")
    return Outcome(f"printed: {run.text}", run.message == "the result of NumPy")


@claim(
    "results_printed_as_meant",
    "As meant: the loops and NumPy give the same array for the inputs of In [12]",
    kind="added",
    expected="True",
    decision="confirmed if the two arrays are equal, bit by bit; refuted if they are not",
)
def _(results):
    run = run_of(results, "print r", MEANT)
    return Outcome(f"equal: {run.text}", run.is_true)
