"""Put the measurements into tables: every sample, the time of each implementation, its speed-up over the loops."""

import numpy as np
import pandas as pd

from retrial.pipeline.files import atomic_write
from retrial.timing.measurement import instability_reasons, interval, paired_ratio, read_measurements
from retrial.pipeline.job import start_log
from retrial.operations.table import BASELINES

# A sample is an outlier when it lies this many interquartile ranges outside the quartiles (Tukey's outer fences).
FENCE = 3


def sample_rows(measurement: dict) -> pd.DataFrame:
    """Every sample of a measurement; outliers are flagged, and kept."""
    seconds = np.concatenate(measurement["processes"])
    low, high = np.percentile(seconds, [25, 75])
    return pd.DataFrame(
        {
            **{key: measurement[key] for key in ("operation", "shape", "implementation")},
            "process": np.repeat(range(len(measurement["processes"])), [len(p) for p in measurement["processes"]]),
            "sample": np.concatenate([np.arange(len(p)) for p in measurement["processes"]]),
            "seconds": seconds,
            "cpu_share": np.concatenate(measurement["cpu_shares"]),
            "outlier": (seconds < low - FENCE * (high - low)) | (seconds > high + FENCE * (high - low)),
        }
    )


def timing_row(measurement: dict, resamples: int, seed: int, max_load: float) -> dict:
    """One row of timings.csv: the median over the processes of their median seconds per call, with its interval.

    `instability_reasons` says, for another table, why the row is not stable.
    """
    medians, processes = measurement["medians"], measurement["processes"]
    low, high = interval(np.median, (medians,), resamples, seed)
    reasons = instability_reasons(measurement, low, high, max_load)
    return {
        **{key: measurement[key] for key in ("operation", "shape", "implementation", "dtype")},
        "n_processes": len(processes),
        "n_samples": sum(map(len, processes)),
        "median_s": float(np.median(medians)),
        "ci_low_s": low,
        "ci_high_s": high,
        "min_s": min(float(p.min()) for p in processes),
        "blas_threads": measurement.get("blas_threads"),
        "stable": not reasons,
        "instability_reasons": reasons,
    }


def speedup_row(baseline: dict, other: dict, resamples: int, seed: int) -> dict:
    """One row of speedups.csv: the ratio of two times that were measured together, with the interval of that ratio."""
    speedup, low, high = paired_ratio(baseline["medians"], other["medians"], resamples, seed)
    return {
        "operation": other["operation"],
        "shape": other["shape"],
        "baseline": baseline["implementation"],
        "implementation": other["implementation"],
        "speedup": speedup,
        "ci_low": low,
        "ci_high": high,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    bootstrap = settings["bootstrap"]
    measurements = [measurement for path in snakemake.input for measurement in read_measurements(path)]
    timings = pd.DataFrame([timing_row(m, **bootstrap, max_load=settings["max_load"]) for m in measurements])
    unstable = timings.explode("instability_reasons").dropna(subset="instability_reasons").rename(columns={"instability_reasons": "reason"})
    speedups = pd.DataFrame(
        [
            speedup_row(baseline, other, **bootstrap)
            for baseline in measurements
            for other in measurements
            if baseline["implementation"] in BASELINES
            and other["implementation"] != baseline["implementation"]
            and (other["operation"], other["shape"]) == (baseline["operation"], baseline["shape"])
        ]
    )
    tables = {
        "samples": pd.concat(map(sample_rows, measurements)),
        "timings": timings.drop(columns="instability_reasons"),
        "unstable": unstable[["operation", "shape", "implementation", "reason"]],
        "speedups": speedups,
    }
    for name, table in tables.items():
        with atomic_write(snakemake.output[name]) as part:
            table.to_csv(part, index=False)
        if name != "samples":
            print(table.to_string(index=False), end="\n\n")
