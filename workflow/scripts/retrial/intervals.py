"""Measurements as pyperf wrote them, and bootstrap intervals of their medians and of ratios of these."""

import numpy as np
import pyperf
from scipy import stats


def read_measurement(path: str) -> dict:
    """Read a file of pyperf: its metadata, and the seconds per call of every sample, an array for each process."""
    benchmark = pyperf.Benchmark.load(path)
    processes = [np.array(run.values) for run in benchmark.get_runs() if run.values]
    return benchmark.get_metadata() | {"processes": processes, "medians": np.array([np.median(p) for p in processes])}


def interval(statistic, samples: tuple[np.ndarray, ...], resamples: int, seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic of one or two independent samples of processes' medians.

    What is drawn again is the process, not the single sample: samples of one process resemble each other.
    """
    result = stats.bootstrap(
        samples, statistic, n_resamples=resamples, method="percentile", rng=np.random.default_rng(seed)
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def ratio_of_medians(baseline: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
    """How many times longer the baseline takes."""
    return np.median(baseline, axis=axis) / np.median(other, axis=axis)
