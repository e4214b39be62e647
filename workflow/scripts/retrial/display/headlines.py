"""The three most important numbers, for the end of a run and the top of the report."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from retrial.display.formats import format_accuracy, format_ratio
from retrial.operations.table import BASELINES, at_notebook_shapes
from retrial.pipeline.results import Results


class Headline(NamedTuple):
    """A number, what it is, and the file in the results folder that it comes from."""

    value: str
    text: str
    file: str


def accuracy_headline(table: pd.DataFrame) -> tuple[str, str]:
    """The accuracy of the baseline network, from accuracy_summary.csv."""
    row = table.set_index("experiment").loc["baseline"]
    mean, low, high = map(format_accuracy, (row["mean"], row["ci_low"], row["ci_high"]))
    if row["n_seeds"] == 1:
        return mean, "test accuracy of the baseline network, from one seed: no interval"
    text = f"test accuracy of the baseline network: mean over {int(row['n_seeds'])} seeds and its 95 % interval"
    return f"{mean} [{low}, {high}]", text


def speedup_headline(table: pd.DataFrame) -> tuple[str, str]:
    """How much faster NumPy is than the loops, from speedups.csv: for add_relu, or else the first operation."""
    table = at_notebook_shapes(table)
    speedups = table[table["implementation"] == "numpy"].set_index(["operation", "baseline"])["speedup"]
    operations = speedups.index.unique("operation")
    operation = "add_relu" if "add_relu" in operations else operations[0]
    arrays, lists = (format_ratio(speedups[operation, baseline]) for baseline in BASELINES)
    return arrays, f"speed-up of NumPy's {operation} over loops on an ndarray; {lists} over loops on lists"


def claims_headline(table: pd.DataFrame) -> tuple[str, str]:
    """How many claims are confirmed, from claims.csv."""
    counts = table["verdict"].value_counts()
    others = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in ("refuted", "not applicable"))
    return f"{counts.get('confirmed', 0)} of {len(table)}", f"claims of the notebook are confirmed, {others}"


HEADLINES = {
    "accuracy_summary.csv": accuracy_headline,
    "timings/speedups.csv": speedup_headline,
    "claims.csv": claims_headline,
}


def headlines(folder: str | Path) -> list[Headline]:
    """The headlines of a results folder; those whose file is missing are skipped."""
    results = Results(folder)
    return [
        Headline(*headline(results.csv(file)), file) for file, headline in HEADLINES.items() if results.exists(file)
    ]
