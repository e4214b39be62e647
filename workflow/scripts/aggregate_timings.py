"""Parse the raw timings into tables: slices, checks, the time of each implementation, speed-ups, and what follows."""

import tracemalloc

import numpy as np
import pandas as pd

from retrial.files import write_csv
from retrial.job import start_log
from retrial.operations import numpy as numpy_operations
from retrial.operations import numpy_repetition
from retrial.operations.table import BASELINES, make_inputs
from retrial.params import settings_of
from retrial.statistics import interval_of_median, paired_ratio
from retrial.timing.measurement import Measurement, read_measurements

METHODS = {
    "numpy": ("broadcasting", numpy_operations),
    "numpy_repetition": ("explicit repetition", numpy_repetition),
}


def slice_rows(measurement: Measurement) -> pd.DataFrame:
    """Every slice of a measurement, in seconds per call; the median slice of a process is its sample."""
    processes = range(len(measurement.slices))
    return pd.DataFrame(
        {
            "operation": measurement.operation,
            "shape": measurement.shape,
            "implementation": measurement.implementation,
            "process": np.repeat(processes, [len(slices) for slices in measurement.slices]),
            "slice": np.concatenate([np.arange(len(slices)) for slices in measurement.slices]),
            "seconds": np.concatenate(measurement.slices),
            "cpu_share": np.concatenate(measurement.cpu_shares),
            "page_faults": np.concatenate(measurement.page_faults),
            "context_switches": np.concatenate(measurement.context_switches),
        }
    )


def check_row(measurement: Measurement) -> dict:
    """One row of checks.csv, of a measurement at the notebook's shapes, where the check took place."""
    return {
        "operation": measurement.operation,
        "implementation": measurement.implementation,
        "checked_against": measurement.metadata["checked_against"],
        "max_abs_error": measurement.metadata["max_abs_error"],
        "tolerance": measurement.metadata["tolerance"],
        "compile_s": measurement.metadata.get("compile_s"),
    }


def timing_row(measurement: Measurement, max_busy_cores: float) -> dict:
    """One row of timings.csv: the median over the processes of their samples, in seconds per call, with its interval.

    `sd_within_s` and `sd_between_s` are the standard deviations of the slices of a process and of the samples.
    `reasons` says, for another table, why the row is not stable.
    """
    interval = interval_of_median(measurement.samples)
    reasons = measurement.instability_reasons(interval, max_busy_cores)
    return {
        "operation": measurement.operation,
        "shape": measurement.shape,
        "implementation": measurement.implementation,
        "dtype": measurement.metadata["dtype"],
        "n_processes": len(measurement.slices),
        "n_samples": sum(map(len, measurement.slices)),
        "median_s": interval.value,
        "ci_low_s": interval.low,
        "ci_high_s": interval.high,
        "min_s": min(float(slices.min()) for slices in measurement.slices),
        "blas_threads": measurement.metadata.get("blas_threads"),
        "stable": not reasons,
        "sd_within_s": measurement.sd_within,
        "sd_between_s": measurement.sd_between,
        "page_faults": float(np.median(np.concatenate(measurement.page_faults))),
        "context_switches": int(np.concatenate(measurement.context_switches).sum()),
        "reasons": reasons,
    }


def speedup_row(baseline: Measurement, other: Measurement) -> dict:
    """One row of speedups.csv: the ratio of two times that were measured together, with its interval."""
    ratio = paired_ratio(baseline.samples, other.samples)
    return {
        "operation": other.operation,
        "shape": other.shape,
        "baseline": baseline.implementation,
        "implementation": other.implementation,
        "speedup": ratio.value,
        "ci_low": ratio.low,
        "ci_high": ratio.high,
    }


def control_row(numpy: Measurement, control: Measurement) -> dict:
    """One row of control.csv: NumPy's time over NumPy's time under a second name; the true ratio is 1."""
    ratio = paired_ratio(numpy.samples, control.samples)
    return {
        "operation": numpy.operation,
        "shape": numpy.shape,
        "ratio": ratio.value,
        "ci_low": ratio.low,
        "ci_high": ratio.high,
        "covers_1": bool(ratio.low <= 1 <= ratio.high),
    }


