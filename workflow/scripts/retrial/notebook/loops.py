"""In [11] to In [16]: addition and relu by hand and in NumPy, and their times."""

import numpy as np
import pandas as pd

from retrial.notebook.evidence import with_interval
from retrial.notebook.registry import NotTestable, Outcome, cell, claim, statement
from retrial.notebook.rules import Rule, exact, interval_holds, share_at_least, true, verdict
from retrial.operations.table import BASELINES, TIMED, at_notebook_shapes
from retrial.formats import format_ratio, format_seconds

# An interval of times that are not stable decides only if it is clear by this factor.
UNSTABLE = 2
# The interval of a ratio that spans a larger factor cannot tell whether the ratio is a certain number.
WIDEST_RATIO = 1.5
QUIETER, MORE = "needs a quieter machine", "needs more processes (timing.processes)"

RELU = """def naive_relu(x):
    assert len(x.shape) == 2
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j], 0)
    return x
"""
ADD = """def naive_add(x, y):
    assert len(x.shape) == 2
    assert x.shape == y.shape
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[i, j]
    return x
"""
UNIFORM = "x, y = np.random.default_rng(0).random((2, 20, 100))"
NORMAL = "x, y = np.random.default_rng(0).standard_normal((2, 20, 100))"
BY_HAND = "z = naive_add(x, y)\nr = naive_relu(z)"
BY_NUMPY = "z = x + y\nz = np.maximum(z, 0.)\n"

IN_12 = cell("In [11], [12]", "draw x and y uniformly from 0 to 1, shape (20, 100)")
IN_13 = cell("In [13]", "relu by hand")
IN_14 = cell("In [14]", "addition by hand")
IN_15 = cell("In [15]", "add, then relu by hand, one call between two readings of a clock")
IN_16 = cell("In [16]", "the same in NumPy; print the array of In [15] again")


def copies(name: str, of_cell, function: str, call: str, inputs: str):
    """Two statements: whether a function leaves its input unchanged, with its copy and without."""
    setup, check = f"{inputs}\nbefore = x.copy()", "np.array_equal(x, before)"
    without = function.replace("    x = x.copy()\n", "")
    return (
        statement(name, of_cell, function + call, setup, check),
        statement(name, of_cell, without + call, setup, check, reading="without the copy"),
    )


def kept_by_copy(results, statements) -> Outcome:
    """Whether a function leaves its input unchanged with its copy, and changes it without."""
    kept, kept_without = (each.run(results).is_true for each in statements)
    texts = ("unchanged" if unchanged else "changed" for unchanged in (kept, kept_without))
    return Outcome("with the copy {}, without {}".format(*texts), kept and not kept_without)


COPY_NEEDED = true("a call leaves the input unchanged, and changes it without the line that copies")
COPY_IN_RELU = copies("copy in naive_relu", IN_13, RELU, "r = naive_relu(x)", NORMAL)
COPY_IN_ADD = copies("copy in naive_add", IN_14, ADD, "z = naive_add(x, y)", NORMAL)


@claim("stated", IN_13, text="The copy in naive_relu keeps the input unchanged", rule=COPY_NEEDED)
def naive_relu_copy(results):
    return kept_by_copy(results, COPY_IN_RELU)


@claim("stated", IN_14, text="The copy in naive_add keeps the input unchanged", rule=COPY_NEEDED)
def naive_add_copy(results):
    return kept_by_copy(results, COPY_IN_ADD)


@claim(
    "added",
    IN_12,
    text="relu changes nothing in the notebook's inputs, which are all positive",
    rule=true("relu changes no number"),
)
def relu_changes_nothing(results):
    row = results.csv("tensors/relu.csv").set_index("inputs").loc["uniform in [0, 1)"]
    return Outcome(f"{row.n_changed} of {row.n} numbers changed", bool(row.n_changed == 0))


