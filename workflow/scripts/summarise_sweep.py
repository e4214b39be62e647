"""Put the grid points of a sweep into one table, with the best one marked, and draw them."""

import textwrap

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.job import start_log
from retrial.page.style import CORRECT, WRONG, plt, save
from retrial.page.sweeps import describe_best
from retrial.params import settings_of
from retrial.statistics import interval_of_mean
from retrial.sweeps import format_value


def summarise(points: dict[str, dict], records: dict[str, dict]) -> pd.DataFrame:
    """The mean validation accuracy of each grid point over its seeds, its 95 % interval by Student's t, and the best.

    A grid point that failed has no mean; with one seed there is no interval.

    Args:
        points: of each grid point, by name, the value of each key of the grid.
        records: of each grid point, what sweep_grid.py wrote.
    """
    rows = []
    for name, point in points.items():
        record = records[name]
        accuracies = np.array(record["validation_accuracy"])
        mean, low, high = interval_of_mean(accuracies) if len(accuracies) else (np.nan, np.nan, np.nan)
        rows.append(
            {
                key: value if isinstance(value, int | float | str) else format_value(value)
                for key, value in point.items()
            }
            | {"n_seeds": len(accuracies), "mean": mean, "ci_low": low, "ci_high": high, "best": False}
            | {"failed": record["failed"], "cell": name}
        )
    table = pd.DataFrame(rows)
    if table["mean"].notna().any():
        table.loc[table["mean"].idxmax(), "best"] = True
    return table


def plot(table: pd.DataFrame, keys: list[str], dataset: str) -> plt.Figure:
    """Draw a sweep: over one key the means with their intervals, over more keys a heat map of the means."""
    figure = plot_line(table, keys[0], dataset) if len(keys) == 1 else plot_heat_map(table, keys, dataset)
    failed = (table["failed"] != "").sum()
    marks = "Orange: the best" + (f". Cross: failed ({failed})" if failed else "")
    figure.suptitle(f"{len(table)} grid points. {marks}.")
    width = int(11 * figure.get_figwidth())
    figure.supxlabel(textwrap.fill(describe_best(table), width), fontsize=10, parse_math=False)
    return figure


def plot_line(table: pd.DataFrame, key: str, dataset: str) -> plt.Figure:
    """Draw the mean of each grid point with its interval; the best in another colour, a cross for one that failed."""
    figure, axis = plt.subplots(figsize=(max(6, 1.5 + 0.5 * len(table)), 4))
    for x, row in enumerate(table.itertuples()):
        if row.failed:
            axis.plot(x, 0.02, "x", color=WRONG, transform=axis.get_xaxis_transform())
            continue
        error = None if np.isnan(row.ci_low) else [[row.mean - row.ci_low], [row.ci_high - row.mean]]
        axis.errorbar(x, row.mean, yerr=error, fmt="D", capsize=4, color=WRONG if row.best else CORRECT)
    axis.set_xticks(range(len(table)), map(format_value, table[key]), rotation=90 if len(table) > 8 else 0)
    axis.set_xlabel(key, parse_math=False)
    axis.set_ylabel(f"validation accuracy on {dataset}", parse_math=False)
    axis.grid(axis="y")
    return figure


def plot_heat_map(table: pd.DataFrame, keys: list[str], dataset: str) -> plt.Figure:
    """Draw the mean of each grid point as a colour: the key with the most values runs to the right, all others down."""
    across = max(keys, key=lambda key: table[key].nunique())
    down = [key for key in keys if key != across]
    columns = list(dict.fromkeys(table[across]))
    rows = list(dict.fromkeys(table[down].itertuples(index=False, name=None)))
    means = np.full((len(rows), len(columns)), np.nan)
    figure, axis = plt.subplots(figsize=(6 + 0.4 * min(len(columns), 40), 2.5 + 0.45 * min(len(rows), 60)))
    for _, point in table.iterrows():
        y, x = rows.index(tuple(point[down])), columns.index(point[across])
        means[y, x] = point["mean"]
        if point["failed"]:
            axis.plot(x, y, "x", color=WRONG)
        elif len(columns) <= 20:
            dark = point["mean"] > (table["mean"].min() + table["mean"].max()) / 2
            axis.text(x, y, f"{point['mean']:.3f}", ha="center", va="center", color="white" if dark else "black")
        if point["best"]:
            axis.add_patch(plt.Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=WRONG, linewidth=2.5))
    image = axis.imshow(np.ma.masked_invalid(means), cmap="Blues", aspect="auto")
    axis.set_xticks(range(len(columns)), map(format_value, columns), rotation=90 if len(columns) > 8 else 0)
    axis.set_yticks(range(len(rows)), [", ".join(map(format_value, row)) for row in rows])
    axis.set_xlabel(across, parse_math=False)
    axis.set_ylabel(", ".join(down), parse_math=False)
    figure.colorbar(image, label=f"validation accuracy on {dataset}")
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    records = {name: record for path in snakemake.input.parts for name, record in read_json(path).items()}
    table = summarise(settings["points"], records)
    keys = list(next(iter(settings["points"].values())))
    figure = plot(table, keys, read_json(snakemake.input.provenance)["dataset"])
    save(figure, snakemake.output.png, snakemake.output.svg)
    write_csv(snakemake.output.csv, table)
    print(table.to_string(index=False))
