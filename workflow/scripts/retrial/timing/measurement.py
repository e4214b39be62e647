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
# ... when its process had a processor for at least this share of the time, and other programs at most config.yaml's
# max_load of all processors.
CPU_SHARE = 0.95


@dataclass(frozen=True)
class Measurement:
    """The samples of one implementation of one operation at one size.

    Attributes:
        operation, implementation: names of the table of operations.
        shapes: of the inputs.
        samples: seconds per call, an array for each process.
        cpu_shares: share of the time for which the process had a processor, an array for each process.
        others_load: share of all processors that other programs took, at most, before or meanwhile.
        metadata: what pyperf and the checks recorded: versions, processor, checked_against, max_abs_error, …
    """

    operation: str
    implementation: str
    shapes: Shapes
    samples: list[np.ndarray]
    cpu_shares: list[np.ndarray]
    others_load: float
    metadata: dict

    @property
    def shape(self) -> str:
        """The shapes as the tables show them."""
        return format_shapes(self.shapes)

    @property
    def medians(self) -> np.ndarray:
        """The median of each process, seconds per call, shape (processes,)."""
        return np.array([np.median(samples) for samples in self.samples])

    def instability_reasons(self, interval: Interval, max_load: float) -> list[str]:
        """Why this measurement, with this interval of its median, is not stable; empty where it is."""
        medians, half = self.medians, len(self.medians) // 2
        spread = max(interval.high - interval.value, interval.value - interval.low) / interval.value
        drift = np.median(medians[-half:]) / np.median(medians[:half]) - 1 if half else 0.0
        cpu_share = float(np.mean(np.concatenate(self.cpu_shares)))
        reasons = {
            f"spread: the interval reaches {spread:.0%} from the median": spread > SPREAD,
            f"drift: the last processes took {drift:+.0%} compared with the first": abs(drift) > DRIFT,
            f"load: the process had a processor for {cpu_share:.0%} of the time": cpu_share < CPU_SHARE,
            f"load: other programs took {self.others_load:.0%} of the processors": self.others_load > max_load,
        }
        return [reason for reason, holds in reasons.items() if holds]


def read_measurements(path: str) -> list[Measurement]:
    """Read the measurements in a file of pyperf's format."""
    measurements = []
    for benchmark in pyperf.BenchmarkSuite.load(path).get_benchmarks():
        runs = sorted(benchmark.get_runs(), key=lambda run: run.get_metadata()["process"])
        metadata = [run.get_metadata() for run in runs]
        measurements.append(
            Measurement(
                operation=metadata[0]["operation"],
                implementation=metadata[0]["implementation"],
                shapes=tuple(map(tuple, json.loads(metadata[0]["shapes"]))),
                samples=[np.array(run.values) for run in runs],
                cpu_shares=[np.array(json.loads(m["cpu_share"])) for m in metadata],
                others_load=max(max(m["others_load"], m["start_load"]) for m in metadata),
                metadata=metadata[0],
            )
        )
    return measurements
