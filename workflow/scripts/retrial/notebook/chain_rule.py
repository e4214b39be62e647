"""The cells about the chain rule; and what goes on from there: the network trained from scratch, and by loops."""

from retrial.formats import format_duration, format_name
from retrial.notebook.evidence import accuracy_differences, mean_within, signed, with_interval
from retrial.notebook.predict import MARGIN
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim, statement
from retrial.notebook.rules import Judgement, Rule, all_of, equivalent, interval_above, interval_below, true
from retrial.operations.step import whole_training

# The predictions of a loop's time from few rows and from twice as many may differ by this share.
SCALING = 0.1
MINUTE, HOUR = 60, 3600

TWO = Cell("In [ ] f(g(x))", "the chain rule for two functions")
FOUR = Cell("In [ ] f(g(h(j(x))))", "the chain rule for four functions")
# Polynomials with whole coefficients at a whole number: their derivatives are exact.
DERIVATIVES = """
f, g, h, j = lambda x: x * x, lambda x: 3 * x, lambda x: x * x + 1, lambda x: 2 * x - 1
x = tf.constant(2, tf.float64)
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    {chain}
grad = lambda y, x: float(tape.gradient(y, x))
"""
OF_TWO = DERIVATIVES.format(chain="x1 = g(x); y = f(x1)")
OF_FOUR = DERIVATIVES.format(chain="x1 = j(x); x2 = h(x1); x3 = g(x2); y = f(x3)")
TWO_WRITTEN = statement("chain rule of two", TWO, "grad(y, x) == grad(x1, x)", OF_TWO)
statement("chain rule of two", TWO, "grad(y, x) == grad(y, x1) * grad(x1, x)", OF_TWO, reading="as meant")
FOUR_WRITTEN = statement(
    "chain rule of four", FOUR, "grad(y, x) == (grad(y, x3) * grad(x3, x2) * grad(x2, x1), grad(x1, x))", OF_FOUR
)
statement(
    "chain rule of four",
    FOUR,
    "grad(y, x) == grad(y, x3) * grad(x3, x2) * grad(x2, x1) * grad(x1, x)",
    OF_FOUR,
    reading="as meant",
)
EXACT = true("the statement, run as it is written on polynomials at a whole number, has the value True")
AGREEMENT = true("product, GradientTape and central differences agree at every point, within their tolerances")


@claim(
    "stated",
    TWO,
    text=f"As written: {TWO_WRITTEN.code}",
    rule=EXACT,
    explanation="A factor is missing: grad(y, x1), the derivative of the outer function.",
)
def chain_rule_two_as_written(results):
    run = TWO_WRITTEN.run(results)
    return Outcome(f"its value is {run.text}", run.is_true)


def agreement(results, chain: str) -> Outcome:
    """How many comparisons of chain_rule.csv agree, of those of a chain."""
    table = results.csv("gradients/chain_rule.csv")
    rows = table[table["chain"] == chain]
    if rows.empty:
        raise NotTestable("the notebook's network is not Dense(relu), Dense(softmax)")
    largest = rows.groupby("method", sort=False)["max_abs_error"].max()
    errors = ", ".join(f"{method} {error:.2g}" for method, error in largest.items())
    return Outcome(f"{rows['ok'].sum()} of {len(rows)} agree; largest differences: {errors}", rows["ok"].all())


@claim("book", TWO, rule=AGREEMENT)
def chain_rule_two(results):
    """As meant: grad(y, x) = grad(y, x1) · grad(x1, x)"""
    return agreement(results, "f(g(x))")


@claim(
    "stated",
    FOUR,
    text=f"As written: {FOUR_WRITTEN.code}",
    rule=EXACT,
    explanation="A comma stands where a product belongs, so the right side is a tuple and equals no number.",
)
def chain_rule_four_as_written(results):
    run = FOUR_WRITTEN.run(results)
    return Outcome(f"its value is {run.text}", run.is_true)


@claim("book", FOUR, rule=AGREEMENT)
def chain_rule_four(results):
    """As meant: grad(y, x) = grad(y, x3) · grad(x3, x2) · grad(x2, x1) · grad(x1, x)"""
    return agreement(results, "f(g(h(j(x))))")


@claim("added", FOUR, rule=AGREEMENT)
def chain_rule_network(results):
    """The chain rule gives the gradient of the network's loss by every weight"""
    return agreement(results, "network")


@claim(
    "added",
    FOUR,
    rule=true("every gradient, and the weights after 100 steps, agree with Keras, within their tolerances"),
)
def from_scratch_gradients(results):
    """The network written in NumPy alone is Keras's: equal weights and batches give equal gradients and training"""
    table = results.csv("gradients/gradient_check.csv")
    errors = ", ".join(
        f"{case} {e:.1g}" for case, e in table.groupby("case", sort=False)["max_relative_error"].max().items()
    )
    return Outcome(f"{table['ok'].sum()} of {len(table)} agree; largest relative errors: {errors}", table["ok"].all())


@claim("added", FOUR, rule=equivalent(0, MARGIN, "the mean difference of accuracy over seeds"))
def from_scratch_accuracy(results):
    """Written in NumPy alone, the network is as accurate as in Keras"""
    means, differences = accuracy_differences(results, "from_scratch", "baseline")
    return mean_within(differences, 0, MARGIN, signed, means)


HOURS = all_of(
    interval_above(HOUR, "the seconds of the training, in loops over ndarrays and over lists,"),
    interval_below(MINUTE, "the seconds of Keras"),
)


@claim(
    "added",
    FOUR,
    rule=Rule(
        HOURS.expected,
        f"inconclusive where the times predicted from few rows and twice as many differ by more than {SCALING:.0%}; "
        f"otherwise {HOURS.decision}",
        lambda found: HOURS.judge(found[1:]) if found[0] <= SCALING else Judgement(None, found[0], SCALING),
    ),
)
def training_by_loops(results):
    """The training that takes Keras seconds takes the loops hours"""
    table = whole_training(results.csv("timings/training_cost.csv")).set_index("engine")
    intervals = {row.Index: (row.seconds, row.low, row.high) for row in table.itertuples()}
    measured = ", ".join(
        f"{format_name(name)} {with_interval(format_duration, *row)}" for name, row in intervals.items()
    )
    if "keras" not in intervals:
        raise NotTestable("no experiment is trained in Keras", measured)
    loops = ["naive", "naive_list"]
    scaling = table.loc[loops, "scaling_error"].abs().max()
    found = scaling, [intervals[name] for name in loops], intervals["keras"]
    return Outcome(measured, found, needed="needs a quieter machine")
