"""Measurements as pyperf wrote them, and bootstrap intervals of their medians and of ratios of these."""

import json

import numpy as np
import pyperf
from scipy import stats


def read_measurements(path: str) -> list[dict]:
    """Read a suite of pyperf: for each benchmark its metadata, and seconds per call.

    `processes` has an array of the samples of each process, `medians` the median of each, `cpu_share` the mean share of
    the time for which each had a processor, and `others_load` what other programs took of the processors meanwhile.
    """
    measurements = []
    for benchmark in pyperf.BenchmarkSuite.load(path).get_benchmarks():
        runs = sorted(benchmark.get_runs(), key=lambda run: run.get_metadata()["process"])
        metadata = [run.get_metadata() for run in runs]
        processes = [np.array(run.values) for run in runs]
        measurements.append(
            metadata[0]
            | {
                "shapes": tuple(map(tuple, json.loads(metadata[0]["shapes"]))),
                "processes": processes,
                "medians": np.array([np.median(p) for p in processes]),
                "cpu_shares": [np.array(json.loads(m["cpu_share"])) for m in metadata],
                "others_load": max(max(m["others_load"], m["start_load"]) for m in metadata),
            }
        )
    return measurements


def interval(statistic, samples: tuple[np.ndarray, ...], resamples: int, seed: int) -> tuple[float, float]:
    """95 % percentile bootstrap interval of a statistic of one or more independent samples of processes' medians.

    What is drawn again is the process, not the single sample: samples of one process resemble each other.
    """
    result = stats.bootstrap(
        samples, statistic, n_resamples=resamples, method="percentile", rng=np.random.default_rng(seed)
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def ratio_of_medians(baseline: np.ndarray, other: np.ndarray, axis: int = -1) -> np.ndarray:
    """How many times longer the baseline takes, of measurements that were not made together."""
    return np.median(baseline, axis=axis) / np.median(other, axis=axis)


def paired_ratio(baseline: np.ndarray, other: np.ndarray, resamples: int, seed: int) -> tuple[float, float, float]:
    """How many times longer the baseline takes, with its interval: the median over processes that measured both.

    A process on a slow machine is slow for both, so its ratio holds where its times do not.
    """
    ratios = baseline / other
    return float(np.median(ratios)), *interval(np.median, (ratios,), resamples, seed)
