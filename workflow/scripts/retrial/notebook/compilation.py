"""What the notebook says about the loss, the optimizer and the metrics of its network."""

import numpy as np
import pandas as pd

from retrial.notebook.probes import NEEDS_SEEDS, needed_seeds, probe_row, verdict_of
from retrial.notebook.registry import NotTestable, Outcome, claim, with_interval
from retrial.page.formats import format_accuracy, format_percent
from retrial.statistics import interval_of_mean, p_of_fewer, p_of_larger_mean

MOST_STEPS = 0.9  # the share of steps that must lower the loss of their batch
ABOVE_0 = (
    "confirmed if the 95 % interval of the mean difference over seeds is above 0; refuted if it is below 0; otherwise "
    "inconclusive"
)


@claim(
    "loss_is_the_feedback",
    "The loss is the feedback signal for the weights",
    kind="stated",
    cell="In [5]",
    expected="the weights change in training, and do not if the loss is multiplied by 0",
    decision="confirmed if a weight changes with the loss, and none with the loss times 0; refuted if not",
)
def _(results):
    changes = [probe_row(results, "feedback", case).value for case in ("the loss", "the loss times 0")]
    measured = f"largest change of a weight {changes[0]:.2g}, with the loss times 0 {changes[1]:.2g}"
    return Outcome(measured, changes[0] > 0 and changes[1] == 0)


@claim(
    "sparse_loss",
    "The sparse loss is for labels that are integers",
    kind="stated",
    cell="In [5]",
    expected="an error on one-hot labels, for which the categorical loss gives the same weights",
    decision="confirmed if the sparse loss raises an error on one-hot labels, and the weights of the categorical loss "
    "differ from those of the sparse loss on integers by at most 1e-6; refuted if not",
)
def _(results):
    error = probe_row(results, "sparse_loss", "sparse loss on one-hot labels")
    difference = probe_row(results, "sparse_loss", "categorical loss on one-hot labels").value
    measured = (
        f"on one-hot labels it {error.statistic}; categorical loss: largest difference of a weight {difference:.2g}"
    )
    return Outcome(measured, bool(error.value) and difference <= 1e-6)


def excess_disagreement(table: pd.DataFrame, other: str) -> tuple[np.ndarray, float, float]:
    """How much more often `baseline` and another experiment disagree than two seeds of `baseline` do.

    Args:
        table: the rows of disagreement.csv.

    Returns:
        For each seed of both: the disagreement of the two experiments from this seed, minus the mean disagreement of
        its `baseline` with other seeds of `baseline`, shape (seeds,). Then the two mean disagreements.
    """
    pairs = table[(table["experiment"] == "baseline") & (table["other_experiment"] == other)]
    between = pairs[pairs["seed"] == pairs["other_seed"]].set_index("seed")["share"]
    seeds = table[(table["experiment"] == "baseline") & (table["other_experiment"] == "baseline")]
    both_ways = pd.concat([seeds.set_index("seed")["share"], seeds.set_index("other_seed")["share"]])
    within = both_ways.groupby(level=0).mean()
    return (between - within).dropna().to_numpy(), float(between.mean()), float(within.mean())


@claim(
    "another_loss_another_model",
    "With another loss, an entirely different model may come out: at the same learning rate, the model of the mean "
    "squared error disagrees with baseline more often than another seed does",
    kind="stated",
    cell="In [5]",
    expected="a difference of disagreement above 0: how different is `entirely` is left to the reader",
    decision=ABOVE_0,
)
def _(results):
    excess, between, within = excess_disagreement(results.csv("predictions/disagreement.csv"), "mse_same_rate")
    if not len(excess):
        raise NotTestable("needs two seeds of baseline, and one of them with mse_same_rate")
    measured = f"disagree on {100 * between:.1f} % of the test images, two seeds of baseline on {100 * within:.1f} %"
    if len(excess) < 2:
        return Outcome(measured, None, needed=NEEDS_SEEDS)
    interval = interval_of_mean(excess)
    measured += f"; difference {with_interval('{:+.4f}'.format, *interval)} over {len(excess)} seeds"
    holds = verdict_of(interval.low > 0, interval.high < 0)
    return Outcome(measured, holds, p_of_larger_mean(excess, 0), needed_seeds(excess, abs(interval.value)))


