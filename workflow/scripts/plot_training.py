"""Draw how each training went, epoch by epoch, and how accurate the networks of each experiment are."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from retrial.display.style import plt, save
from retrial.pipeline.job import start_log


def plot_curves(histories: dict[tuple[str, int], pd.DataFrame]) -> plt.Figure:
    """Draw loss and metrics over epochs: a column for each experiment, a thin line for each seed, a thick one the mean.

    Args:
        histories: for each experiment and seed its `epoch`, `loss` and metrics.
    """
    experiments = list(dict.fromkeys(name for name, _ in histories))
    of = {name: [h for (n, _), h in histories.items() if n == name] for name in experiments}
    rows = max(len(tables[0].columns) - 1 for tables in of.values())
    figure, axes = plt.subplots(rows, len(experiments), figsize=(3.8 * len(experiments), 2.9 * rows), squeeze=False)
    for column, (name, tables) in zip(axes.T, of.items(), strict=True):
        for axis in column[len(tables[0].columns) - 1 :]:
            axis.set_axis_off()
        for axis, metric in zip(column, tables[0].columns[1:], strict=False):
            epochs = tables[0]["epoch"]
            for table in tables:
                axis.plot(epochs, table[metric], color="#0072B2", alpha=0.35, linewidth=1.2, marker=".")
            mean = np.mean([table[metric] for table in tables], axis=0)
            axis.plot(epochs, mean, color="#0072B2", linewidth=2.8)
            axis.set_ylabel(metric.replace("_", " "))
            axis.set_xlabel("epoch")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.grid(axis="y")
        column[0].set_title(f"{name}: loss {mean_of(tables, 0):.3g} to {mean_of(tables, -1):.3g}")
    falling = sum(bool((np.diff(table["loss"]) < 0).all()) for table in histories.values())
    figure.suptitle(f"The training loss falls in every epoch of {falling} of {len(histories)} trainings")
    figure.supxlabel("Thin: each seed. Thick: their mean. On the training set, while it is learnt.", fontsize=11)
    return figure


def mean_of(tables: list[pd.DataFrame], epoch: int) -> float:
    """The mean loss of some trainings in an epoch."""
    return float(np.mean([table["loss"].iloc[epoch] for table in tables]))


def plot_accuracy(accuracy: pd.DataFrame, summary: pd.DataFrame, n_test: int) -> plt.Figure:
    """Draw the test accuracy of each seed, and beside it each experiment's mean with its 95 % interval."""
    figure, axis = plt.subplots(figsize=(9, 1.6 + 0.75 * len(summary)))
    for y, row in enumerate(summary.itertuples()):
        seeds = accuracy.loc[accuracy["experiment"] == row.experiment, "test_accuracy"]
        axis.plot(seeds, np.full(len(seeds), y + 0.15), "o", color="#56B4E9", label="each seed" if y == 0 else None)
        error = None if np.isnan(row.ci_low) else [[row.mean - row.ci_low], [row.ci_high - row.mean]]
        label = "mean and its 95 % interval (Student's t)" if y == 0 else None
        axis.errorbar(row.mean, y - 0.15, xerr=error, fmt="D", color="#0072B2", capsize=5, label=label)
    axis.set_yticks(range(len(summary)), summary["experiment"])
    axis.set_ylim(len(summary) - 0.5, -0.5)
    axis.set_xlabel(f"accuracy on the {n_test:,} test images")
    axis.grid(axis="x")
    figure.legend(loc="outside lower center", ncols=2)
    baseline = summary.set_index("experiment").loc["baseline"]
    text = f"{baseline['mean']:.4f}"
    if not np.isnan(baseline["ci_low"]):
        text += f" [{baseline['ci_low']:.4f}, {baseline['ci_high']:.4f}]"
    figure.suptitle(f"baseline is right in {text} of cases")
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output = snakemake.input, snakemake.output
    histories = {(Path(path).parts[-3], int(Path(path).parts[-2])): pd.read_csv(path) for path in input.histories}
    save(plot_curves(histories), output.curves_png, output.curves_svg)
    n_test = len(np.load(input.y_test, allow_pickle=False))
    figure = plot_accuracy(pd.read_csv(input.accuracy), pd.read_csv(input.summary), n_test)
    save(figure, output.accuracy_png, output.accuracy_svg)
