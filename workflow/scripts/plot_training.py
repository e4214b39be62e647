"""Draw the training curves of each network, and the accuracy of each experiment."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

from retrial.files import read_json
from retrial.formats import format_name
from retrial.job import start_log
from retrial.page.style import plt, save
from retrial.results import Training, read_table
from retrial.statistics import falls_throughout


def plot_curves(histories: dict[Training, pd.DataFrame], dataset: str) -> plt.Figure:
    """Draw loss and metrics over epochs: a panel for each experiment, a thin line for each seed, a thick one the mean.

    All share a logarithmic axis; of an accuracy it shows what is missing to 1, which falls as a loss does.

    Args:
        histories: for each training its `epoch`, `loss` and metrics.
        dataset: its name, from provenance.json.
    """
    by_experiment, colours = {}, {}
    for training, history in histories.items():
        by_experiment.setdefault(training.experiment, []).append(history)
    n = len(by_experiment)
    columns = min(n, 4)
    rows = -(-n // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(6, max(4.5, 1.3 * rows + 1.5)), sharex=True, sharey=True, squeeze=False
    )
    for axis in axes.flat[n:]:
        axis.set_axis_off()
    for axis, (name, tables) in zip(axes.flat, by_experiment.items(), strict=False):
        for metric in tables[0].columns[1:]:
            is_accuracy = metric.endswith("accuracy")
            label = f"{'1 − ' if is_accuracy else ''}{metric.replace('_', ' ')}"
            colour = colours.setdefault(label, f"C{len(colours)}")
            lines = [1 - table[metric] if is_accuracy else table[metric] for table in tables]
            for line in lines:
                axis.plot(tables[0]["epoch"], line, color=colour, alpha=0.35, linewidth=1.2, marker=".")
            axis.plot(tables[0]["epoch"], np.mean(lines, axis=0), color=colour, linewidth=2.5, label=label)
        axis.set_title(textwrap.fill(format_name(name), 15), fontsize=10, parse_math=False)
        axis.set_yscale("log", nonpositive="mask")  # an accuracy of 1 leaves nothing to show
        axis.minorticks_off()
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.tick_params(labelbottom=True)
        axis.grid(axis="y")
    shared = axes.flat[0].yaxis
    low, high = shared.get_view_interval()
    shared.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 30 * low else (1,)))
    shared.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    handles = {
        label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    falling = sum(falls_throughout(table["loss"].to_numpy()) for table in histories.values())
    figure.suptitle(f"The training loss falls in every epoch\nof {falling} of {len(histories)} trainings")
    notes = f"By epoch, on the training set of {format_name(dataset)}. Thin: each seed. Thick: their mean."
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=3, title=notes, title_fontsize=10)
    return figure


def plot_accuracy(accuracy: pd.DataFrame, summary: pd.DataFrame, n_test: int, dataset: str) -> plt.Figure:
    """Draw the test accuracy of each seed, and the mean of each experiment with its 95 % interval."""
    figure, axis = plt.subplots(figsize=(6, max(4.5, 1.8 + 0.3 * len(summary))))
    for y, row in enumerate(summary.itertuples()):
        seeds = accuracy.loc[accuracy["experiment"] == row.experiment, "test_accuracy"]
        label = "each seed" if y == 0 else None
        axis.plot(seeds, np.full(len(seeds), y + 0.15), "o", color="#56B4E9", label=label, clip_on=False)
        error = None if np.isnan(row.ci_low) else [[row.mean - row.ci_low], [row.ci_high - row.mean]]
        label = "mean and its 95 % interval (Student's t)" if y == 0 else None
        bar = axis.errorbar(row.mean, y - 0.15, xerr=error, fmt="D", color="#0072B2", capsize=5, label=label)
        bar[0].set_clip_on(False)  # an accuracy of 1 is a whole point, its interval ends there
    axis.set_yticks(range(len(summary)), map(format_name, summary["experiment"]))
    axis.set_ylim(len(summary) - 0.5, -0.5)
    low, high = axis.get_xlim()
    axis.set_xlim(max(low, 0), min(high, 1))  # with few seeds, Student's interval goes beyond what an accuracy can be
    axis.set_xlabel(f"accuracy on the {n_test:,} test images of {format_name(dataset)}", parse_math=False)
    axis.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=1)
    baseline = summary.set_index("experiment").loc["baseline"]
    text = f"{baseline['mean']:.4f}"
    if not np.isnan(baseline["ci_low"]):
        text += f" [{baseline['ci_low']:.4f}, {baseline['ci_high']:.4f}]"
    figure.suptitle(f"Test accuracy of the notebook's network:\n{text}")
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output = snakemake.input, snakemake.output
    histories = {Training.of_path(path): read_table(path) for path in input.histories}
    provenance = read_json(input.provenance)
    dataset, n_test = provenance["dataset"], provenance["test"]["n"]
    save(plot_curves(histories, dataset), output.curves_png, output.curves_svg)
    figure = plot_accuracy(read_table(input.accuracy), read_table(input.summary), n_test, dataset)
    save(figure, output.accuracy_png, output.accuracy_svg)
