"""The cells about the chain rule; and what follows from it and from the loops together: training."""

from retrial.notebook.evidence import with_interval
from retrial.notebook.predict import WIDEST
from retrial.notebook.registry import NotTestable, Outcome, cell, claim, statement
from retrial.notebook.rules import Rule, true, verdict
from retrial.formats import format_accuracy, format_duration
from retrial.statistics import interval_of_mean
from retrial.training_step.cost import whole_training

NO_EXPERIMENT = "no experiment from_scratch"
# The predictions of a loop's time from few rows and from twice as many may differ by this share.
SCALING = 0.1
MINUTE, HOUR = 60, 3600

OF_TWO = cell("In [ ] f(g(x))", "the chain rule for f(g(x)), as a comment")
OF_FOUR = cell("In [ ] f(g(h(j(x))))", "the chain rule for f(g(h(j(x)))), as a comment")

# Polynomials with whole coefficients at a whole number: their derivatives are exact.
DERIVATIVES = """
f, g, h, j = lambda x: x * x, lambda x: 3 * x, lambda x: x * x + 1, lambda x: 2 * x - 1
x = tf.constant(2, tf.float64)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    {chain}
grad = lambda y, x: float(tape.gradient(y, x))
"""
TWO = DERIVATIVES.format(chain="x1 = g(x)\n    y = f(x1)")
FOUR = DERIVATIVES.format(chain="x1 = j(x)\n    x2 = h(x1)\n    x3 = g(x2)\n    y = f(x3)")
SAYS_TWO = "grad(y, x) == grad(x1, x)"
SAYS_FOUR = "grad(y, x) == (grad(y, x3) * grad(x3, x2) * grad(x2, x1), grad(x1, x))"
PRODUCT_OF_FOUR = "grad(y, x3) * grad(x3, x2) * grad(x2, x1) * grad(x1, x)"

TWO_WRITTEN = statement("chain rule of two", OF_TWO, SAYS_TWO, TWO)
statement("chain rule of two", OF_TWO, "grad(y, x) == grad(y, x1) * grad(x1, x)", TWO, reading="as meant")
FOUR_WRITTEN = statement("chain rule of four", OF_FOUR, SAYS_FOUR, FOUR)
statement("chain rule of four", OF_FOUR, f"grad(y, x) == {PRODUCT_OF_FOUR}", FOUR, reading="as meant")

IS_TRUE = true("the statement, run on polynomials at a whole number, where derivatives are exact, has the value True")
AGREE = true("the product of the factors, GradientTape and central differences agree at every point, within tolerance")


@claim("stated", OF_TWO, text=f"As written: {SAYS_TWO}", rule=IS_TRUE, explanation="A factor is missing: grad(y, x1).")
def chain_rule_two_as_written(results):
    run = TWO_WRITTEN.run(results)
    return Outcome(run.text, run.is_true)


@claim(
    "stated",
    OF_FOUR,
    text=f"As written: {SAYS_FOUR}",
    rule=IS_TRUE,
    explanation="The comma makes a tuple; a product was intended.",
)
def chain_rule_four_as_written(results):
    run = FOUR_WRITTEN.run(results)
    return Outcome(run.text, run.is_true)


def agreement(results, *cases: str) -> Outcome:
    """How well the methods of chain_rule.csv agree in the cases that begin like these."""
    table = results.csv("gradients/chain_rule.csv")
    rows = table[table["case"].str.startswith(cases)]
    if rows.empty:
        raise NotTestable("the baseline network is not Dense(relu), Dense(softmax)")
    largest = rows.groupby("method", sort=False)["max_abs_error"].max()
    errors = ", ".join(f"{method} {error:.2g}" for method, error in largest.items())
    return Outcome(f"{rows['ok'].sum()} of {len(rows)} agree; largest differences: {errors}", bool(rows["ok"].all()))


@claim("book", OF_TWO, text="As meant: grad(y, x) = grad(y, x1) · grad(x1, x)", rule=AGREE)
def chain_rule_two(results):
    return agreement(results, "scalar f(g(x))", "vector f(g(x))")


