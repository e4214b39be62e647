"""Compare the timings of results folders: make compare A=results B=other/results, or A="run1 run2 …" B="run3 run4 …"

With one run a side, the interval of the ratio B / A tells whether the processes of the two runs differ. Runs differ for
other reasons too: the speed of the machine on that day, which cancels out in the speed-ups, or the load. So a
difference is real when the 95 % interval excludes 1 and the ratio is 5 % or more. With four runs a side or more, the
runs are compared, and their spread counts: then the interval alone decides. Of rows without any difference, one in
twenty excludes 1 by chance.
"""

import sys

import numpy as np
import pandas as pd

from retrial.operations.table import BASELINES
from retrial.results import Results
from retrial.statistics import unpaired_ratio
from retrial.timing.slices import measured_together, samples_of

MIN_EFFECT = 1.05
MIN_RUNS = 4  # a side: fewer have no 95 % interval


def read_values(results: Results) -> dict[tuple[str, str, str], np.ndarray]:
    """Per process, shape (processes,): times in seconds and, named `baseline / implementation`, speed-ups.

    Raises:
        FileNotFoundError: the folder has no timings/slices.csv.
    """
    samples, values = samples_of(results.csv("timings/slices.csv")), {}
    for (operation, name, shape), own in samples.items():
        values[operation, shape, name] = own.to_numpy()
        for baseline in BASELINES:
            if baseline != name and (operation, baseline, shape) in samples:
                values[operation, shape, f"{baseline} / {name}"] = np.divide(
                    *measured_together(samples[operation, baseline, shape], own)
                )
    return values


def compare(a: list[Results], b: list[Results]) -> pd.DataFrame:
    """A row for everything that all folders have: medians, the ratio B / A, its interval, and whether it is real."""
    sides = [list(map(read_values, side)) for side in (a, b)]
    by_run = min(len(a), len(b)) >= MIN_RUNS
    keys = set.intersection(*(set(run) for side in sides for run in side))
    rows = []
    for key in sorted(keys):
        values_a, values_b = (
            np.array([np.median(run[key]) for run in side]) if by_run else np.concatenate([run[key] for run in side])
            for side in sides
        )
        ratio = unpaired_ratio(values_b, values_a)
        rows.append((*key, np.median(values_a), np.median(values_b), *ratio))
    columns = ["operation", "shape", "what", "A", "B", "ratio", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns)
    excludes_1 = (table["ci_low"] > 1) | (table["ci_high"] < 1)
    return table.assign(real=excludes_1 & (by_run | (np.abs(np.log(table["ratio"])) >= np.log(MIN_EFFECT))))


def main() -> None:
    """Print the comparison of the folders on the command line."""
    if len(sys.argv) != 3 or not all(sys.argv[1:]):
        sys.exit("usage: make compare A=results B=other/results, or several folders a side in quotes")
    a, b = ([Results(folder) for folder in side.split()] for side in sys.argv[1:])
    try:
        table = compare(a, b)
    except FileNotFoundError as error:
        sys.exit(f"error: {error.filename}: no such file. Name results folders of finished runs.")
    print(table.to_string(index=False, float_format="{:.4g}".format))
    is_speedup = table["what"].str.contains(" / ")
    rule = "95 % interval over the runs excludes 1"
    if min(len(a), len(b)) < MIN_RUNS:
        rule = f"95 % interval over the processes excludes 1, and the ratio is {MIN_EFFECT - 1:.0%} or more"
    for name, rows in (("times (seconds)", table[~is_speedup]), ("speed-ups", table[is_speedup])):
        print(f"{name}: {rows['real'].sum()} of {len(rows)} differ: {rule}")


if __name__ == "__main__":
    main()
