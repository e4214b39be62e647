"""Put pyperf's measurements into two tables: the time of each implementation, and its speed-up over the loops."""

import numpy as np
import pandas as pd

from retrial.files import replacing
from retrial.intervals import interval, ratio_of_medians, read_measurement
from retrial.job import start_log
from retrial.operations import BASELINES

# A row is stable when its interval reaches at most this share of the median to either side.
STABLE_HALF_WIDTH = 0.05


def timing_row(measurement: dict, resamples: int, seed: int) -> dict:
    """One row of timings.csv: the median over the processes of their median seconds per call, with its interval."""
    medians, processes = measurement["medians"], measurement["processes"]
    median = float(np.median(medians))
    low, high = interval(np.median, (medians,), resamples, seed)
    return {
        **{key: measurement[key] for key in ("operation", "shape", "implementation", "dtype")},
        "n_processes": len(processes),
        "n_samples": sum(map(len, processes)),
        "median_s": median,
        "ci_low_s": low,
        "ci_high_s": high,
        "min_s": min(float(p.min()) for p in processes),
        "blas_threads": measurement.get("blas_threads"),
        "stable": max(high - median, median - low) <= STABLE_HALF_WIDTH * median,
    }


def speedup_row(baseline: dict, other: dict, resamples: int, seed: int) -> dict:
    """One row of speedups.csv: the ratio of two medians, with the interval of that ratio."""
    low, high = interval(ratio_of_medians, (baseline["medians"], other["medians"]), resamples, seed)
    return {
        "operation": other["operation"],
        "shape": other["shape"],
        "baseline": baseline["implementation"],
        "implementation": other["implementation"],
        "speedup": float(ratio_of_medians(baseline["medians"], other["medians"])),
        "ci_low": low,
        "ci_high": high,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    resamples, seed = snakemake.params.settings["resamples"], snakemake.params.settings["seed"]
    measurements = [read_measurement(path) for path in snakemake.input]
    timings = pd.DataFrame([timing_row(m, resamples, seed) for m in measurements])
    speedups = pd.DataFrame(
        [
            speedup_row(baseline, other, resamples, seed)
            for baseline in measurements
            for other in measurements
            if baseline["implementation"] in BASELINES
            and other["implementation"] != baseline["implementation"]
            and other["operation"] == baseline["operation"]
        ]
    )
    for table, path in ((timings, snakemake.output.timings), (speedups, snakemake.output.speedups)):
        with replacing(path) as part:
            table.to_csv(part, index=False)
    print(timings.to_string(index=False), speedups.to_string(index=False), sep="\n\n")
    for row in timings[~timings["stable"]].itertuples():
        print(f"not stable: {row.operation} {row.implementation}: {row.ci_low_s:.3g} to {row.ci_high_s:.3g} s a call")
