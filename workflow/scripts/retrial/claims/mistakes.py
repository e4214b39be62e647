"""What the notebook got wrong: each mistake with a measurement that shows it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from retrial.claims.registry import NotTestable, all_claims
from retrial.display.formats import format_accuracy
from retrial.operations import naive
from retrial.pipeline.results import Results

MISTAKES: dict[str, Callable[[Results], str]] = {}


def mistake(text: str):
    """Register the decorated function, which returns as text what shows this mistake in the results."""

    def register(show: Callable[[Results], str]):
        MISTAKES[text] = show
        return show

    return register


def judge_mistakes(folder: str | Path) -> list[dict]:
    """The mistakes, each with `text`, `measured`, and `evidence`: the names of the files in the folder that were read.

    Where a file is missing, or the results lack the operation or experiment, `measured` says so.
    """
    rows = []
    for text, show in MISTAKES.items():
        results = Results(folder)
        try:
            measured = show(results)
        except NotTestable as error:
            measured = f"not measured: {error.reason}"
        except FileNotFoundError:
            measured = f"not measured: results/{results.files_read.pop()} is missing"
        rows.append({"text": text, "measured": measured, "evidence": results.files_read})
    return rows


def measured_by(id: str, results: Results) -> str:
    """What a claim measures in these results."""
    measured, _ = all_claims()[id].test(results)
    return measured


@mistake("It reports the accuracy of one training, from one seed, as the accuracy of the network.")
def _(results):
    accuracies = results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"]
    low, high = format_accuracy(accuracies.min()), format_accuracy(accuracies.max())
    return f"accuracies from {low} to {high} over {len(accuracies)} seeds"


@mistake(
    "It overwrites the vector with its explicit repetition, so it passes a matrix to the loops, which expect a vector."
)
def _(results):
    x, y = np.ones((300, 200)), np.ones(200)
    y = np.concatenate([np.expand_dims(y, 0)] * 300)
    try:
        naive.add_matrix_vector(x, y)
    except AssertionError:
        return f"for shapes {x.shape} and {y.shape} the loops raise AssertionError, so there is no time"
    return f"for shapes {x.shape} and {y.shape} the loops raise no error"


@mistake("It prints the same array below both timings, so it never compares the results of the loops and NumPy.")
def _(results):
    return f"largest differences from NumPy: {measured_by('add_relu_equals_numpy', results)}"


@mistake("It reads the clock once, around one call, and prints 0.000000 s for NumPy's addition.")
def _(results):
    return f"NumPy's addition of a vector to a matrix takes {measured_by('broadcasting_takes_0_s', results)}"


@mistake("Its inputs are all positive, so its relu has nothing to clip.")
def _(results):
    return measured_by("relu_changes_nothing", results)


@mistake("The last line of its chain rule has a comma instead of a product.")
def _(results):
    y_x3, x3_x2, x2_x1, x1_x = 2, 3, 5, 7
    product = y_x3 * x3_x2 * x2_x1 * x1_x
    line = (y_x3 * x3_x2 * x2_x1, x1_x)
    comparison = "equal" if product == line else "not equal"
    return f"for the factors 2, 3, 5 and 7 the product is {product} and the notebook's line is {line}: {comparison}"


@mistake(
    "It misspells “compile” and passes the class of the metric instead of an instance, so its second network "
    "never ran. This metric is misleading."
)
def _(results):
    return measured_by("metric_flatters", results)
