"""What a call costs, and how its throughput compares with the ceilings of the machine."""

from itertools import groupby, pairwise

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from retrial.operations.table import CONTROLS, IMPLEMENTATIONS, OPERATIONS, REPETITION, format_shapes, parse_shapes
from retrial.statistics import interval_of_median
from retrial.timing.machine import Ceiling, ceilings, level_of
from retrial.timing.slices import KEY, measured_together, samples_of, timing_row

# From the size on where a step costs this many times its least, arrays are taken to be beyond the caches, or beyond
# what the allocator keeps (results above 32 MB come from the system, page by page).
BEYOND_CACHES = 2
# A fit of fewer sizes, or one that misses a time by a larger share, does not hold.
MIN_SIZES, MAX_RESIDUAL = 6, 0.1
# A level of memory that is faster than the next by a smaller share is none of its own.
DIFFERENT = 0.1


def fit(terms: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit seconds as a sum of terms with coefficients that are not negative, by least squares of the relative errors.

    Args:
        terms: shape (sizes, terms).
        seconds: shape (sizes,).

    Returns:
        The coefficients in seconds, shape (terms,), and the largest relative error of a fitted time.
    """
    scale = terms.max(axis=0)
    coefficients, _ = nnls(terms / scale / seconds[:, None], np.ones(len(seconds)))
    coefficients = coefficients / scale
    return coefficients, float(np.abs(terms @ coefficients / seconds - 1).max())


def cost_row(
    operation: str, implementation: str, shapes: list[str], samples: np.ndarray, compile_s: float | None
) -> dict:
    """One row of cost_models.csv: seconds = overhead + cost * steps, of loops over products also + result * results.

    The fit uses the sizes below `memory_from`, the first one whose steps cost `BEYOND_CACHES` times as much as those of
    a smaller one. Up to `overhead_until` steps the overhead is the larger part. `residual` is the largest relative
    error. Empty fields: the fit does not hold, or there is no such size.
    Intervals: 95 %, of the median over the processes, each of which is fitted separately.

    Args:
        operation, implementation: names.
        shapes: of the inputs, as in timings.csv, growing.
        samples: seconds per call, shape (sizes, processes).
        compile_s: seconds that Numba took to compile, once, outside these times.
    """
    row = OPERATIONS[operation]
    works = [row.work(parse_shapes(shape)) for shape in shapes]
    steps, results = (np.array([getattr(w, name) for w in works], float) for name in ("steps", "results"))
    per_step = np.median(samples, axis=1) / steps
    beyond = per_step >= BEYOND_CACHES * np.minimum.accumulate(per_step)
    within = ~np.logical_or.accumulate(beyond)
    names = ["overhead", "cost"]
    terms = [np.ones(len(steps)), steps]
    if row.step == "multiply-add" and results.max() > 1 and IMPLEMENTATIONS[implementation].module != "numpy":
        names, terms = [*names, "result"], [*terms, results]
    columns = [f"{name}{part}_s" for name in ("overhead", "cost") for part in ("", "_ci_low", "_ci_high")]
    fields = {
        "operation": operation,
        "implementation": implementation,
        "step": row.step,
        "n_sizes": int(within.sum()),
        **dict.fromkeys([*columns, "overhead_until"]),
        "memory_from": steps[beyond][0] if beyond.any() else None,
        "compile_s": compile_s,
        **dict.fromkeys(("result_s", "result_ci_low_s", "result_ci_high_s", "residual")),
    }
    if fields["n_sizes"] < MIN_SIZES:
        return fields
    terms, samples = np.column_stack(terms)[within], samples[within]
    coefficients, fields["residual"] = fit(terms, np.median(samples, axis=1))
    if fields["residual"] > MAX_RESIDUAL:
        return fields
    by_process = np.array([fit(terms, seconds)[0] for seconds in samples.T])
    for name, value, values in zip(names, coefficients, by_process.T, strict=True):
        fields[f"{name}_s"] = float(value)
        _, fields[f"{name}_ci_low_s"], fields[f"{name}_ci_high_s"] = interval_of_median(values)
    if coefficients[1] > 0:
        fields["overhead_until"] = float(coefficients[0] / coefficients[1])
    return fields


def ceiling_row(ceiling: Ceiling, slices: pd.DataFrame, max_busy_cores: float) -> dict:
    """One row of limits.csv: a ceiling, as the median over processes with its interval, and the best of all slices."""
    row = timing_row(slices, max_busy_cores)
    return {
        "limit": ceiling.name,
        "unit": ceiling.unit,
        "median": ceiling.amount / row["median_s"],
        "ci_low": ceiling.amount / row["ci_high_s"],
        "ci_high": ceiling.amount / row["ci_low_s"],
        "stable": row["stable"],
        "level": ceiling.level,
        "best": ceiling.amount / row["min_s"],
        "bytes": sum(8 * n for (n,) in ceiling.shapes) if ceiling.unit == "GB/s" else None,
    }


def merge_levels(limits: pd.DataFrame) -> pd.DataFrame:
    """Join a level of memory that is nowhere faster than the next larger one by more than DIFFERENT with that one.

    The row of the larger one stays, with the best of both as ceiling, and the bytes of the smaller arrays.
    """
    limits = limits.copy()
    for level, larger in pairwise(limits.loc[limits["unit"] == "GB/s", "level"].unique()):
        best = limits[limits["level"].isin((level, larger))].groupby(["level", "limit"])["best"].max()
        if (best[level] <= (1 + DIFFERENT) * best[larger]).all():
            limits["level"] = limits["level"].replace(level, larger)
    groups = limits.groupby(["limit", "level"])
    limits["best"] = np.where(limits["unit"] == "GB/s", groups["best"].transform("max"), limits["best"])
    limits["bytes"] = groups["bytes"].transform("min")
    return limits.drop_duplicates(["limit", "level"], keep="last")


def throughput_row(operation: str, shape: str, implementation: str, seconds: float, limits: pd.DataFrame) -> dict:
    """One row of throughput.csv: how fast numbers were moved and computed, and the share of what the machine allows.

    The ceiling is a roofline (Williams, Waterman and Patterson, 2009, doi:10.1145/1498765.1498785): the best
    multiply-add rate, or the best bandwidth for the operation's mix of reads and writes at the level of memory that
    holds its arrays times the operations for each byte, whichever is less. Bytes are those of inputs read once and
    results written once.
    A view moves none: its fields are empty.

    Args:
        operation, shape, implementation: as in timings.csv.
        seconds: of a call.
        limits: limits.csv.
    """
    row = OPERATIONS[operation]
    work = row.work(parse_shapes(shape))
    view = row.view and IMPLEMENTATIONS[implementation].module == "numpy"
    bandwidths = limits[limits["limit"] == f"{row.mix}_bandwidth"].set_index("level")
    level = level_of(work.bytes, dict(bandwidths["bytes"]))
    # A smaller cache is at least as fast as a larger one, even where the call takes most of the time of its ceiling.
    bandwidth = bandwidths["best"].loc[level:].max()
    memory_s = work.bytes / 1e9 / bandwidth
    compute_s = work.flop / 1e9 / limits.loc[limits["limit"] == "multiply_add_rate", "best"].max()
    return {
        "operation": operation,
        "shape": shape,
        "implementation": implementation,
        "gb_per_s": None if view else work.bytes / seconds / 1e9,
        "gflop_per_s": None if view else work.flop / seconds / 1e9,
        "flop_per_byte": None if view else work.flop / work.bytes,
        "limit": "none: a view" if view else "memory" if memory_s > compute_s else "multiply-adds",
        "share_of_limit": None if view else max(memory_s, compute_s) / seconds,
        "level": None if view else level,
        "mix": None if view else row.mix,
    }


def cost_tables(
    slices: pd.DataFrame, checks: pd.DataFrame, machine: dict, max_busy_cores: float
) -> dict[str, pd.DataFrame]:
    """limits.csv, cost_models.csv and throughput.csv, from slices.csv, checks.csv and machine.json."""
    measured = dict(iter(slices[slices["implementation"] == "ceiling"].groupby(KEY)))
    limits = merge_levels(
        pd.DataFrame(
            [
                ceiling_row(c, measured[c.function, "ceiling", format_shapes(c.shapes)], max_busy_cores)
                for c in ceilings(machine["cache_bytes"])
            ]
        )
    )
    samples = samples_of(slices[~slices["implementation"].isin((*CONTROLS, "ceiling", *REPETITION))])
    compile_s = checks.dropna(subset="compile_s").set_index(["operation", "implementation"])["compile_s"]
    costs = []
    for key, keys in groupby(samples, key=lambda key: key[:2]):
        shapes = [shape for _, _, shape in keys]
        values = measured_together(*(samples[*key, shape] for shape in shapes))
        if key[1] != "numpy_float32":
            costs.append(cost_row(*key, shapes, values, compile_s.get(key)))
    throughput = [
        throughput_row(operation, shape, name, np.median(values), limits)
        for (operation, name, shape), values in samples.items()
        if name not in ("numpy_float32", "numpy_all_threads")
    ]
    return {"limits": limits, "cost_models": pd.DataFrame(costs), "throughput": pd.DataFrame(throughput)}