for id, text, more, less in (
    (
        "loss_costs_accuracy",
        "At the same learning rate, mean squared error makes the network less accurate",
        "baseline",
        "mse_same_rate",
    ),
    (
        "rate_costs_more",
        "A tenth of the learning rate costs more accuracy than mean squared error does",
        "mse_same_rate",
        "low_rate",
    ),
):

    @claim(
        id,
        text,
        kind="added",
        expected=f"{more} minus {less}: a difference of accuracy above 0",
        decision=ABOVE_0,
    )
    def _(results, more=more, less=less):
        table = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
        pairs = table.reindex(columns=[more, less]).dropna()
        if pairs.empty:
            raise NotTestable(f"no seed has both experiments, {more} and {less}")
        measured = ", ".join(f"{name} {format_accuracy(pairs[name].mean())}" for name in pairs)
        if len(pairs) < 2:
            return Outcome(measured, None, needed=NEEDS_SEEDS)
        differences = (pairs[more] - pairs[less]).to_numpy()
        interval = interval_of_mean(differences)
        measured += f"; difference {with_interval(format_accuracy, *interval)} over {len(pairs)} seeds"
        holds = verdict_of(interval.low > 0, interval.high < 0)
        needed = needed_seeds(differences, abs(interval.value))
        return Outcome(measured, holds, p_of_larger_mean(differences, 0), needed)


@claim(
    "mini_batches",
    "rmsprop lowers the loss by mini-batches",
    kind="stated",
    cell="In [5]",
    expected="in the same epochs, a higher accuracy than with one batch of all images",
    decision="confirmed if the 95 % interval of the difference of accuracy, over the test images, is above 0; refuted "
    "if it is below; otherwise inconclusive",
)
def _(results):
    mini, whole = (probe_row(results, "batches", case).value for case in ("mini-batches", "one batch of all images"))
    difference = probe_row(results, "batches", "mini-batches, one batch")
    interval = with_interval(format_accuracy, difference.value, difference.low, difference.high)
    measured = f"{format_accuracy(mini)}, with one batch {format_accuracy(whole)}; difference {interval}, one seed"
    holds = verdict_of(difference.low > 0, difference.high < 0)
    return Outcome(measured, holds, needed="needs more images or epochs")


@claim(
    "metrics_change_no_weight",
    "The network is not optimised for its metrics directly",
    kind="stated",
    cell="In [5]",
    expected="the same weights, bit by bit, whatever metrics are compiled; the gradient of the accuracy is 0",
    decision="confirmed if no weight differs, and small steps of all weights in random directions change the loss each "
    "time and the accuracy never; refuted if a weight differs, or a step changes the accuracy; otherwise inconclusive",
)
def _(results):
    cases = "no metric", "cross-entropy and top-5 accuracy"
    difference = max(probe_row(results, "metrics", case).value for case in cases)
    loss, accuracy = (probe_row(results, "gradient", case) for case in ("loss", "accuracy"))
    measured = (
        f"largest difference of a weight {difference:.2g}; the loss changes in {loss.value:.0f} of {loss.n} "
        f"directions, the accuracy in {accuracy.value:.0f}"
    )
    agrees = difference == 0 and accuracy.value == 0
    return Outcome(measured, verdict_of(agrees and loss.value == loss.n, not agrees), needed="needs larger steps")


@claim(
    "step_lowers_its_batch",
    "In each batch, the weights move in the direction that lowers the loss of this batch",
    kind="stated",
    cell="In [6]",
    expected=f"more than {format_percent(MOST_STEPS)} of the steps lower it, at the start and after the last epoch",
    decision=f"confirmed if the exact 95 % intervals of both shares are above {MOST_STEPS}; refuted if one is below; "
    "otherwise inconclusive",
)
def _(results):
    rows = [probe_row(results, "step", case) for case in ("the first steps", "after the last epoch")]
    measured = "; ".join(
        f"{row.case}: {row.value * row.n:.0f} of {row.n} steps, "
        + with_interval(format_accuracy, row.value, row.low, row.high)
        for row in rows
    )
    holds = verdict_of(all(row.low > MOST_STEPS for row in rows), any(row.high < MOST_STEPS for row in rows))
    p_values = [p_of_fewer(row.n - round(row.value * row.n), row.n, 1 - MOST_STEPS) for row in rows]
    return Outcome(measured, holds, max(p_values), "needs more steps")
