"""Measure what this machine allows: how fast it copies, how fast it multiplies and adds, what an empty call costs."""

import tempfile

import numpy as np
import pandas as pd

from retrial.files import replacing
from retrial.intervals import interval, read_measurements
from retrial.job import start_log
from retrial.timing import take_runs

# A copy of two arrays far larger than the caches, and matrices large enough for BLAS and small enough for them.
SHAPES = {
    "copy": ((2**24,), (2**24,)),
    "multiply_add": ((1024, 1024), (1024, 1024)),
    "empty_call": ((1,), (1,)),
}
# The limit behind each operation: its unit, and how it follows from the seconds of a call.
LIMITS = {
    "copy": ("copy_bandwidth", "GB/s", lambda seconds: 2 * 8 * 2**24 / seconds / 1e9),
    "multiply_add": ("multiply_add_rate", "GFLOP/s", lambda seconds: 2 * 1024**3 / seconds / 1e9),
    "empty_call": ("empty_call", "ns", lambda seconds: seconds * 1e9),
}


def limits(measurements: list[dict], resamples: int, seed: int) -> pd.DataFrame:
    """A row for each limit: `limit, unit, median, ci_low, ci_high`, over processes."""
    rows = []
    for measurement in measurements:
        name, unit, convert = LIMITS[measurement["operation"]]
        values = convert(measurement["medians"])
        low, high = interval(np.median, (values,), resamples, seed)
        rows.append({"limit": name, "unit": unit, "median": np.median(values), "ci_low": low, "ci_high": high})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    points = [
        {"operation": operation, "implementation": "limits", "shapes": shapes, "call_s": 0}
        for operation, shapes in SHAPES.items()
    ]
    with replacing(snakemake.output.raw) as part, tempfile.TemporaryDirectory() as cache:
        take_runs(points, {}, settings["timing"], cache).dump(str(part))
    table = limits(read_measurements(snakemake.output.raw), **settings["bootstrap"])
    with replacing(snakemake.output.limits) as part:
        table.to_csv(part, index=False)
    print(table.to_string(index=False))
