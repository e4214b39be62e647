"""Draw how long the notebook's training takes in each engine."""

import pandas as pd

from retrial.formats import format_duration
from retrial.job import start_log
from retrial.operations.step import EPOCHS, whole_training
from retrial.page.implementations import IMPLEMENTATION_STYLES as STYLES
from retrial.page.style import plt, save
from retrial.results import read_table

TICKS = {1: "1 s", 60: "1 min", 3600: "1 h", 86400: "1 day"}


def plot_training_cost(table: pd.DataFrame) -> plt.Figure:
    """Draw a row for each engine: the time of the training, with its interval, on a logarithmic axis."""
    table = whole_training(table)
    seconds = table["seconds"]
    figure, axes = plt.subplots()
    for y, row in enumerate(table.itertuples()):
        colour, marker, _ = STYLES[row.engine]
        filled = colour if row.measured_or_extrapolated == "measured" else "white"
        error = [[row.seconds - row.low], [row.high - row.seconds]]
        axes.errorbar(
            row.seconds, y, xerr=error, fmt=marker, color=colour, markerfacecolor=filled, capsize=4, markersize=8
        )
        axes.annotate(
            format_duration(row.seconds), (row.seconds, y), xytext=(0, 9), textcoords="offset points", ha="center"
        )
    axes.set_xscale("log")
    axes.set_xlim(seconds.min() / 3, seconds.max() * 3)
    axes.set_xticks(*zip(*((value, label) for value, label in TICKS.items() if value < seconds.max() * 3), strict=True))
    axes.minorticks_off()
    axes.set_yticks(range(len(table)), [STYLES[engine][2] for engine in table["engine"]])
    axes.set_ylim(len(table) - 0.5, -0.7)
    axes.grid(axis="x")
    figure.supxlabel(
        f"time of the notebook's training, {EPOCHS} epochs (logarithmic)\n"
        "Bars: 95 % intervals over processes. Hollow: extrapolated from a part of a step.",
        fontsize=10,
    )
    by_engine = dict(zip(table["engine"], map(format_duration, seconds), strict=True))
    fast = "keras" if "keras" in by_engine else "numpy"
    figure.suptitle(f"A training that takes {STYLES[fast][2]} {by_engine[fast]}\ntakes the loops {by_engine['naive']}")
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    save(plot_training_cost(read_table(snakemake.input[0])), snakemake.output.png, snakemake.output.svg)
