"""In [17] to In [22]: a vector is added to every row of a matrix."""

from retrial.network import probe_keys as keys
from retrial.notebook.evidence import probe, with_interval
from retrial.notebook.loops import (
    COPY_NEEDED,
    MORE,
    PRINTED,
    QUIETER,
    above_1,
    copies,
    kept_by_copy,
    reading,
)
from retrial.notebook.registry import Outcome, cell, claim, statement
from retrial.notebook.rules import all_of, at_most, exact, true
from retrial.formats import format_ratio

ADD_VECTOR = """def naive_add_matrix_and_vector(x, y):
    assert len(x.shape) == 2
    assert len(y.shape) == 1
    assert x.shape[1] == y.shape[0]
    x = x.copy()
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] += y[j]
    return x
"""
VECTOR = "rng = np.random.default_rng(0)\nx = rng.random((300, 200))\ny = rng.random((200))\nvector = y\n"
EXPAND = "y = np.expand_dims(y, axis=0)\nexpanded = y.shape"
REPEAT = "y = np.concatenate([y] * 300, axis=0)\nrepeated = y.shape"

IN_17 = cell(
    "In [17]–[19]",
    "a matrix (300, 200) and a vector (200,), which is overwritten by 300 repetitions of itself",
)
IN_20 = cell("In [20]", "addition of a matrix and a vector by hand")
IN_21 = cell(
    "In [21]",
    "x + y between two readings of a clock",
    note="y is a matrix by now, so nothing is broadcast here: both inputs have the same shape.",
)
IN_22 = cell("In [22]", "the loops of In [20], called with that matrix")


@claim(
    "implied",
    IN_17,
    text="Broadcasting gives the same result as explicit repetition",
    rule=at_most(0, "the largest difference between the two results"),
)
def broadcasting_equals_repetition(results):
    repeated = results.csv("tensors/broadcasting.csv").query("method == 'explicit repetition'")
    measured = ", ".join(f"{row.operation} {row.max_abs_error:g}" for row in repeated.itertuples())
    return Outcome(measured, repeated["max_abs_error"])


@claim(
    "stated",
    IN_17,
    text="To repeat the vector explicitly would be inefficient",
    rule=all_of(above_1("the ratio of times"), true("repetition takes more bytes")),
)
def repetition_wasteful(results):
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
    ratios = repeated["ratio_ci_low"], repeated["ratio_ci_high"], stable
    return Outcome(measured, (ratios, bool((more_bytes > 0).all())), needed=MORE if stable else QUIETER)


@claim(
    "stated",
    IN_17,
    text="NumPy repeats the vector in its algorithm only, not in memory",
    rule=true("a row of the broadcast vector is 0 bytes after the row before, in the vector's memory"),
)
def broadcasting_copies_nothing(results):
    stride, shares, copied = (
        probe(results, key, "arrays").value
        for key in (keys.BROADCAST_STRIDE, keys.BROADCAST_SHARES, keys.REPEATED_STRIDE)
    )
    measured = f"{stride:g} bytes, {'the' if shares else 'not the'} memory of the vector; repeated: {copied:g} bytes"
    return Outcome(measured, stride == 0 and bool(shares))


SHAPES = statement(
    "comments on shapes", IN_17, f"{EXPAND}\n{REPEAT}", VECTOR, "f'{expanded}, {len(y)} times, {repeated}'"
)


@claim(
    "stated",
    IN_17,
    text="As written: y becomes (1, 10), is repeated 32 times, and becomes (32, 10)",
    rule=exact("(1, 10), 32 times, (32, 10)"),
    explanation="The comments are those of an example with other shapes.",
)
def comments_on_shapes(results):
    run = SHAPES.run(results)
    return Outcome(run.text, run.text)


COPY = copies(
    "copy in naive_add_matrix_and_vector", IN_20, ADD_VECTOR, "z = naive_add_matrix_and_vector(x, y)", VECTOR
)


@claim("stated", IN_20, text="The copy in naive_add_matrix_and_vector keeps the input unchanged", rule=COPY_NEEDED)
def naive_add_matrix_and_vector_copy(results):
    return kept_by_copy(results, COPY)


@claim(
    "printed",
    IN_21,
    text="In one cold call, by a clock that ticks about once a millisecond, x + y takes 0.000000 s",
    rule=PRINTED,
)
def reading_x_plus_y(results):
    return reading(results, "x + y")


WITH_MATRIX = statement(
    "add the vector",
    IN_22,
    "z = naive_add_matrix_and_vector(x, y)\nnp.array_equal(z, x + y)",
    f"{ADD_VECTOR}{VECTOR}{EXPAND}\n{REPEAT}",
)
WITH_VECTOR = statement(
    "add the vector",
    IN_22,
    "z = naive_add_matrix_and_vector(x, vector)\nnp.array_equal(z, x + y)",
    f"{ADD_VECTOR}{VECTOR}{EXPAND}\n{REPEAT}",
    reading="as meant",
)


@claim(
    "printed",
    IN_22,
    text="The cell ends with an AssertionError",
    rule=true("the cell, run as it is written, raises an AssertionError"),
    explanation="The loops expect the vector, but In [19] overwrote it with a matrix.",
)
def add_vector_printed(results):
    run = WITH_MATRIX.run(results)
    return Outcome(run.text, run.outcome == "AssertionError")


@claim(
    "added",
    IN_22,
    text="As meant: with the vector instead of the matrix, the loops give the same sum as x + y",
    rule=true("the two sums are equal, bit by bit"),
)
def add_vector_as_meant(results):
    run = WITH_VECTOR.run(results)
    return Outcome(f"equal: {run.text}", run.is_true)