@claim("book", OF_FOUR, text=f"As meant: grad(y, x) = {PRODUCT_OF_FOUR.replace('*', '·')}", rule=AGREE)
def chain_rule_four(results):
    return agreement(results, "scalar f(g(h(j(x))))", "vector f(g(h(j(x))))")


@claim("added", OF_FOUR, text="The chain rule gives the gradient of the network's loss by every weight", rule=AGREE)
def chain_rule_network(results):
    return agreement(results, "network")


@claim(
    "added",
    OF_FOUR,
    text="The network written in NumPy alone is Keras's: equal weights and batches give equal gradients and equal training",
    rule=true("every gradient, and the weights after 100 steps, are within their tolerances"),
)
def from_scratch_gradients(results):
    if not results.exists("gradients/gradient_check.csv"):
        raise NotTestable(NO_EXPERIMENT)
    table = results.csv("gradients/gradient_check.csv")
    errors = ", ".join(
        f"{case} {e:.1g}" for case, e in table.groupby("case", sort=False)["max_relative_error"].max().items()
    )
    measured = f"{table['ok'].sum()} of {len(table)} agree; largest relative errors: {errors}"
    return Outcome(measured, bool(table["ok"].all()))


def judge_means(found) -> bool | None:
    """The rule of `from_scratch_accuracy`, for the intervals of two means."""
    numpy, keras = found
    apart = numpy.low > keras.high or numpy.high < keras.low
    narrow = all(interval.high - interval.low <= 2 * WIDEST for interval in found)
    return verdict(not apart and narrow, apart)


@claim(
    "added",
    OF_FOUR,
    text="Written in NumPy alone, the network reaches the accuracy that it has in Keras",
    rule=Rule(
        "the 95 % intervals of the two means overlap",
        f"confirmed if they overlap and neither is wider than ± {WIDEST}; refuted if they do not overlap; otherwise "
        "inconclusive",
        judge_means,
    ),
)
def from_scratch_accuracy(results):
    table = results.csv("accuracy.csv").groupby("experiment")["test_accuracy"]
    if not {"baseline", "from_scratch"} <= set(table.groups):
        raise NotTestable(NO_EXPERIMENT)
    keras, numpy = (interval_of_mean(table.get_group(name).to_numpy()) for name in ("baseline", "from_scratch"))
    measured = f"NumPy {with_interval(format_accuracy, *numpy)}, Keras {with_interval(format_accuracy, *keras)}"
    return Outcome(measured, (numpy, keras), needed="needs more seeds")


def judge_hours(table) -> bool | None:
    """The rule of `training_by_loops`, for the time of the training by engine."""
    loops, keras = table.loc[["naive", "naive_list"]], table.loc["keras"]
    if (loops["scaling_error"].abs() > SCALING).any():
        return None
    return verdict(
        (loops["low"] > HOUR).all() and keras["high"] < MINUTE, (loops["high"] < HOUR).any() or keras["low"] > MINUTE
    )


@claim(
    "added",
    OF_FOUR,
    text="The training that takes Keras seconds takes the loops hours",
    rule=Rule(
        "Keras below a minute; loops over ndarrays and over lists above an hour",
        "confirmed if the 95 % intervals of both loops are above an hour and that of Keras is below a minute; refuted if "
        "one of them is on the other side; otherwise, or where the times predicted from few rows and from twice as many "
        f"differ by more than {SCALING:.0%}, inconclusive",
        judge_hours,
    ),
)
def training_by_loops(results):
    table = whole_training(results.csv("timings/training_cost.csv")).set_index("engine")
    measured = ", ".join(
        f"{row.Index} {with_interval(format_duration, row.seconds, row.low, row.high)}" for row in table.itertuples()
    )
    if "keras" not in table.index:
        raise NotTestable("no experiment is trained in Keras", measured)
    return Outcome(measured, table, needed="needs a quieter machine")
