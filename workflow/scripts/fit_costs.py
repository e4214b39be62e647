"""What a call costs: its overhead and its cost per step, fitted over the sizes; and how near it comes to the limit."""

import numpy as np
import pandas as pd

from retrial.pipeline.files import atomic_write
from retrial.timing.measurement import instability_reasons, interval, read_measurements
from retrial.pipeline.job import start_log
from retrial.operations.table import LIMITS, VIEWS, work

# A step that costs at least this many times its least is taken for one beyond the caches (or beyond what the allocator
# keeps: results above 32 MB come from the system, page by page).
BEYOND_CACHES = 2


def fit(steps: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit seconds = overhead + cost * steps by least squares of the relative errors, neither of them below 0.

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


def cost_row(measurements: list[dict], resamples: int, seed: int) -> dict:
    """One row of cost_models.csv, from an operation's and implementation's measurements, from the smallest size up.

    Beyond the caches a step costs more, so the fit holds for the sizes before `memory_from`, the first one whose steps
    cost `BEYOND_CACHES` times as much as those of a smaller one. Up to `overhead_until` steps the overhead is the
    larger part. `compile_s` is what Numba took, once, outside these times. Empty cells: too few sizes to tell, or no
    such size. Intervals: 95 %, by bootstrap over processes.
    """
    operation, implementation = measurements[0]["operation"], measurements[0]["implementation"]
    steps = np.array([work(operation, m["shapes"]).steps for m in measurements], float)
    medians = np.array([m["medians"] for m in measurements])  # shape (sizes, processes)
    per_step = np.median(medians, axis=1) / steps
    beyond = per_step >= BEYOND_CACHES * np.minimum.accumulate(per_step)
    within = ~np.logical_or.accumulate(beyond)
    row = {
        "operation": operation,
        "implementation": implementation,
        "step": "multiply-add" if operation.endswith("_dot") else "element",
        "n_sizes": int(within.sum()),
        **dict.fromkeys(("overhead_s", "overhead_ci_low_s", "overhead_ci_high_s")),
        **dict.fromkeys(("cost_s", "cost_ci_low_s", "cost_ci_high_s", "overhead_until")),
        "memory_from": steps[beyond][0] if beyond.any() else None,
        "compile_s": next((m["compile_s"] for m in measurements if "compile_s" in m), None),
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


def limit_row(measurement: dict, resamples: int, seed: int, max_load: float) -> dict:
    """One row of limits.csv: the median of a limit over processes, its interval, and whether it is stable."""
    limit = LIMITS[measurement["operation"]]
    medians = measurement["medians"]
    low, high = interval(np.median, (medians,), resamples, seed)
    values = [limit.amount / s if limit.amount else s * 1e9 for s in (np.median(medians), low, high)]
    return {
        "limit": limit.name,
        "unit": limit.unit,
        "median": values[0],
        "ci_low": min(values),
        "ci_high": max(values),
        "stable": not instability_reasons(measurement, low, high, max_load),
    }


def throughput_row(measurement: dict, bandwidth: float, rate: float) -> dict:
    """One row of throughput.csv: how fast numbers were moved and computed, and the share of what the limit allows.

    The limit is the roofline (Williams et al. 2009): the multiply-add rate, or the bandwidth times the operations for
    each byte, whichever is less. Bytes are those of inputs read once and results written once; numbers that stay in the
    caches come faster than memory allows, so the share can exceed 1. A view moves none: its cells are empty.

    Args:
        measurement: see read_measurements.
        bandwidth: bytes a second.
        rate: floating-point operations a second.
    """
    operation, implementation = measurement["operation"], measurement["implementation"]
    amount, seconds = work(operation, measurement["shapes"]), float(np.median(measurement["medians"]))
    view = operation in VIEWS and implementation == "numpy"
    intensity = amount.flop / amount.bytes
    by_memory = intensity * bandwidth < rate
    least_s = amount.bytes / bandwidth if by_memory else amount.flop / rate
    return {
        "operation": operation,
        "shape": measurement["shape"],
        "implementation": implementation,
        "gb_per_s": None if view else amount.bytes / seconds / 1e9,
        "gflop_per_s": None if view else amount.flop / seconds / 1e9,
        "flop_per_byte": None if view else intensity,
        "limit": "none: a view" if view else "memory" if by_memory else "multiply-adds",
        "share_of_limit": None if view else least_s / seconds,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    bootstrap = settings["bootstrap"]
    by_file = [read_measurements(path) for path in snakemake.input.raw]
    measured = [measurement for measurements in by_file for measurement in measurements]
    limits = pd.DataFrame(
        [limit_row(m, **bootstrap, max_load=settings["max_load"]) for m in read_measurements(snakemake.input.limits)]
    )
    of_limit = limits.set_index("limit")["median"]
    bandwidth, rate = of_limit["copy_bandwidth"] * 1e9, of_limit["multiply_add_rate"] * 1e9
    tables = {
        "limits": limits,
        "cost_models": pd.DataFrame([cost_row(measurements, **bootstrap) for measurements in by_file]),
        "throughput": pd.DataFrame([throughput_row(m, bandwidth, rate) for m in measured]),
    }
    for name, table in tables.items():
        with atomic_write(snakemake.output[name]) as part:
            table.to_csv(part, index=False)
        print(table.to_string(index=False), end="\n\n")
