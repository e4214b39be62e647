"""Fit what a call costs, an overhead and a cost per step; and compare its throughput with the limits of the machine."""

from itertools import groupby

import numpy as np
import pandas as pd

from retrial.operations.table import OPERATIONS, parse_shapes
from retrial.pipeline.files import write_csv
from retrial.pipeline.job import start_log
from retrial.statistics import interval_of_median
from retrial.timing.limits import LIMITS
from retrial.timing.measurement import Measurement, read_measurements

# From the size on where a step costs this many times its least, arrays are taken to be beyond the caches, or beyond
# what the allocator keeps (results above 32 MB come from the system, page by page).
BEYOND_CACHES = 2


def fit(steps: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit seconds = overhead + cost * steps by least squares of the relative errors; neither is below 0.

    Args:
        steps: shape (sizes,).
        seconds: shape (…, sizes), each row fitted by itself.

    Returns:
        Overhead and cost per step, in seconds, of shape (…).
    """
    largest = steps.max()
    n, weights = steps / largest, 1 / seconds**2
    s0, s1, s2 = weights.sum(-1), (weights * n).sum(-1), (weights * n**2).sum(-1)
    r0, r1 = (weights * seconds).sum(-1), (weights * n * seconds).sum(-1)
    cost = (s0 * r1 - s1 * r0) / (s0 * s2 - s1**2)
    overhead = (r0 - cost * s1) / s0
    no_overhead, no_cost = overhead < 0, cost < 0
    overhead = np.where(no_overhead, 0, np.where(no_cost, r0 / s0, overhead))
    cost = np.where(no_overhead, r1 / s2, np.where(no_cost, 0, cost))
    return overhead, cost / largest


def cost_row(
    operation: str,
    implementation: str,
    steps: np.ndarray,
    medians: np.ndarray,
    compile_s: float | None,
    resamples: int,
    seed: int,
) -> dict:
    """One row of cost_models.csv.

    The fit uses the sizes below `memory_from`, the first one whose steps cost `BEYOND_CACHES` times as much as those of
    a smaller one. Up to `overhead_until` steps the overhead is the larger part. Empty cells: too few sizes for a fit,
    or no such size. Intervals: 95 %, by bootstrap over processes.

    Args:
        operation, implementation: names.
        steps: shape (sizes,), growing.
        medians: seconds per call, shape (sizes, processes).
        compile_s: seconds that Numba took to compile, once, outside these times.
        resamples, seed: of the bootstrap.
    """
    per_step = np.median(medians, axis=1) / steps
    beyond = per_step >= BEYOND_CACHES * np.minimum.accumulate(per_step)
    within = ~np.logical_or.accumulate(beyond)
    row = {
        "operation": operation,
        "implementation": implementation,
        "step": OPERATIONS[operation].step,
        "n_sizes": int(within.sum()),
        **dict.fromkeys(("overhead_s", "overhead_ci_low_s", "overhead_ci_high_s")),
        **dict.fromkeys(("cost_s", "cost_ci_low_s", "cost_ci_high_s", "overhead_until")),
        "memory_from": steps[beyond][0] if beyond.any() else None,
        "compile_s": compile_s,
    }
    if row["n_sizes"] < 2:
        return row
    steps, medians = steps[within], medians[within]
    overhead, cost = fit(steps, np.median(medians, axis=1))
    drawn = np.random.default_rng(seed).integers(medians.shape[1], size=(resamples, medians.shape[1]))
    overheads, costs = fit(steps, np.median(medians[:, drawn], axis=2).T)
    for name, value, values in (("overhead", overhead, overheads), ("cost", cost, costs)):
        low, high = np.percentile(values, [2.5, 97.5])
        row |= {f"{name}_s": float(value), f"{name}_ci_low_s": low, f"{name}_ci_high_s": high}
    return row | {"overhead_until": float(overhead / cost) if cost > 0 else None}


def limit_row(measurement: Measurement, resamples: int, seed: int, max_load: float) -> dict:
    """One row of limits.csv: the median of a limit over processes, its interval, and whether it is stable."""
    limit = LIMITS[measurement.operation]
    interval = interval_of_median(measurement.medians, resamples, seed)
    values = [limit.amount / seconds if limit.amount else seconds * 1e9 for seconds in interval]
    return {
        "limit": limit.name,
        "unit": limit.unit,
        "median": values[0],
        "ci_low": min(values),
        "ci_high": max(values),
        "stable": not measurement.instability_reasons(interval, max_load),
    }


def throughput_row(
    operation: str, shape: str, implementation: str, seconds: float, bandwidth: float, rate: float
) -> dict:
    """One row of throughput.csv: how fast numbers were moved and computed, and the share of what the limit allows.

    The limit is the roofline (Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785): the multiply-add
    rate, or the bandwidth times the operations for each byte, whichever is less. Bytes are those of inputs read once
    and results written once; numbers that stay in the caches come faster than memory allows, so the share can exceed 1.
    A view moves none: its cells are empty.

    Args:
        operation, shape, implementation: as in timings.csv.
        seconds: of a call.
        bandwidth: bytes a second.
        rate: floating-point operations a second.
    """
    row = OPERATIONS[operation]
    work = row.work(parse_shapes(shape))
    view = row.view and implementation == "numpy"
    intensity = work.flop / work.bytes
    memory_bound = intensity * bandwidth < rate
    least_s = work.bytes / bandwidth if memory_bound else work.flop / rate
    return {
        "operation": operation,
        "shape": shape,
        "implementation": implementation,
        "gb_per_s": None if view else work.bytes / seconds / 1e9,
        "gflop_per_s": None if view else work.flop / seconds / 1e9,
        "flop_per_byte": None if view else intensity,
        "limit": "none: a view" if view else "memory" if memory_bound else "multiply-adds",
        "share_of_limit": None if view else least_s / seconds,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, settings = snakemake.input, snakemake.params.settings
    bootstrap = settings["bootstrap"]
    samples, checks = (pd.read_csv(path) for path in (input.samples, input.checks))
    limits = pd.DataFrame(
        [limit_row(m, **bootstrap, max_load=settings["max_load"]) for m in read_measurements(input.limits)]
    )
    medians = {  # over the samples of each process
        key: rows.groupby("process")["seconds"].median().to_numpy()
        for key, rows in samples.groupby(["operation", "implementation", "shape"], sort=False)
    }
    compile_s = checks.set_index(["operation", "implementation"])["compile_s"].astype(object)
    compile_s = compile_s.where(compile_s.notna(), None)
    median_of_limit = limits.set_index("limit")["median"]
    bandwidth, rate = median_of_limit["copy_bandwidth"] * 1e9, median_of_limit["multiply_add_rate"] * 1e9
    cost_rows = []
    for (operation, implementation), keys in groupby(medians, key=lambda key: key[:2]):
        shapes = [shape for _, _, shape in keys]
        steps = np.array([OPERATIONS[operation].work(parse_shapes(shape)).steps for shape in shapes], float)
        seconds = np.array([medians[operation, implementation, shape] for shape in shapes])
        cost_rows.append(
            cost_row(operation, implementation, steps, seconds, compile_s[operation, implementation], **bootstrap)
        )
    throughput = [
        throughput_row(operation, shape, implementation, np.median(seconds), bandwidth, rate)
        for (operation, implementation, shape), seconds in medians.items()
    ]
    tables = {"limits": limits, "cost_models": pd.DataFrame(cost_rows), "throughput": pd.DataFrame(throughput)}
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
        print(table.to_string(index=False), end="\n\n")
