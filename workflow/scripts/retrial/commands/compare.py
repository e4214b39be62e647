"""Hold the timings of two results folders side by side: python -m retrial.commands.compare A B, or make compare A=… B=…

Of both, the raw measurements are read. A difference is real where the 95 % bootstrap interval of the ratio B / A leaves
out 1: the runs differ by more than the processes of one run do. Of times that may be the machine's speed on that day,
which the speed-ups cancel; and of many rows without any difference, one in twenty does so by chance.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from retrial.timing.measurement import interval, ratio_of_medians, read_measurements
from retrial.operations.table import BASELINES

RESAMPLES, SEED = 2000, 0


def read_values(results: Path) -> dict[tuple[str, str, str], np.ndarray]:
    """Per process, the times in seconds and, under `baseline / implementation`, the speed-ups of a results folder.

    Raises:
        FileNotFoundError: it has no measurements.
    """
    paths = sorted(results.glob("timings/raw/*/*.json"))
    if not paths:
        raise FileNotFoundError(f"{results}: found no timings/raw/*/*.json, expected a results folder: name one")
    times = {
        (m["operation"], m["shape"], m["implementation"]): m["medians"]
        for path in paths
        for m in read_measurements(str(path))
    }
    speedups = {
        (operation, shape, f"{baseline} / {name}"): times[operation, shape, baseline] / values
        for (operation, shape, name), values in times.items()
        for baseline in BASELINES
        if baseline != name and (operation, shape, baseline) in times
    }
    return times | speedups


def compare(a: Path, b: Path) -> pd.DataFrame:
    """A row for all that both folders have: medians, the ratio B / A with its interval, and whether it is real."""
    of_a, of_b = read_values(a), read_values(b)
    rows = []
    for key in of_a.keys() & of_b.keys():
        low, high = interval(ratio_of_medians, (of_b[key], of_a[key]), RESAMPLES, SEED)
        rows.append(
            (*key, np.median(of_a[key]), np.median(of_b[key]), ratio_of_medians(of_b[key], of_a[key]), low, high)
        )
    columns = ["operation", "shape", "what", "A", "B", "ratio", "ci_low", "ci_high"]
    table = pd.DataFrame(rows, columns=columns).sort_values(["operation", "shape", "what"], ignore_index=True)
    return table.assign(real=(table["ci_low"] > 1) | (table["ci_high"] < 1))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make compare A=results B=other/results")
    try:
        table = compare(*map(Path, sys.argv[1:]))
    except FileNotFoundError as error:
        sys.exit(f"error: {error}")
    except KeyError as error:
        sys.exit(f"error: found raw measurements without {error}, expected those of this version: measure them anew")
    print(table.to_string(index=False, float_format="{:.4g}".format))
    of_ratio = table["what"].str.contains(" / ")
    for name, rows in (("times (seconds)", table[~of_ratio]), ("speed-ups", table[of_ratio])):
        print(f"{name}: {rows['real'].sum()} of {len(rows)} differ beyond their 95 % interval")
