"""Put the grid points of a sweep into one table, with the best one marked, and draw them."""

import textwrap

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.formats import format_name
from retrial.job import start_log
from retrial.page.style import CORRECT, WRONG, plt, save
from retrial.page.sweeps import describe_best
from retrial.params import settings_of
from retrial.statistics import interval_of_mean
from retrial.sweeps import format_point, format_value

SHOWN = 8  # grid points in the figure, so that it fills a slide; the table has all


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
        shown = {
            key: value if isinstance(value, int | float | str) else format_value(value) for key, value in point.items()
        }
        found = {"n_seeds": len(accuracies), "mean": mean, "ci_low": low, "ci_high": high, "best": False}
        rows.append(shown | found | {"failed": record["failed"], "cell": name})
    table = pd.DataFrame(rows)
    if table["mean"].notna().any():
        table.loc[table["mean"].idxmax(), "best"] = True
    return table


def plot(table: pd.DataFrame, keys: list[str], dataset: str) -> plt.Figure:
    """Draw the mean of each grid point with its interval, from the best down; a cross for one that failed."""
    shown = table.sort_values("mean", ascending=False, kind="stable").head(SHOWN)
    names = [textwrap.fill(format_point(dict(point[keys])), 44) for _, point in shown.iterrows()]
    figure, axis = plt.subplots(figsize=(8, 6))
    for y, (_, point) in enumerate(shown.iterrows()):
        if point["failed"]:
            axis.plot(0.02, y, "x", color=WRONG, transform=axis.get_yaxis_transform())
            continue
        mean, low, high = point[["mean", "ci_low", "ci_high"]]
        error = None if np.isnan(low) else [[mean - low], [high - mean]]
        axis.errorbar(mean, y, xerr=error, fmt="D", capsize=4, color=WRONG if point["best"] else CORRECT)
    axis.set_yticks(range(len(shown)), names, fontsize=10, parse_math=False)
    axis.set_ylim(len(shown) - 0.5, -0.5)
    axis.set_xlabel(f"validation accuracy on {format_name(dataset)}", parse_math=False)
    axis.grid(axis="x")
    failed = (table["failed"] != "").sum()
    best = f"The best {SHOWN} of " if len(table) > SHOWN else ""
    crosses = f". Cross: failed ({failed})" if failed else ""
    figure.suptitle(f"{best}{len(table)} grid points. Orange: the best{crosses}.")
    figure.supxlabel(textwrap.fill(describe_best(table), 95), fontsize=10, parse_math=False)
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