PRINTED = true("the notebook's figure is within the 95 % prediction interval of one more such reading, on a clock of 1 ms")
PRINTED = Rule(
    PRINTED.expected,
    f"{PRINTED.decision}; inconclusive if there are too few readings for an interval",
    lambda inside: inside,
)


def format_printed_seconds(value: float) -> str:
    """A time with six decimals, as the notebook prints it."""
    return f"{value:.6f} s"


def reading(results, name: str) -> Outcome:
    """A reading of the notebook's clock, repeated in fresh processes; `name` is that of replay.csv."""
    table = results.csv("timings/replay.csv").set_index(["reading", "clock"])
    row, raw = table.loc[(name, "1 ms")], table.loc[(name, "raw")]
    measured = with_interval(format_printed_seconds, row["median"], row.low, row.high)
    measured += f"; on a fine clock {with_interval(format_printed_seconds, raw['median'], raw.low, raw.high)}"
    inside = bool(row.inside) if row.low <= row.high else None
    return Outcome(measured, inside, needed="needs 39 or more processes (timing.replays)")


@claim(
    "printed",
    IN_15,
    text="In one cold call, by a clock that ticks about once a millisecond, add and relu by hand take 0.008975 s",
    rule=PRINTED,
)
def reading_by_hand(results):
    return reading(results, "add_relu by hand")


@claim(
    "printed",
    IN_16,
    text="In one cold call, by a clock that ticks about once a millisecond, NumPy's add and relu take 0.000991 s",
    rule=PRINTED,
)
def reading_numpy(results):
    return reading(results, "add_relu NumPy")


@claim(
    "added",
    IN_16,
    text="Most of the time that the notebook reads for NumPy is spent on print(r)",
    rule=Rule(
        "without print, less than half of the reading, on a fine clock",
        "confirmed if the prediction interval of a reading without print is below half of that with it; refuted if it is "
        "above; otherwise inconclusive",
        lambda found: verdict(found[1].high < found[0].low / 2, found[1].low > found[0].high / 2),
    ),
)
def print_timed(results):
    table = results.csv("timings/replay.csv").query("clock == 'raw'").set_index("reading")
    rows = table.loc["add_relu NumPy"], table.loc["add_relu NumPy, print not timed"]
    texts = (with_interval(format_seconds, row["median"], row.low, row.high) for row in rows)
    return Outcome("{} with print, {} without".format(*texts), rows, needed=QUIETER)


PRINT_R = statement(
    "print r",
    IN_16,
    f"{BY_NUMPY}print(r)",
    f"{RELU}{ADD}{UNIFORM}\n{BY_HAND}",
    "'the result of NumPy' if printed[-1] is z else 'the result of the loops' if printed[-1] is r else '?'",
)
EQUAL = statement(
    "print r",
    IN_16,
    f"{BY_NUMPY}np.array_equal(r, z)",
    f"{RELU}{ADD}{UNIFORM}\n{BY_HAND}",
    reading="as meant",
)


@claim(
    "printed",
    IN_16,
    text="As written: In [16] prints the result of NumPy",
    rule=exact("the result of NumPy"),
    explanation="It prints the array of the cell above again, so the two results are never compared.",
)
def results_printed(results):
    run = PRINT_R.run(results)
    return Outcome(run.text, run.text)


@claim(
    "added",
    IN_16,
    text="As meant: the loops and NumPy give the same array for the inputs of In [12]",
    rule=true("the two arrays are equal, bit by bit"),
)
def results_printed_as_meant(results):
    run = EQUAL.run(results)
    return Outcome(f"equal: {run.text}", run.is_true)


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


def above_1(what: str) -> Rule:
    """Every 95 % interval of ratios is above 1; it judges their lower and upper bounds, and whether times are stable."""

    def judge(found):
        low, high, stable = found
        factor = 1 if stable else UNSTABLE
        return verdict((np.asarray(low) > factor).all(), (np.asarray(high) < 1 / factor).any())

    return Rule(
        f"95 % intervals of {what} above 1",
        f"confirmed if the 95 % intervals of {what} are above 1; refuted if one is below 1; where times are not stable, "
        f"above {UNSTABLE} or below 1/{UNSTABLE}; otherwise inconclusive",
        judge,
    )


