"""In [17] to In [22]: a vector added to a matrix."""

from retrial.formats import format_name, format_ratio
from retrial.network import probe_keys as keys
from retrial.notebook.evidence import probe, with_interval
from retrial.notebook.loops import COPY_IN_ADD, COPY_IN_RELU, IN_13, IN_14, MORE, copies, reading, ticks
from retrial.notebook.registry import Cell, Outcome, claim, statement
from retrial.notebook.rules import all_of, at_most, exact, interval_above, true

IN_17 = Cell(
    "In [17]–[19]",
    "a matrix (300, 200) and a vector (200,), which is overwritten by 300 repetitions of itself",
    note="Its comments still say (1, 10), 32 times and (32, 10): the book's shapes.",
)
VECTOR = "rng = np.random.default_rng(0)\nx = rng.random((300, 200))\ny = rng.random((200))\nvector = y\n"
REPEAT = """y = np.expand_dims(y, axis=0)
expanded = y.shape
y = np.concatenate([y] * 300, axis=0)
repeated = y.shape"""
PRINTED = statement("printed shapes", IN_17, REPEAT, VECTOR, check="f'{expanded}, {len(y)} times, {repeated}'")


@claim("implied", IN_17, rule=at_most(0, "the largest difference of their results"))
def broadcasting_equals_repetition(results):
    """Broadcasting gives the same result as explicit repetition"""
    repeated = results.csv("tensors/broadcasting.csv").query("method == 'explicit repetition'")
    differences = ", ".join(f"{format_name(row.operation)} {row.max_abs_error:g}" for row in repeated.itertuples())
    return Outcome(f"largest difference: {differences}", repeated["max_abs_error"])


@claim(
    "stated",
    IN_17,
    rule=all_of(
        interval_above(1, "each ratio of times, of repetition and broadcasting,"),
        true("repetition takes more bytes each time"),
    ),
)
def repetition_wasteful(results):
    """To repeat the vector explicitly would be inefficient"""
    table = results.csv("tensors/broadcasting.csv").set_index("operation")
    by_method = table.groupby("method")
    repeated = by_method.get_group("explicit repetition")
    more_bytes = repeated["peak_bytes"] - by_method.get_group("broadcasting")["peak_bytes"]
    intervals = {row.Index: (row.ratio, row.ratio_ci_low, row.ratio_ci_high) for row in repeated.itertuples()}
    measured = ", ".join(
        f"{format_name(name)} {with_interval(format_ratio, *interval)} the time, {more_bytes[name]:,} bytes more"
        for name, interval in intervals.items()
    )
    return Outcome(measured, (list(intervals.values()), (more_bytes > 0).all()), needed=MORE)


@claim(
    "stated", IN_17, rule=true("a row of the broadcast vector is 0 bytes after the row before, in the vector's memory")
)
def broadcasting_copies_nothing(results):
    """NumPy repeats the vector in its algorithm only, not in memory"""
    stride, shares, copied = (
        probe(results, key, "arrays").value
        for key in (keys.BROADCAST_STRIDE, keys.BROADCAST_SHARES, keys.REPEATED_STRIDE)
    )
    measured = f"rows {stride:g} bytes apart in {'its' if shares else 'other'} memory; repeated, {copied:g} bytes apart"
    return Outcome(measured, stride == 0 and shares)


@claim("printed", IN_17, rule=exact("(1, 200), 300 times, (300, 200)"))
def printed_shapes(results):
    """The printed shapes: y becomes (1, 200), is repeated 300 times, and becomes (300, 200)"""
    run = PRINTED.run(results)
    return Outcome(run.text, run.text)


IN_20 = Cell("In [20]", "addition of a matrix and a vector by hand")
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
COPY_IN_ADD_VECTOR = copies(
    "naive_add_matrix_and_vector", IN_20, ADD_VECTOR, "z = naive_add_matrix_and_vector(x, y)", VECTOR
)


@claim(
    "stated",
    IN_13,
    IN_14,
    IN_20,
    rule=true("each call leaves the input unchanged, and changes it without the line that copies"),
)
def copies_keep_inputs(results):
    """The copy in naive_relu, naive_add and naive_add_matrix_and_vector keeps the input unchanged"""
    runs = {
        name: tuple(run.run(results).is_true for run in pair)
        for name, pair in {
            "naive_relu": COPY_IN_RELU,
            "naive_add": COPY_IN_ADD,
            "naive_add_matrix_and_vector": COPY_IN_ADD_VECTOR,
        }.items()
    }
    words = {True: "unchanged", False: "changed"}
    measured = "; ".join(
        f"{name}: {words[kept]}, without the copy {words[bare]}" for name, (kept, bare) in runs.items()
    )
    return Outcome(measured, set(runs.values()) == {(True, False)})


IN_21 = Cell("In [21]", "x + y between two readings of a clock; y is a matrix by now")


@claim(
    "printed",
    IN_21,
    rule=ticks(0),
    explanation="Nothing is broadcast here: y is a matrix by now. And any time below a tick can be read as 0.",
)
def reading_x_plus_y(results):
    """x + y, called once, takes 0.000000 s: less than one tick of its clock"""
    return reading(results, "x + y")


IN_22 = Cell("In [22]", "the loops of In [20], called with that matrix")
SUM = f"{ADD_VECTOR}{VECTOR}{REPEAT}"
ADD_MATRIX = statement("add the vector", IN_22, "z = naive_add_matrix_and_vector(x, y)\nnp.array_equal(z, x + y)", SUM)
statement(
    "add the vector",
    IN_22,
    "z = naive_add_matrix_and_vector(x, vector)\nnp.array_equal(z, x + y)",
    SUM,
    reading="as meant",
)


@claim(
    "printed",
    IN_22,
    rule=exact("AssertionError"),
    explanation="In [19] overwrote the vector with its repetition, so the loops get a matrix, and there is no time.",
)
def add_vector_printed(results):
    """The cell ends with an AssertionError"""
    run = ADD_MATRIX.run(results)
    return Outcome(run.text, run.outcome)
