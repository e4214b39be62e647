"""What the notebook says about the training of its network."""

from retrial.claims.registry import NotTestable, claim, require_mnist
from retrial.statistics import falls_throughout

SOURCE = "notebook: training"


def values_of_baseline(results, key: str) -> set[int]:
    """The values of a key of training.json that occur among the seeds of `baseline`."""
    return {results.json(training.file("training.json"))[key] for training in results.trainings("baseline")}


@claim("steps_per_epoch", "An epoch has 469 steps", source=SOURCE, expected="469")
def _(results):
    steps = values_of_baseline(results, "steps_per_epoch")
    measured = ", ".join(map(str, sorted(steps)))
    require_mnist(results, measured)
    return measured, steps == {469}


@claim("last_batch", "The last batch of an epoch has 96 images", source=SOURCE, expected="96")
def _(results):
    sizes = values_of_baseline(results, "last_batch")
    measured = ", ".join(map(str, sorted(sizes)))
    require_mnist(results, measured)
    return measured, sizes == {96}


@claim("loss_falls", "The loss falls in every epoch", source=SOURCE, expected="in every epoch, from every seed")
def _(results):
    losses = [results.csv(training.file("history.csv"))["loss"] for training in results.trainings("baseline")]
    falling = sum(map(falls_throughout, losses))
    measured = f"in every epoch from {falling} of {len(losses)} seeds"
    if min(map(len, losses)) < 2:
        raise NotTestable("only one epoch, two or more are needed", measured)
    return measured, falling == len(losses)
