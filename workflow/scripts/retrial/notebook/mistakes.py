"""What the notebook got wrong: each mistake with a measurement that shows it."""

from collections.abc import Callable
from pathlib import Path

from retrial.notebook.registry import all_claims
from retrial.notebook.statements import MEANT
from retrial.notebook.written import run_of
from retrial.page.formats import format_accuracy
from retrial.results import Results

MISTAKES: dict[str, Callable[[Results], str]] = {}


def mistake(text: str):
    """Register the decorated function, which returns as text what shows this mistake in the results."""

    def register(show: Callable[[Results], str]):
        MISTAKES[text] = show
        return show

    return register


def judge_mistakes(folder: str | Path) -> list[dict]:
    """The mistakes, each with `text`, `measured`, and `evidence`: the names of the files in the folder that were read.

    Where a file is missing, `measured` says so.
    """
    rows = []
    for text, show in MISTAKES.items():
        results = Results(folder)
        try:
            measured = show(results)
        except FileNotFoundError:
            measured = f"not measured: results/{results.files_read.pop()} is missing"
        rows.append({"text": text, "measured": measured, "evidence": results.files_read})
    return rows


def measured_by(id: str, results: Results) -> str:
    """What a claim measures in these results."""
    return all_claims()[id].test(results).measured


@mistake("It reports the accuracy of one training, from one seed, as the accuracy of the network.")
def _(results):
    accuracies = results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"]
    low, high = format_accuracy(accuracies.min()), format_accuracy(accuracies.max())
    return f"accuracies from {low} to {high} over {len(accuracies)} seeds"


@mistake("It prints two values for one probability, so its cells did not run in the order in which they stand.")
def _(results):
    equal = run_of(results, "probability", MEANT).text
    return f"0.99999297 and 0.99999386; two predictions of one network are equal: {equal}"


@mistake(
    "It overwrites the vector with its explicit repetition, so it passes a matrix to the loops, which expect a vector."
)
def _(results):
    run, meant = run_of(results, "add the vector"), run_of(results, "add the vector", MEANT)
    return f"{run.text}, so there is no time; with the vector, the sum is that of NumPy: {meant.text}"


@mistake("In its cell about broadcasting nothing is broadcast: both inputs are matrices of the same shape by then.")
def _(results):
    return f"shapes made by the cells before: {run_of(results, 'comments on shapes').text}"


@mistake("It prints the same array below both timings, so it never compares the results of the loops and NumPy.")
def _(results):
    run, meant = run_of(results, "print r"), run_of(results, "print r", MEANT)
    return f"both times it prints {run.text}; the arrays are equal: {meant.text}"


@mistake("It reads a clock once, around one cold call; its clock ticks about once a millisecond.")
def _(results):
    return f"NumPy's addition of two matrices: {measured_by('reading_x_plus_y', results)}"


@mistake("Its timed sections print the array too: print(r) comes before the second reading of the clock.")
def _(results):
    return f"reading of NumPy's add and relu: {measured_by('print_timed', results)}"


@mistake("Its inputs are all positive, so its relu has nothing to clip.")
def _(results):
    return measured_by("relu_changes_nothing", results)


@mistake("A factor is missing in its first chain rule, and its second has a comma instead of a product.")
def _(results):
    two, four = run_of(results, "chain rule of two").text, run_of(results, "chain rule of four").text
    return f"the statements have the values {two} and {four}; as they were meant, " + " and ".join(
        run_of(results, f"chain rule of {n}", MEANT).text for n in ("two", "four")
    )


@mistake(
    "It misspells “compile”, so its second network never ran; nor could it be trained on labels that are integers. It "
    "passes the class of the metric instead of an instance."
)
def _(results):
    typo, labels = run_of(results, "compil").text, run_of(results, "integer labels", MEANT).text
    metric_class = measured_by("metric_class", results)
    return f"{typo}; integer labels: {labels}; one epoch with the metric's {metric_class}"
