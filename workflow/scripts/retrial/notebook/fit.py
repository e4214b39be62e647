"""In [6]: the training."""

import numpy as np

from retrial.formats import format_percent
from retrial.network import probe_keys as keys
from retrial.notebook.compile import IN_5
from retrial.notebook.evidence import interval_of, listed, probe, require_mnist, with_interval
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim
from retrial.notebook.rules import interval_above, true
from retrial.statistics import falls_throughout, p_of_each, p_of_share

MOST_STEPS = 0.9  # the share of steps that must lower the loss of their batch
STEPS = {"steps": 5 * 469, "steps_per_epoch": 469, "last_batch": 96}  # 60000 / 128 = 468.75: the last batch is smaller

IN_6 = Cell("In [6]", "train for 5 epochs, in batches of 128", code="model.fit(x, labels, epochs=5, batch_size=128)")


@claim(
    "stated",
    IN_6,
    rule=true(
        f"every seed made {STEPS['steps']} steps, {STEPS['steps_per_epoch']} an epoch, the last with "
        f"{STEPS['last_batch']} images"
    ),
)
def five_epochs(results):
    """The training passes over the data five times, in mini-batches of 128: 60000 / 128 makes 469 batches an epoch"""
    made = [results.json(training.file("training.json")) for training in results.trainings("baseline")]
    steps, per_epoch, last = (listed(training[key] for training in made) for key in STEPS)
    measured = f"{steps} steps, {per_epoch} an epoch, the last with {last} images"
    require_mnist(results, measured)
    return Outcome(measured, all(training[key] == n for training in made for key, n in STEPS.items()))


@claim(
    "stated",
    IN_6,
    rule=interval_above(MOST_STEPS, "the share of steps that lower it, at the start and after the last epoch,"),
)
def step_lowers_its_batch(results):
    """In each batch, the weights move in the direction that lowers the loss of this batch"""
    rows = [probe(results, key) for key in (keys.FIRST_STEPS, keys.LAST_STEPS)]
    measured = "; ".join(
        f"{row.case}: {row.value * row.n:.0f} of {row.n} steps, {with_interval(format_percent, *interval_of(row))}"
        for row in rows
    )
    p_values = np.array([p_of_share(round(row.value * row.n), row.n, MOST_STEPS) for row in rows])
    p_value = p_of_each(p_values, [row.value > MOST_STEPS for row in rows])
    return Outcome(measured, [interval_of(row) for row in rows], p_value, "needs more steps")


@claim("stated", IN_5, IN_6, rule=true("the loss falls in every epoch from every seed"))
def loss_falls(results):
    """The loss is minimised during training: it falls in every epoch"""
    losses = [results.csv(training.file("history.csv"))["loss"] for training in results.trainings("baseline")]
    if min(map(len, losses)) < 2:
        raise NotTestable("only one epoch, two or more are needed")
    falling = sum(map(falls_throughout, losses))
    return Outcome(f"in every epoch from {falling} of {len(losses)} seeds", falling == len(losses))
