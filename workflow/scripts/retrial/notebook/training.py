"""What the notebook says about compiling its network and training it."""

from retrial.notebook.registry import NotTestable, Outcome, claim, require_mnist
from retrial.notebook.statements import MEANT
from retrial.notebook.written import run_of
from retrial.statistics import falls_throughout

COMPILATION = "In [ ] compil"
PRINTED_TYPE = "keras.engine.sequential.Sequential"


@claim(
    "two_layers",
    "The network has two fully connected layers, of 512 and 10 units",
    kind="stated",
    cell="In [4]",
    expected="Dense (784, 512), Dense (512, 10)",
    decision="confirmed if the cell, run as it is written, makes these layers and weights; refuted if not",
)
def _(results):
    run = run_of(results, "layers")
    return Outcome(run.text, run.message == "Dense (784, 512), Dense (512, 10)")


@claim(
    "type_of_model",
    f"As written: type(model) is {PRINTED_TYPE}",
    kind="printed",
    cell="In [25]",
    expected=PRINTED_TYPE,
    decision="confirmed if the cell, run as it is written, has this value; refuted if it has another",
)
def _(results):
    run = run_of(results, "type")
    return Outcome(run.text, run == ("value", PRINTED_TYPE))


@claim(
    "model_is_sequential",
    "As meant: the model is a keras.Sequential",
    kind="added",
    expected="True",
    decision="confirmed if isinstance(model, keras.Sequential); refuted if not",
)
def _(results):
    run = run_of(results, "type", MEANT)
    return Outcome(run.text, run.is_true)


@claim(
    "compil_as_written",
    "As written: model.compil(…) compiles the model",
    kind="implied",
    cell=COMPILATION,
    expected="no error",
    decision="confirmed if the statement, run as it is written, raises no error; refuted if it does",
)
def _(results):
    run = run_of(results, "compil")
    return Outcome(run.text or "no error", run.outcome == "value")


@claim(
    "compil_as_meant",
    "As meant: compile with RMSprop, mean squared error and an instance of BinaryAccuracy; the model can be trained",
    kind="book",
    expected="an epoch on labels as one-hot vectors reports a loss and a binary accuracy",
    decision="confirmed if an epoch reports both; refuted if an error is raised",
)
def _(results):
    run = run_of(results, "compil", MEANT)
    return Outcome(run.text, run.outcome == "value" and {"binary_accuracy", "loss"} <= set(run.message.split()))


@claim(
    "compil_integer_labels",
    "As meant, the second compilation could be trained on the notebook's labels, which are integers",
    kind="added",
    expected="an epoch on integer labels raises no error",
    decision="confirmed if it raises no error; refuted if it does",
)
def _(results):
    run = run_of(results, "integer labels", MEANT)
    return Outcome(run.text, run.outcome == "value")


@claim(
    "metric_class",
    "As written: the class of a metric serves as well as an instance",
    kind="implied",
    cell=COMPILATION,
    expected="an epoch reports the same loss and binary accuracy as with an instance",
    decision="confirmed if the same numbers are reported; refuted if others are, or an error is raised",
)
def _(results):
    by_class, by_instance = run_of(results, "metric class"), run_of(results, "compil", MEANT)
    return Outcome(
        f"class: {by_class.text}; instance: {by_instance.text}",
        by_class.outcome == "value" and by_class == by_instance,
    )


def values_of_baseline(results, key: str) -> set[int]:
    """The values of a key of training.json that occur among the seeds of `baseline`."""
    return {results.json(training.file("training.json"))[key] for training in results.trainings("baseline")}


@claim(
    "five_epochs",
    "The training passes over the data five times, in mini-batches of 128",
    kind="stated",
    cell="In [6]",
    expected="2345 steps, 5 × 469, of which 468 an epoch have 128 images",
    decision="confirmed if every seed made 2345 steps, and steps and last batch of an epoch add up to 60000 images; "
    "refuted if not",
)
def _(results):
    steps, per_epoch, last = (values_of_baseline(results, key) for key in ("steps", "steps_per_epoch", "last_batch"))
    n_images = {128 * (n - 1) + size for n in per_epoch for size in last}
    measured = f"{', '.join(map(str, sorted(steps)))} steps, {', '.join(map(str, sorted(n_images)))} images an epoch"
    require_mnist(results, measured)
    return Outcome(measured, steps == {5 * 469} and n_images == {60000})


@claim(
    "steps_per_epoch",
    "60000 / 128 makes 469 batches an epoch",
    kind="stated",
    cell="In [6]",
    expected="469 steps; 468.75 is rounded up",
    decision="confirmed if an epoch has 469 steps from every seed; refuted if not",
)
def _(results):
    steps = values_of_baseline(results, "steps_per_epoch")
    measured = f"{', '.join(map(str, sorted(steps)))} steps; 60000 / 128 = {60000 / 128:g}"
    require_mnist(results, measured)
    return Outcome(measured, steps == {469})


@claim(
    "last_batch",
    "The last batch of an epoch has 96 images",
    kind="added",
    expected="96",
    decision="confirmed if it has 96 images from every seed; refuted if not",
)
def _(results):
    sizes = values_of_baseline(results, "last_batch")
    measured = ", ".join(map(str, sorted(sizes)))
    require_mnist(results, measured)
    return Outcome(measured, sizes == {96})


def losses_of_baseline(results) -> list:
    """The training loss of each epoch, for each seed of `baseline`.

    Raises:
        NotTestable: there is only one epoch.
    """
    losses = [results.csv(training.file("history.csv"))["loss"] for training in results.trainings("baseline")]
    if min(map(len, losses)) < 2:
        raise NotTestable("only one epoch, two or more are needed")
    return losses


@claim(
    "loss_falls",
    "The loss falls in every epoch",
    kind="implied",
    cell="In [6]",
    expected="in every epoch, from every seed",
    decision="confirmed if the loss falls in every epoch from every seed; refuted if it does not in one of them",
)
def _(results):
    losses = losses_of_baseline(results)
    falling = sum(map(falls_throughout, losses))
    return Outcome(f"in every epoch from {falling} of {len(losses)} seeds", falling == len(losses))


@claim(
    "loss_minimised",
    "The loss is minimised during training",
    kind="stated",
    cell="In [5]",
    expected="the loss of the last epoch is the smallest of all epochs, from every seed",
    decision="confirmed if the last loss is the smallest from every seed; refuted if it is not from one of them",
)
def _(results):
    losses = losses_of_baseline(results)
    smallest = sum(loss.iloc[-1] == loss.min() for loss in losses)
    return Outcome(f"the last loss is the smallest from {smallest} of {len(losses)} seeds", smallest == len(losses))
