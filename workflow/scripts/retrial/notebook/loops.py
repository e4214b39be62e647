"""In [11] to In [16]: addition and relu by hand and in NumPy, and how long they take."""

from retrial.formats import format_name, format_ratio, format_seconds
from retrial.notebook.evidence import with_interval
from retrial.notebook.registry import Cell, NotTestable, Outcome, Statement, claim, statement
from retrial.notebook.rules import (
    Rule,
    exact,
    interval_above,
    interval_below,
    interval_holds,
    interval_within,
    reproduced,
    share_at_least,
)
from retrial.operations.table import BASELINES, TIMED, at_notebook_shapes
from retrial.statistics import p_of_fewer

# The interval of a ratio that spans a larger factor cannot tell whether the ratio is a certain number.
WIDEST_RATIO = 1.5
MORE = "needs more processes (timing.processes) or a quieter machine"
# The book prints 2.45 s and 0.02 s, which can be 0.015 s to 0.025 s.
BOOK_RATIO, BOOK_RANGE = 2.45 / 0.02, (2.445 / 0.025, 2.455 / 0.015)
MOST_OF_A_READING = 0.5
ENOUGH_COVERAGE, COVERAGE = 0.9, 0.95

IN_11_12 = Cell(
    "In [11], [12]",
    "draw x and y uniformly from 0 to 1, shape (20, 100)",
    note="No number is negative, so the relu of In [15] changes nothing.",
)
UNIFORM = "x, y = np.random.default_rng(0).random((2, 20, 100))"
NORMAL = "x, y = np.random.default_rng(0).standard_normal((2, 20, 100))"


def copies(name: str, cell, function: str, call: str, inputs: str) -> tuple[Statement, Statement]:
    """Two statements: whether a function leaves its input unchanged, with its copy and without."""
    setup, check = f"{inputs}\nbefore = x.copy()", "np.array_equal(x, before)"
    without = function.replace("    x = x.copy()\n", "")
    return (
        statement(f"copy in {name}", cell, function + call, setup, check),
        statement(f"copy in {name}", cell, without + call, setup, check, reading="without the copy"),
    )


LOOPS = "for i in range(20):\n    for j in range(100):\n        z[i, j] = {}"
IN_13 = Cell("In [13]", "relu by hand", code=LOOPS.format("max(x[i, j], 0)"))
RELU = """def naive_relu(x):
    assert len(x.shape) == 2
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] = max(x[i, j], 0)
    return x
"""
COPY_IN_RELU = copies("naive_relu", IN_13, RELU, "r = naive_relu(x)", NORMAL)

IN_14 = Cell("In [14]", "addition by hand", code=LOOPS.format("x[i, j] + y[i, j]"))
ADD = """def naive_add(x, y):
    assert len(x.shape) == 2
    assert x.shape == y.shape
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[i, j]
    return x
"""
COPY_IN_ADD = copies("naive_add", IN_14, ADD, "z = naive_add(x, y)", NORMAL)


def reading(results, name: str) -> Outcome:
    """What the notebook reads a clock for, in ms: one cold call in many fresh processes, on a fine clock."""
    row = results.csv("timings/replay.csv").set_index(["reading", "clock"]).loc[(name, "raw")]
    measured = f"{with_interval(format_seconds, row['median'], row.low, row.high)}, 95 % prediction interval"
    in_ms = 1e3 * row[["median", "low", "high"]].astype(float)
    return Outcome(measured, tuple(in_ms), needed="needs calls that vary less, and 39 or more of them (timing.replays)")


def ticks(number: int) -> Rule:
    """The rule for a time that the notebook reads as a number of ticks: its clock ticked about once a millisecond."""
    return reproduced(interval_within(1, "the time in ms of one more cold call, on a fine clock,", target=number))


IN_15 = Cell("In [15]", "add, then relu by hand, one call between two readings of a clock")


@claim(
    "printed",
    IN_15,
    rule=ticks(9),
    explanation="Another machine: its clock, read once around one cold call, ticked about once a millisecond, and "
    "print(r) comes before its second reading.",
)
def reading_by_hand(results):
    """Add and relu by hand, called once, take 0.008975 s: nine ticks of its clock"""
    return reading(results, "add_relu by hand")


IN_16 = Cell("In [16]", "the same in NumPy; print the array of In [15] again", code="np.maximum(x + y, 0)")


@claim("printed", IN_16, rule=ticks(1), explanation="A weak test: any time below two ticks can be read as one.")
def reading_numpy(results):
    """NumPy's add and relu, called once, take 0.000991 s: one tick of its clock"""
    return reading(results, "add_relu NumPy")


