"""The table of slices: results/timings/slices.csv.

A slice is the time of a few calls in a row. The median of a process's slices is its sample; all statistics are over
the samples.
"""

import numpy as np
import pandas as pd

from retrial.operations.table import IMPLEMENTATIONS
from retrial.statistics import Interval, interval_of_median

KEY = ["operation", "implementation", "shape"]

# A time or a ratio is stable when its interval reaches at most this share of the median to either side, and when the
# last processes differ from the first by at most the same share.
SPREAD = DRIFT = 0.1
# Of a time, every process also had a core for at least this share of the time, and other programs kept at most
# config.yaml's max_busy_cores busy.
CPU_SHARE = 0.95


def samples_of(slices: pd.DataFrame) -> dict[tuple[str, str, str], pd.Series]:
    """The samples, seconds per call, indexed by process, by operation, implementation and shape."""
    medians = slices.groupby([*KEY, "process"], sort=False)["seconds"].median()
    return {key: values.droplevel(KEY) for key, values in medians.groupby(level=KEY, sort=False)}


def measured_together(*samples: pd.Series) -> np.ndarray:
    """The samples of those processes that have all of them, shape (samples, processes)."""
    return pd.concat(samples, axis=1, join="inner").to_numpy().T


def changes(samples: np.ndarray, interval: Interval) -> tuple[float, float]:
    """How far the interval reaches from the median, and the last processes from the first, as shares."""
    half = len(samples) // 2
    spread = max(interval.high - interval.value, interval.value - interval.low) / interval.value
    return spread, np.median(samples[-half:]) / np.median(samples[:half]) - 1 if half else 0.0


def instability_reasons(slices: pd.DataFrame, interval: Interval, max_busy_cores: float) -> list[str]:
    """Why a time with these slices and this interval is not stable; empty where it is."""
    processes = slices.groupby("process")
    samples = processes["seconds"].median().to_numpy()
    spread, drift = changes(samples, interval)
    # One slice that was interrupted does not change the median, so it does not count.
    cpu_share, busy = processes["cpu_share"].median().min(), slices["busy_cores"].max()
    reasons = {
        f"spread: the interval reaches {spread:.0%} from the median": spread > SPREAD,
        f"drift: the last processes took {drift:+.0%} compared with the first": abs(drift) > DRIFT,
        f"load: a process had a core for {cpu_share:.0%} of the time": cpu_share < CPU_SHARE,
        f"load: other programs kept {busy:.1f} cores busy": busy > max_busy_cores,
    }
    return [reason for reason, holds in reasons.items() if holds]


def timing_row(slices: pd.DataFrame, max_busy_cores: float) -> dict:
    """One row of timings.csv: the median over the processes of their samples, in seconds per call, with its interval.

    `reasons` says, for another table, why the row is not stable.

    Args:
        slices: of one implementation of an operation at one size.
    """
    ((key, samples),) = samples_of(slices).items()
    samples = samples.to_numpy()
    operation, implementation, shape = key
    interval = interval_of_median(samples)
    reasons = instability_reasons(slices, interval, max_busy_cores)
    return {
        "operation": operation,
        "shape": shape,
        "implementation": implementation,
        "dtype": IMPLEMENTATIONS[implementation].dtype if implementation in IMPLEMENTATIONS else None,
        "n_processes": len(samples),
        "n_samples": len(samples),
        "median_s": interval.value,
        "ci_low_s": interval.low,
        "ci_high_s": interval.high,
        "min_s": float(slices["seconds"].min()),
        "blas_threads": slices["blas_threads"].iloc[0],
        "stable": not reasons,
        "reasons": reasons,
    }


def timing_table(slices: pd.DataFrame, max_busy_cores: float) -> pd.DataFrame:
    """The `timing_row` of each implementation of each operation at each size."""
    return pd.DataFrame([timing_row(rows, max_busy_cores) for _, rows in slices.groupby(KEY, sort=False)])
