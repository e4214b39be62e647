"""Draw the two timing tables: seconds per call, and speed-ups over both baselines."""

import matplotlib

matplotlib.rcdefaults()  # whatever the user's matplotlibrc says
matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from retrial.files import replacing
from retrial.job import start_log
from retrial.operations import BASELINES, VIEWS
from retrial.units import seconds, times

# Okabe and Ito's colours, told apart by colour-blind readers too, and a marker each for those who see none.
STYLES = {
    "naive": ("#D55E00", "o", "loops over an ndarray"),
    "naive_three_loops": ("#E69F00", "D", "three loops over ndarrays"),
    "naive_list": ("#009E73", "s", "loops over lists"),
    "numpy": ("#0072B2", "^", "NumPy"),
}
INTERVALS = "Bars: 95 % bootstrap intervals over processes."
VIEW_NOTE = "* NumPy returns a view: the call is timed, no number moves."


def draw_rows(axes: plt.Axes, table: pd.DataFrame, columns: tuple[str, str, str], labels: list[str]) -> None:
    """Draw, on a logarithmic axis, a line for each operation and on it a mark with interval for each implementation.

    Args:
        axes: where to draw.
        table: rows with `operation`, `implementation` and the three columns.
        columns: the names of value, lower and upper bound.
        labels: the operations from top to bottom.
    """
    value, low, high = columns
    for implementation, rows in table.groupby("implementation", sort=False):
        colour, marker, label = STYLES[implementation]
        y = [labels.index(operation) for operation in rows["operation"]]
        axes.errorbar(
            rows[value],
            y,
            xerr=[rows[value] - rows[low], rows[high] - rows[value]],
            fmt=marker,
            color=colour,
            label=label,
            capsize=4,
            markersize=8,
        )
        if "stable" in rows:
            unstable = [not stable for stable in rows["stable"]]
            x, y = rows[value][unstable], np.array(y)[unstable]
            axes.plot(x, y, marker, color="white", markersize=4, linestyle="none", zorder=3)
    axes.set_xscale("log")
    axes.set_yticks(range(len(labels)), [f"{label}*" if label in VIEWS else label for label in labels])
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x", color="#DDDDDD")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def finish(figure: plt.Figure, title: str, panels: list[plt.Axes]) -> None:
    """Add the title and, below, one legend for all panels."""
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.suptitle(title, fontsize=14, fontweight="bold")
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False)


def plot_timings(timings: pd.DataFrame) -> plt.Figure:
    """Draw seconds per call of every implementation."""
    operations = list(timings["operation"].unique())
    figure, axes = plt.subplots(figsize=(10, 1.9 + 0.55 * len(operations)), layout="constrained")
    draw_rows(axes, timings, ("median_s", "ci_low_s", "ci_high_s"), operations)
    axes.xaxis.set_major_formatter(FuncFormatter(seconds))
    notes = [INTERVALS, VIEW_NOTE]
    if not timings["stable"].all():
        notes.append(f"White centre: not stable, do not quote ({(~timings['stable']).sum()} of {len(timings)}).")
    axes.set_xlabel("time per call, median (logarithmic)\n" + "\n".join(notes))
    fastest = timings.loc[timings.groupby("operation")["median_s"].idxmin(), "implementation"]
    title = f"NumPy is the fastest in {(fastest == 'numpy').sum()} of {len(operations)} operations"
    finish(figure, title, [axes])
    return figure


def plot_speedups(speedups: pd.DataFrame) -> plt.Figure:
    """Draw the speed-ups, a panel for each baseline."""
    operations = list(speedups["operation"].unique())
    figure, panels = plt.subplots(
        1, len(BASELINES), figsize=(12, 1.9 + 0.55 * len(operations)), sharex=True, sharey=True, layout="constrained"
    )
    for axes, baseline, note in zip(panels, BASELINES, (INTERVALS, VIEW_NOTE), strict=True):
        rows = speedups[speedups["baseline"] == baseline]
        draw_rows(axes, rows, ("speedup", "ci_low", "ci_high"), operations)
        axes.axvline(1, color="black", linewidth=1)
        axes.xaxis.set_major_formatter(FuncFormatter(times))
        axes.set_xlabel(f"speed-up (logarithmic)\n{note}")
        of_work = rows[(rows["implementation"] == "numpy") & ~rows["operation"].isin(VIEWS)]["speedup"]
        of_work = of_work if len(of_work) else rows["speedup"]
        axes.set_title(
            f"against {STYLES[baseline][2]}:\nNumPy is {times(of_work.min())} to {times(of_work.max())} as fast",
            fontsize=12,
        )
    finish(figure, "The speed-up depends on what NumPy is held against", panels)
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    for name, plot in (("timings", plot_timings), ("speedups", plot_speedups)):
        figure = plot(pd.read_csv(snakemake.input[name]))
        with replacing(snakemake.output[name]) as part:
            figure.savefig(part, dpi=120, metadata={"Software": None})