@claim(
    "added",
    IN_16,
    rule=interval_below(
        MOST_OF_A_READING,
        "the share of a reading that is left without print, from prediction intervals on a fine clock,",
    ),
)
def print_timed(results):
    """Most of what In [16] times is print(r), even where it prints into a file that keeps nothing"""
    table = results.csv("timings/replay.csv").query("clock == 'raw'").set_index("reading")
    timed, not_timed = table.loc["add_relu NumPy"], table.loc["add_relu NumPy, print not timed"]
    texts = (with_interval(format_seconds, row["median"], row.low, row.high) for row in (timed, not_timed))
    share = not_timed["median"] / timed["median"], not_timed.low / timed.high, not_timed.high / timed.low
    return Outcome("{} with print, {} without".format(*texts), share, needed=MORE)


BY_HAND, BY_NUMPY = (
    f"{RELU}{ADD}{UNIFORM}\nz = naive_add(x, y)\nr = naive_relu(z)",
    "z = x + y\nz = np.maximum(z, 0.)\n",
)
PRINT_R = statement(
    "print r",
    IN_16,
    f"{BY_NUMPY}print(r)",
    BY_HAND,
    "'the result of NumPy' if printed[-1] is z else 'the result of the loops' if printed[-1] is r else '?'",
)
statement("print r", IN_16, f"{BY_NUMPY}np.array_equal(r, z)", BY_HAND, reading="as meant")


@claim(
    "implied",
    IN_16,
    rule=exact("the result of NumPy"),
    explanation="print(r) prints the array of In [15] again, so the results of the loops and NumPy are never compared.",
)
def results_printed(results):
    """As written: In [16] prints the result of NumPy"""
    run = PRINT_R.run(results)
    return Outcome(f"printed: {run.text}", run.text)


def speedups(results, operation: str, baselines=BASELINES) -> list:
    """The rows of NumPy's speed-ups over these baselines, at the notebook's shapes.

    Raises:
        NotTestable: the operation was not timed.
    """
    table = results.csv("timings/speedups.csv")
    rows = at_notebook_shapes(table[(table["operation"] == operation) & (table["implementation"] == "numpy")])
    if rows.empty:
        raise NotTestable(f"{operation} is not in timing.operations")
    return list(rows[rows["baseline"].isin(baselines)].itertuples())


def intervals_of(rows: list) -> list[tuple[float, float, float]]:
    """Each speed-up and its interval. A ratio is judged by its own interval, even where its times are not stable."""
    return [(row.speedup, row.ci_low, row.ci_high) for row in rows]


def speedup_of_add_relu(results) -> Outcome:
    """NumPy's speed-up over the notebook's loops for add and relu together."""
    (row,) = speedups(results, "add_relu", ("naive",))
    measured = (
        f"{with_interval(format_ratio, row.speedup, row.ci_low, row.ci_high)} compared with {format_name(row.baseline)}"
    )
    return Outcome(measured, *intervals_of([row]), needed=MORE)


IN_15_16 = Cell("In [15], [16]", "the two times beside each other")


@claim("implied", IN_15_16, rule=interval_above(1, "the speed-up"))
def add_relu_numpy_faster(results):
    """NumPy's add and relu are faster than by hand"""
    return speedup_of_add_relu(results)


@claim(
    "book",
    IN_15_16,
    text=f"For add and relu together, the loops take {format_ratio(BOOK_RATIO)} the time of NumPy: 2.45 s against "
    "0.02 s for 1,000 calls",
    rule=reproduced(
        interval_holds(
            BOOK_RANGE,
            WIDEST_RATIO,
            "the 95 % interval of the speed-up",
            " to ".join(map(format_ratio, BOOK_RANGE)),
            f"a factor of {WIDEST_RATIO}",
            ratio=True,
        )
    ),
    explanation="The book's machine is another one.",
)
def book_speedup(results):
    return speedup_of_add_relu(results)


@claim("added", IN_15_16, rule=interval_above(1, "each speed-up"))
def numpy_faster(results):
    """NumPy is faster than by hand for every other operation, over loops on ndarrays and on lists"""
    timed = results.csv("timings/speedups.csv")["operation"].unique()
    found = [speedups(results, name) for name in TIMED if name in timed and name != "add_relu"]
    if not found:
        raise NotTestable("no other operation is in timing.operations")
    rows = sorted((row for part in found for row in part), key=lambda row: row.speedup)
    measured = " to ".join(
        f"{with_interval(format_ratio, row.speedup, row.ci_low, row.ci_high)} ({format_name(row.operation)} compared "
        f"with {format_name(row.baseline)})"
        for row in (rows[0], rows[-1])
    )
    return Outcome(measured, intervals_of(rows), needed=MORE)


@claim("added", IN_15_16, rule=share_at_least(ENOUGH_COVERAGE, COVERAGE, "the share of intervals that cover 1"))
def control(results):
    """The 95 % intervals of ratios cover 1 where that is true: of NumPy and itself, of loops and their parts"""
    covers = results.csv("timings/control.csv")["covers_1"]
    measured = f"{covers.sum()} of {len(covers)} intervals, {covers.mean():.1%}"
    p_value = p_of_fewer(covers.sum(), len(covers), COVERAGE)
    return Outcome(measured, covers, p_value, "needs more operations or sizes")
