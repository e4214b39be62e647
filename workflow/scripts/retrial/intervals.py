"""Measurements as pyperf wrote them, and bootstrap intervals of their medians and of ratios of these."""

import json

import numpy as np
import pyperf
from scipy import stats

# A row is stable when its interval reaches at most this share of the median to either side, when its last processes
# took as long as its first but for the same share, ...
SPREAD = DRIFT = 0.1
# ... when it had a processor for at least this share of the time, and others at most config.yaml's max_load of them.
CPU_SHARE = 0.95


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


def doubts(measurement: dict, low: float, high: float, max_load: float) -> list[str]:
    """Why a measurement with this interval of its median is not stable; empty where it is."""
    medians = measurement["medians"]
    median, half = np.median(medians), len(medians) // 2
    spread = max(high - median, median - low) / median
    drift = np.median(medians[-half:]) / np.median(medians[:half]) - 1 if half else 0.0
    cpu_share = float(np.mean(np.concatenate(measurement["cpu_shares"])))
    load = measurement["others_load"]
    reasons = {
        f"spread: the interval reaches {spread:.0%} from the median": spread > SPREAD,
        f"drift: the last processes took {drift:+.0%} against the first": abs(drift) > DRIFT,
        f"load: it had a processor for {cpu_share:.0%} of the time": cpu_share < CPU_SHARE,
        f"load: other programs took {load:.0%} of the processors": load > max_load,
    }
    return [reason for reason, holds in reasons.items() if holds]
