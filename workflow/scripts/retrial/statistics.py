"""Every interval and test, in one place."""

from typing import NamedTuple

import numpy as np
from scipy import stats


class Interval(NamedTuple):
    """A value and its 95 % interval; both bounds are NaN where there is none."""

    value: float
    low: float
    high: float


def interval_of_mean(values: np.ndarray) -> Interval:
    """Mean of independent values, shape (n,), with its interval by Student's t; one value has no interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    half_width = float(stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    return Interval(mean, mean - half_width, mean + half_width)


def bootstrap(statistic, samples: tuple[np.ndarray, ...], resamples: int, seed: int) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic of one or more independent samples, shape (processes,) each.

    What is resampled is the process, not the single sample: samples of one process resemble each other.
    """
    result = stats.bootstrap(
        samples, statistic, n_resamples=resamples, method="percentile", rng=np.random.default_rng(seed)
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def interval_of_median(values: np.ndarray, resamples: int, seed: int) -> Interval:
    """Median of the values of several processes, shape (processes,), with its bootstrap interval."""
    return Interval(float(np.median(values)), *bootstrap(np.median, (values,), resamples, seed))


def paired_ratio(baseline: np.ndarray, other: np.ndarray, resamples: int, seed: int) -> Interval:
    """How many times as long the baseline takes: the median over the processes that measured both.

    A process on a slow machine is slow for both, so its ratio holds where its times do not.
    """
    return interval_of_median(baseline / other, resamples, seed)


def unpaired_ratio(baseline: np.ndarray, other: np.ndarray, resamples: int, seed: int) -> Interval:
    """How many times as long the baseline takes, of measurements that were not made together."""

    def ratio(baseline, other, axis=-1):
        return np.median(baseline, axis=axis) / np.median(other, axis=axis)

    return Interval(float(ratio(baseline, other)), *bootstrap(ratio, (baseline, other), resamples, seed))


def falls_throughout(losses: np.ndarray) -> bool:
    """Whether the loss, shape (epochs,), falls in every epoch."""
    return bool((np.diff(losses) < 0).all())