def faster(results, operation: str, baselines: tuple[str, ...]) -> Outcome:
    """NumPy's speed-ups in one operation, for the rule `above_1`."""
    rows, stable = numpy_speedups(results, operation, baselines)
    texts = (
        f"{with_interval(format_ratio, row.speedup, row.ci_low, row.ci_high)} against {row.baseline}"
        for row in rows.itertuples()
    )
    measured = ", ".join(texts) + ("" if stable else "; the times are not stable")
    return Outcome(measured, (rows["ci_low"], rows["ci_high"], stable), needed=MORE if stable else QUIETER)


@claim(
    "implied",
    IN_15,
    IN_16,
    text="NumPy's add and relu are faster than by hand",
    rule=above_1("the speed-up over loops over an ndarray"),
)
def add_relu_numpy_faster(results):
    return faster(results, "add_relu", BASELINES[:1])


@claim(
    "added",
    IN_16,
    text="NumPy is faster than by hand in every operation that was timed, against loops over ndarrays and over lists",
    rule=above_1("the speed-ups"),
)
def numpy_faster(results):
    rows, stable = [], True
    timed = set(results.csv("timings/speedups.csv")["operation"])
    for operation in (name for name in TIMED if name in timed):
        of_operation, is_stable = numpy_speedups(results, operation, BASELINES)
        rows.append(of_operation)
        stable &= is_stable
    rows = pd.concat(rows).sort_values("speedup")
    least, most = (
        f"{format_ratio(row.speedup)} ({row.operation} against {row.baseline})" for row in rows.iloc[[0, -1]].itertuples()
    )
    measured = f"from {least} to {most}" + ("" if stable else "; some of the times are not stable")
    return Outcome(measured, (rows["ci_low"], rows["ci_high"], stable), needed=MORE if stable else QUIETER)


# The book prints 0.02 s, which can be 0.015 s to 0.025 s.
BOOK = (2.445 / 0.025, 2.455 / 0.015)
BOOK_RULE = interval_holds(
    np.log(BOOK),
    np.log(WIDEST_RATIO),
    "the 95 % interval of the speed-up",
    f"one of {format_ratio(BOOK[0])} to {format_ratio(BOOK[1])}",
    f"a factor of {WIDEST_RATIO}",
)


@claim(
    "book",
    IN_16,
    text=f"For add and relu together, the loops take {format_ratio(2.45 / 0.02)} the time of NumPy: 2.45 s against 0.02 s "
    "for 1,000 calls",
    rule=Rule(
        BOOK_RULE.expected,
        f"{BOOK_RULE.decision}; where times are not stable, the interval is taken wider by a factor of {UNSTABLE} on "
        "each side",
        BOOK_RULE.judge,
    ),
)
def book_speedup(results):
    rows, stable = numpy_speedups(results, "add_relu", BASELINES[:1])
    (row,) = rows.itertuples()
    factor = 1 if stable else UNSTABLE
    measured = faster(results, "add_relu", BASELINES[:1]).measured
    interval = np.log([row.speedup, row.ci_low / factor, row.ci_high * factor])
    return Outcome(measured, interval, needed=MORE if stable else QUIETER)


@claim(
    "added",
    IN_16,
    text="The 95 % intervals of speed-ups contain the true ratio: that of NumPy and NumPy under a second name is 1",
    rule=share_at_least(0.9, 0.95, "the share of intervals that contain 1"),
)
def control(results):
    covers = results.csv("timings/control.csv")["covers_1"]
    measured = f"{covers.sum()} of {len(covers)} intervals, {covers.mean():.1%}"
    return Outcome(measured, covers.to_numpy(), needed="needs more operations or sizes")