def crossover_row(speedups: pd.DataFrame) -> dict:
    """One row of crossovers.csv: from which size on NumPy is faster than a baseline, 95 % intervals above 1.

    `slower_up_to` is the largest size whose interval is below 1. Cells are empty where there is no such size.

    Args:
        speedups: NumPy's speed-ups over one baseline in one operation, from the smallest size up.
    """
    faster = (speedups["ci_low"] > 1).to_numpy()
    from_here_on = np.logical_and.accumulate(faster[::-1])[::-1]
    slower = speedups[speedups["ci_high"] < 1]
    return {
        "operation": speedups["operation"].iloc[0],
        "baseline": speedups["baseline"].iloc[0],
        "slower_up_to": slower["shape"].iloc[-1] if len(slower) else None,
        "faster_from": speedups["shape"].iloc[from_here_on.argmax()] if from_here_on.any() else None,
    }


def peak_bytes(function, inputs: list[np.ndarray]) -> int:
    """The memory that one call uses at its peak, without its inputs, as tracemalloc counts it."""
    tracemalloc.start()
    try:
        function(*inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare_broadcasting(measurements: list[Measurement], max_busy_cores: float, seed: int) -> pd.DataFrame:
    """A row for each measurement: NumPy's broadcasting, and the smaller input repeated explicitly.

    `ratio` is the time of a call over that of broadcasting, measured together, with its 95 % interval.
    """
    broadcasting = {m.operation: m.samples for m in measurements if m.implementation == "numpy"}
    rows = []
    for m in measurements:
        method, module = METHODS[m.implementation]
        median = interval_of_median(m.samples)
        ratio = paired_ratio(m.samples, broadcasting[m.operation])
        rows.append(
            {
                "operation": m.operation,
                "shape": m.shape,
                "method": method,
                "max_abs_error": m.metadata["max_abs_error"],
                "peak_bytes": peak_bytes(getattr(module, m.operation), make_inputs(m.shapes, seed)),
                "median_s": median.value,
                "ratio": ratio.value,
                "ratio_ci_low": ratio.low,
                "ratio_ci_high": ratio.high,
                "stable": not m.instability_reasons(median, max_busy_cores),
            }
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    measurements, broadcasting = (
        [measurement for path in paths for measurement in read_measurements(path)]
        for paths in (snakemake.input.raw, snakemake.input.broadcasting)
    )
    by_name = {(m.operation, m.shape, m.implementation): m for m in measurements}
    compared = [m for m in measurements if m.implementation != "control"]
    timings = pd.DataFrame([timing_row(m, settings["max_busy_cores"]) for m in compared])
    unstable = timings.explode("reasons").dropna(subset="reasons").rename(columns={"reasons": "reason"})
    speedups = pd.DataFrame(
        [
            speedup_row(by_name[other.operation, other.shape, baseline], other)
            for baseline in BASELINES
            for other in compared
            if baseline != other.implementation and (other.operation, other.shape, baseline) in by_name
        ]
    )
    numpy_speedups = speedups[speedups["implementation"] == "numpy"]
    tables = {
        "samples": pd.concat(map(slice_rows, measurements)),
        "checks": pd.DataFrame([check_row(m) for m in compared if "checked_against" in m.metadata]),
        "timings": timings.drop(columns="reasons"),
        "unstable": unstable[["operation", "shape", "implementation", "reason"]],
        "speedups": speedups,
        "control": pd.DataFrame(
            [
                control_row(by_name[m.operation, m.shape, "numpy"], m)
                for m in measurements
                if m.implementation == "control"
            ]
        ),
        "crossovers": pd.DataFrame(
            [crossover_row(rows) for _, rows in numpy_speedups.groupby(["operation", "baseline"], sort=False)]
        ),
        "broadcasting": compare_broadcasting(broadcasting, settings["max_busy_cores"], settings["seed"]),
    }
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
        if name != "samples":
            print(table.to_string(index=False), end="\n\n")
