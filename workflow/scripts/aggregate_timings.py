"""Parse the raw timings into tables: every sample, the checks, the time of each implementation, and its speed-ups."""

import numpy as np
import pandas as pd

from retrial.operations.table import BASELINES
from retrial.pipeline.files import write_csv
from retrial.pipeline.job import start_log
from retrial.statistics import interval_of_median, paired_ratio
from retrial.timing.checks import TOLERANCE
from retrial.timing.measurement import Measurement, read_measurements

# A sample is an outlier when it lies this many interquartile ranges outside the quartiles (Tukey's outer fences).
FENCE = 3


def sample_rows(measurement: Measurement) -> pd.DataFrame:
    """Every sample of a measurement, in seconds per call; outliers are flagged, and kept."""
    seconds = np.concatenate(measurement.samples)
    low, high = np.percentile(seconds, [25, 75])
    return pd.DataFrame(
        {
            "operation": measurement.operation,
            "shape": measurement.shape,
            "implementation": measurement.implementation,
            "process": np.repeat(range(len(measurement.samples)), [len(s) for s in measurement.samples]),
            "sample": np.concatenate([np.arange(len(s)) for s in measurement.samples]),
            "seconds": seconds,
            "cpu_share": np.concatenate(measurement.cpu_shares),
            "outlier": (seconds < low - FENCE * (high - low)) | (seconds > high + FENCE * (high - low)),
        }
    )


def check_row(measurement: Measurement) -> dict:
    """One row of checks.csv, of a measurement at the notebook's shapes, where the check took place."""
    return {
        "operation": measurement.operation,
        "implementation": measurement.implementation,
        "checked_against": measurement.metadata["checked_against"],
        "max_abs_error": measurement.metadata["max_abs_error"],
        "tolerance": TOLERANCE,
        "compile_s": measurement.metadata.get("compile_s"),
    }


def timing_row(measurement: Measurement, resamples: int, seed: int, max_load: float) -> dict:
    """One row of timings.csv: the median over the processes of their median seconds per call, with its interval.

    `reasons` says, for another table, why the row is not stable.
    """
    interval = interval_of_median(measurement.medians, resamples, seed)
    reasons = measurement.instability_reasons(interval, max_load)
    return {
        "operation": measurement.operation,
        "shape": measurement.shape,
        "implementation": measurement.implementation,
        "dtype": measurement.metadata["dtype"],
        "n_processes": len(measurement.samples),
        "n_samples": sum(map(len, measurement.samples)),
        "median_s": interval.value,
        "ci_low_s": interval.low,
        "ci_high_s": interval.high,
        "min_s": min(float(samples.min()) for samples in measurement.samples),
        "blas_threads": measurement.metadata.get("blas_threads"),
        "stable": not reasons,
        "reasons": reasons,
    }


def speedup_row(baseline: Measurement, other: Measurement, resamples: int, seed: int) -> dict:
    """One row of speedups.csv: the ratio of two times that were measured together, with its interval."""
    ratio = paired_ratio(baseline.medians, other.medians, resamples, seed)
    return {
        "operation": other.operation,
        "shape": other.shape,
        "baseline": baseline.implementation,
        "implementation": other.implementation,
        "speedup": ratio.value,
        "ci_low": ratio.low,
        "ci_high": ratio.high,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    bootstrap = settings["bootstrap"]
    measurements = [measurement for path in snakemake.input for measurement in read_measurements(path)]
    timings = pd.DataFrame([timing_row(m, **bootstrap, max_load=settings["max_load"]) for m in measurements])
    unstable = timings.explode("reasons").dropna(subset="reasons").rename(columns={"reasons": "reason"})
    speedups = [
        speedup_row(baseline, other, **bootstrap)
        for baseline in measurements
        for other in measurements
        if baseline.implementation in BASELINES
        and other.implementation != baseline.implementation
        and (other.operation, other.shape) == (baseline.operation, baseline.shape)
    ]
    tables = {
        "samples": pd.concat(map(sample_rows, measurements)),
        "checks": pd.DataFrame([check_row(m) for m in measurements if "checked_against" in m.metadata]),
        "timings": timings.drop(columns="reasons"),
        "unstable": unstable[["operation", "shape", "implementation", "reason"]],
        "speedups": pd.DataFrame(speedups),
    }
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
        if name != "samples":
            print(table.to_string(index=False), end="\n\n")
