"""In [6]: the training."""

import numpy as np

from retrial.network import probe_keys as keys
from retrial.notebook.evidence import interval_of, listed, probe, require_mnist, with_interval
from retrial.notebook.registry import NotTestable, Outcome, cell, claim
from retrial.notebook.rules import exact, interval_above, true
from retrial.formats import format_accuracy
from retrial.statistics import falls_throughout, p_of_fewer

MOST_STEPS = 0.9  # the share of steps that must lower the loss of their batch

IN_6 = cell("In [6]", "train for 5 epochs, in batches of 128")


@claim(
    "stated",
    IN_6,
    text="The training passes over the data five times, in mini-batches of 128: 469 an epoch, because 60000 / 128 is 468.75",
    rule=exact("2345 steps; an epoch has 469, the last of them with 96 images"),
)
def five_epochs(results):
    rows = [results.json(training.file("training.json")) for training in results.trainings("baseline")]
    steps, per_epoch, last = (listed(row[key] for row in rows) for key in ("steps", "steps_per_epoch", "last_batch"))
    measured = f"{steps} steps; an epoch has {per_epoch}, the last of them with {last} images"
    require_mnist(results, measured)
    return Outcome(measured, measured)


@claim(
    "stated",
    IN_6,
    text="In each batch, the weights move in the direction that lowers the loss of this batch",
    rule=interval_above(
        MOST_STEPS, "the share of steps that lower it, at the start and after the last epoch (exact intervals),"
    ),
)
def step_lowers_its_batch(results):
    rows = [probe(results, key) for key in (keys.FIRST_STEPS, keys.LAST_STEPS)]
    measured = "; ".join(
        f"{row.case}: {row.value * row.n:.0f} of {row.n} steps, {with_interval(format_accuracy, *interval_of(row))}"
        for row in rows
    )
    p_values = [p_of_fewer(row.n - round(row.value * row.n), row.n, 1 - MOST_STEPS) for row in rows]
    return Outcome(measured, [interval_of(row) for row in rows], max(p_values), "needs more steps")


@claim(
    "implied",
    IN_6,
    text="The loss falls: training minimises it",
    rule=true("the loss falls in every epoch from every seed"),
)
def loss_falls(results):
    losses = [results.csv(training.file("history.csv"))["loss"] for training in results.trainings("baseline")]
    if min(map(len, losses)) < 2:
        raise NotTestable("only one epoch, two or more are needed")
    falling = [falls_throughout(np.asarray(loss)) for loss in losses]
    return Outcome(f"in every epoch from {sum(falling)} of {len(losses)} seeds", all(falling))
