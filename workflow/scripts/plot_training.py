"""Draw the training curves of each network, and the accuracy of each experiment."""

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from retrial.files import read_json
from retrial.formats import format_name
from retrial.job import start_log
from retrial.page.style import plt, save
from retrial.results import Training, read_table
from retrial.statistics import falls_throughout


def plot_curves(histories: dict[Training, pd.DataFrame], dataset: str) -> plt.Figure:
    """Draw loss and metrics over epochs: a row for each experiment, a thin line for each seed, a thick one the mean.

    Args:
        histories: for each training its `epoch`, `loss` and metrics.
        dataset: its name, from provenance.json.
    """
    by_experiment = {}
    for training, history in histories.items():
        by_experiment.setdefault(training.experiment, []).append(history)
    columns = max(len(tables[0].columns) - 1 for tables in by_experiment.values())
    rows = len(by_experiment)
    figure, axes = plt.subplots(
        rows, columns, figsize=(5.4, 1.6 + max(1.7 * min(rows, 12), 1.2 * rows)), sharex=True, squeeze=False
    )
    for number, (row, (name, tables)) in enumerate(zip(axes, by_experiment.items(), strict=True), start=1):
        for axis in row[len(tables[0].columns) - 1 :]:
            axis.set_axis_off()
        for axis, metric in zip(row, tables[0].columns[1:], strict=False):
            epochs = tables[0]["epoch"]
            for table in tables:
                axis.plot(epochs, table[metric], color="#0072B2", alpha=0.35, linewidth=1.2, marker=".")
            mean = np.mean([table[metric] for table in tables], axis=0)
            axis.plot(epochs, mean, color="#0072B2", linewidth=2.8)
            axis.set_ylabel(metric.replace("_", " "), fontsize=10)
            if number == rows:
                axis.set_xlabel("epoch")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axis.grid(axis="y")
        first, last = (np.mean([table["loss"].iloc[epoch] for table in tables]) for epoch in (0, -1))
        row[0].set_title(f"{format_name(name)}: loss {first:.3g} to {last:.3g}", loc="left")
    figure.align_ylabels()
    falling = sum(falls_throughout(table["loss"].to_numpy()) for table in histories.values())
    figure.suptitle(f"The training loss falls in every epoch\nof {falling} of {len(histories)} trainings")
    figure.supxlabel(
        f"Thin: each seed. Thick: their mean.\nOn the training set of {format_name(dataset)}, during training.",
        fontsize=11,
        parse_math=False,
    )
    return figure


def plot_accuracy(accuracy: pd.DataFrame, summary: pd.DataFrame, n_test: int, dataset: str) -> plt.Figure:
    """Draw the test accuracy of each seed, and the mean of each experiment with its 95 % interval."""
    figure, axis = plt.subplots(figsize=(5.4, 2.2 + 0.5 * len(summary)))
    for y, row in enumerate(summary.itertuples()):
        seeds = accuracy.loc[accuracy["experiment"] == row.experiment, "test_accuracy"]
        axis.plot(seeds, np.full(len(seeds), y + 0.15), "o", color="#56B4E9", label="each seed" if y == 0 else None)
        error = None if np.isnan(row.ci_low) else [[row.mean - row.ci_low], [row.ci_high - row.mean]]
        label = "mean and its 95 % interval (Student's t)" if y == 0 else None
        axis.errorbar(row.mean, y - 0.15, xerr=error, fmt="D", color="#0072B2", capsize=5, label=label)
    axis.set_yticks(range(len(summary)), map(format_name, summary["experiment"]))
    axis.set_ylim(len(summary) - 0.5, -0.5)
    low, high = axis.get_xlim()
    axis.set_xlim(max(low, 0), min(high, 1))  # with few seeds, Student's interval goes beyond what an accuracy can be
    axis.set_xlabel(f"accuracy on the {n_test:,}\ntest images of {format_name(dataset)}", parse_math=False)
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
