"""Compare the timings of two results folders: python -m retrial.commands.compare A B, or make compare A=… B=…

A difference is real when the 95 % bootstrap interval of the ratio B / A excludes 1: then the two runs differ more than
the processes of one run do. The machine's speed on that day can change all times; it cancels out in the speed-ups. Of
rows without any difference, one in twenty looks real by chance.
"""

import sys

import numpy as np
import pandas as pd

from retrial.operations.table import BASELINES
from retrial.pipeline.results import Results
from retrial.statistics import unpaired_ratio

RESAMPLES, SEED = 2000, 0


def read_values(results: Results) -> dict[tuple[str, str, str], np.ndarray]:
    """Per process, shape (processes,): times in seconds and, named `baseline / implementation`, speed-ups.

    Raises:
        FileNotFoundError: the folder has no timings/samples.csv.
    """
    samples = results.csv("timings/samples.csv")
    medians = samples.groupby(["operation", "shape", "implementation", "process"])["seconds"].median()
    values = {}
    for (operation, shape), table in medians.unstack("implementation").groupby(["operation", "shape"]):
        table = table.dropna(axis="columns", how="all")
        for name, times in table.items():
            values[operation, shape, name] = times.dropna().to_numpy()
            for baseline in table.columns.intersection(BASELINES).drop(name, errors="ignore"):
                values[operation, shape, f"{baseline} / {name}"] = (table[baseline] / times).dropna().to_numpy()
    return values


def compare(a: Results, b: Results) -> pd.DataFrame:
    """A row for everything that both folders have: medians, the ratio B / A, its interval, and whether it is real."""
    values_a, values_b = read_values(a), read_values(b)
    rows = []
    for key in sorted(values_a.keys() & values_b.keys()):
        ratio = unpaired_ratio(values_b[key], values_a[key], RESAMPLES, SEED)
        rows.append((*key, np.median(values_a[key]), np.median(values_b[key]), *ratio))
    columns = ["operation", "shape", "what", "A", "B", "ratio", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(real=(table["ci_low"] > 1) | (table["ci_high"] < 1))


def main() -> None:
    """Print the comparison of the two folders on the command line."""
    if len(sys.argv) != 3:
        sys.exit("usage: make compare A=results B=other/results")
    try:
        table = compare(*map(Results, sys.argv[1:]))
    except FileNotFoundError as error:
        sys.exit(f"error: {error.filename}: no such file. Name two results folders of finished runs.")
    print(table.to_string(index=False, float_format="{:.4g}".format))
    is_speedup = table["what"].str.contains(" / ")
    for name, rows in (("times (seconds)", table[~is_speedup]), ("speed-ups", table[is_speedup])):
        print(f"{name}: {rows['real'].sum()} of {len(rows)} differ: their 95 % interval excludes 1")


if __name__ == "__main__":
    main()
