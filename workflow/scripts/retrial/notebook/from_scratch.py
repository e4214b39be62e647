"""What the notebook stops short of: its operations and the chain rule together are training; by loops, for hours."""

from retrial.notebook.accuracy import WIDEST
from retrial.notebook.registry import NotTestable, Outcome, claim, with_interval
from retrial.operations.step import whole_training
from retrial.page.formats import format_accuracy, format_duration
from retrial.statistics import interval_of_mean

NO_EXPERIMENT = "no experiment from_scratch"
# The predictions of a loop's time from few rows and from twice as many may differ by this share.
SCALING = 0.1
MINUTE, HOUR = 60, 3600


@claim(
    "from_scratch_gradients",
    "The network written in NumPy alone is Keras's: equal weights and batches give equal gradients and equal training",
    kind="added",
    expected="every gradient, and the weights after 100 steps, within their tolerances",
    decision="confirmed if all comparisons with Keras and with central differences are within their tolerances; "
    "refuted if one is not",
)
def _(results):
    if not results.exists("gradients/gradient_check.csv"):
        raise NotTestable(NO_EXPERIMENT)
    table = results.csv("gradients/gradient_check.csv")
    errors = ", ".join(
        f"{case} {e:.1g}" for case, e in table.groupby("case", sort=False)["max_relative_error"].max().items()
    )
    return Outcome(f"{table['ok'].sum()} of {len(table)} agree; largest relative errors: {errors}", table["ok"].all())


@claim(
    "from_scratch_accuracy",
    "Written in NumPy alone, the network reaches the accuracy that it has in Keras",
    kind="added",
    expected="the 95 % intervals of the two means overlap",
    decision=f"confirmed if they overlap and neither is wider than ± {WIDEST}; refuted if they do not overlap; "
    "otherwise inconclusive",
)
def _(results):
    table = results.csv("accuracy.csv").groupby("experiment")["test_accuracy"]
    if not {"baseline", "from_scratch"} <= set(table.groups):
        raise NotTestable(NO_EXPERIMENT)
    keras, numpy = (interval_of_mean(table.get_group(name).to_numpy()) for name in ("baseline", "from_scratch"))
    measured = f"NumPy {with_interval(format_accuracy, *numpy)}, Keras {with_interval(format_accuracy, *keras)}"
    if numpy.low > keras.high or numpy.high < keras.low:
        return Outcome(measured, False)
    narrow = all(interval.high - interval.low <= 2 * WIDEST for interval in (keras, numpy))
    return Outcome(measured, True if narrow else None, needed="needs more seeds")


@claim(
    "training_by_loops",
    "The training that takes Keras seconds takes the loops hours",
    kind="added",
    expected="Keras below a minute; loops over ndarrays and over lists above an hour",
    decision="confirmed if the 95 % intervals of both loops are above an hour and that of Keras is below a minute; "
    "refuted if one of them is on the other side; otherwise, or where the times predicted from few rows and from twice "
    f"as many differ by more than {SCALING:.0%}, inconclusive",
)
def _(results):
    table = whole_training(results.csv("timings/training_cost.csv")).set_index("engine")
    measured = ", ".join(
        f"{row.Index} {with_interval(format_duration, row.seconds, row.low, row.high)}" for row in table.itertuples()
    )
    if "keras" not in table.index:
        raise NotTestable("no experiment is trained in Keras", measured)
    loops, keras = table.loc[["naive", "naive_list"]], table.loc["keras"]
    if (loops["scaling_error"].abs() > SCALING).any():
        holds = None
    elif (loops["low"] > HOUR).all() and keras["high"] < MINUTE:
        holds = True
    else:
        holds = False if (loops["high"] < HOUR).any() or keras["low"] > MINUTE else None
    return Outcome(measured, holds, needed="needs a quieter machine")
