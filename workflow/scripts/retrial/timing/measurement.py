"""A measurement: the times of one implementation of one operation at one size, from several fresh processes."""

import json
from dataclasses import dataclass

import numpy as np
import pyperf

from retrial.operations.table import Shapes, format_shapes
from retrial.statistics import Interval

# A time is stable when its interval reaches at most this share of the median to either side, when the last processes
# took as long as the first within the same share, ...
SPREAD = DRIFT = 0.1
# ... when every process had a core for at least this share of the time, and other programs kept at most config.yaml's
# max_busy_cores busy.
CPU_SHARE = 0.95


@dataclass(frozen=True)
class Measurement:
    """The slices of one implementation of one operation at one size.

    Attributes:
        operation, implementation: names of the tables.
        shapes: of the inputs.
        slices: seconds per call, an array for each process; their median is the sample of the process.
        cpu_shares: share of the time of each slice for which the process had a core, an array for each process.
        page_faults: for each call, an array for each process.
        context_switches: involuntary ones during each slice, an array for each process.
        busy_cores: how many cores other programs kept busy, at most, before or meanwhile.
        metadata: versions, processor, and of the checks checked_against, max_abs_error, …
    """

    operation: str
    implementation: str
    shapes: Shapes
    slices: list[np.ndarray]
    cpu_shares: list[np.ndarray]
    page_faults: list[np.ndarray]
    context_switches: list[np.ndarray]
    busy_cores: float
    metadata: dict

    @property
    def shape(self) -> str:
        """The shapes as the tables show them."""
        return format_shapes(self.shapes)

    @property
    def samples(self) -> np.ndarray:
        """The median slice of each process, seconds per call, shape (processes,)."""
        return np.array([np.median(slices) for slices in self.slices])

    @property
    def sd_within(self) -> float:
        """The standard deviation of the slices around the mean of their process, seconds; NaN with one slice each."""
        deviations = [slices - slices.mean() for slices in self.slices]
        n_free = sum(len(d) - 1 for d in deviations)
        return float((sum((d**2).sum() for d in deviations) / n_free) ** 0.5) if n_free else np.nan

    @property
    def sd_between(self) -> float:
        """The standard deviation of the samples, seconds: between processes."""
        return float(np.std(self.samples, ddof=1))

    def instability_reasons(self, interval: Interval, max_busy_cores: float) -> list[str]:
        """Why this measurement, with this interval of its median, is not stable; empty where it is."""
        samples, half = self.samples, len(self.samples) // 2
        spread = max(interval.high - interval.value, interval.value - interval.low) / interval.value
        drift = np.median(samples[-half:]) / np.median(samples[:half]) - 1 if half else 0.0
        # One slice that was interrupted does not change the median, so it does not count.
        cpu_share = min(float(np.median(shares)) for shares in self.cpu_shares)
        reasons = {
            f"spread: the interval reaches {spread:.0%} from the median": spread > SPREAD,
            f"drift: the last processes took {drift:+.0%} compared with the first": abs(drift) > DRIFT,
            f"load: a process had a core for {cpu_share:.0%} of the time": cpu_share < CPU_SHARE,
            f"load: other programs kept {self.busy_cores:.1f} cores busy": self.busy_cores > max_busy_cores,
        }
        return [reason for reason, holds in reasons.items() if holds]


def read_measurements(path: str) -> list[Measurement]:
    """Read the measurements in a file of pyperf's format."""
    measurements = []
    for benchmark in pyperf.BenchmarkSuite.load(path).get_benchmarks():
        runs = sorted(benchmark.get_runs(), key=lambda run: run.get_metadata()["process"])
        metadata = [run.get_metadata() for run in runs]
        by_slice = {
            name: [np.array(json.loads(m[name])) for m in metadata]
            for name in ("cpu_share", "page_faults", "context_switches")
        }
        measurements.append(
            Measurement(
                operation=metadata[0]["operation"],
                implementation=metadata[0]["implementation"],
                shapes=tuple(map(tuple, json.loads(metadata[0]["shapes"]))),
                slices=[np.array(run.values) for run in runs],
                cpu_shares=by_slice["cpu_share"],
                page_faults=by_slice["page_faults"],
                context_switches=by_slice["context_switches"],
                busy_cores=max(max(m["busy_cores"], m["start_busy_cores"]) for m in metadata),
                metadata=metadata[0],
            )
        )
    return measurements
