"""The most important numbers, for the end of a run and the top of the report."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from retrial.formats import format_accuracy, format_duration, format_name, format_ratio
from retrial.notebook.evidence import with_interval
from retrial.notebook.registry import VERDICTS, by_group, count_confirmed
from retrial.operations.step import whole_training
from retrial.operations.table import BASELINES, at_notebook_shapes, describe_shapes
from retrial.results import Results
from retrial.timing.slices import SPREAD


class Headline(NamedTuple):
    """A number, what it is, and the file in the results folder that it comes from."""

    value: str
    text: str
    file: str


def accuracy_headline(table: pd.DataFrame) -> tuple[str, str]:
    """The accuracy of the notebook's network, from accuracy_summary.csv."""
    row = table.set_index("experiment").loc["baseline"]
    value = with_interval(format_accuracy, *row[["mean", "ci_low", "ci_high"]].astype(float))
    if row["n_seeds"] == 1:
        return value, "test accuracy of the notebook's network, from one training: no interval"
    text = f"test accuracy of the notebook's network: mean of {int(row['n_seeds'])} trainings and its 95 % interval"
    return value, text


def speedup_headline(table: pd.DataFrame) -> tuple[str, str]:
    """How much faster NumPy is than the loops, from speedups.csv: for add_relu, or else the first operation."""
    table = at_notebook_shapes(table)
    rows = table[table["implementation"] == "numpy"].set_index(["operation", "baseline"])
    operations = rows.index.unique("operation")
    operation = "add_relu" if "add_relu" in operations else operations[0]
    arrays, lists = (rows.loc[(operation, baseline)] for baseline in BASELINES)
    text = f"as fast as loops over ndarrays: {format_name(operation)} in NumPy, for {describe_shapes(arrays['shape'])}"
    return format_speedup(arrays), f"{text}; compared with loops over lists, {format_speedup(lists)}"


def format_speedup(row: pd.Series) -> str:
    """A speed-up and its interval, `388× [381×, 392×], not stable`."""
    text = with_interval(format_ratio, *row[["speedup", "ci_low", "ci_high"]].astype(float))
    return text if row["stable"] else f"{text}, not stable"


def format_training(row: pd.Series) -> str:
    """The time of a training and its interval, `6.5 h [6.1 h, 6.9 h]`, and whether that reaches too far."""
    seconds, low, high = row[["seconds", "low", "high"]].astype(float)
    stable = max(high - seconds, seconds - low) <= SPREAD * seconds
    return with_interval(format_duration, seconds, low, high) + ("" if stable else ", not stable")


def training_headline(table: pd.DataFrame) -> tuple[str, str]:
    """How long the notebook's training would take in plain loops, from training_cost.csv."""
    seconds = whole_training(table).set_index("engine").apply(format_training, axis=1)
    if "keras" in seconds:
        fast = f"in Retrial's own training loop, Keras's layers take {seconds['keras']}"
    else:
        fast = f"NumPy takes {seconds['numpy']}"
    loops = f"the notebook's training in Python loops over ndarrays; over lists, {seconds['naive_list']}"
    return seconds["naive"], f"estimated for {loops}; {fast}"


def claims_headline(table: pd.DataFrame) -> tuple[str, str]:
    """How many of the notebook's own claims hold, from claims.csv; those of the book and added ones apart."""
    groups = by_group(table)
    counts = groups["notebook"]["verdict"].value_counts()
    others = "".join(f", {counts[verdict]} {verdict}" for verdict in VERDICTS[1:] if verdict in counts)
    names = {"book": "of its book's", "added": "of those added here"}
    apart = "".join(f"; {text}, {count_confirmed(groups[name])}" for name, text in names.items() if len(groups[name]))
    return count_confirmed(groups["notebook"]), f"claims of the notebook are confirmed{others}{apart}"


HEADLINES = {
    "accuracy_summary.csv": accuracy_headline,
    "timings/speedups.csv": speedup_headline,
    "timings/training_cost.csv": training_headline,
    "claims.csv": claims_headline,
}


def headlines(folder: str | Path) -> list[Headline]:
    """The headlines of a results folder; those whose file is missing are skipped."""
    results = Results(folder)
    return [Headline(*make(results.csv(file)), file) for file, make in HEADLINES.items() if results.exists(file)]
