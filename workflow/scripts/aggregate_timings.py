"""Turn the slices into tables: the time of each implementation, speed-ups, and what follows from them."""

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.job import start_log
from retrial.operations.table import BASELINES, CONTROLS, OPERATIONS, REPETITION
from retrial.params import settings_of
from retrial.results import read_table
from retrial.statistics import paired_ratio, quiet_ratio
from retrial.timing.costs import cost_tables
from retrial.timing.slices import DRIFT, SPREAD, changes, measured_together, samples_of, timing_table

METHODS = dict(zip(REPETITION, ("broadcasting", "explicit repetition"), strict=True))


def is_stable(baseline: np.ndarray, other: np.ndarray) -> bool:
    """Whether a ratio of times from the same processes is stable, however its two times moved together."""
    spread, drift = changes(baseline / other, paired_ratio(baseline, other))
    return bool(spread <= SPREAD and abs(drift) <= DRIFT)


def speedup_table(samples: dict[tuple[str, str, str], pd.Series]) -> pd.DataFrame:
    """speedups.csv: for each baseline and each other implementation their ratio, measured together, with its interval.

    `quiet` is the ratio in the quiet state of the machine, see `quiet_ratio`, from `n_quiet` processes. The samples are
    those of `samples_of`.
    """
    rows = []
    for baseline in BASELINES:
        for (operation, implementation, shape), own in samples.items():
            if implementation != baseline and (operation, baseline, shape) in samples:
                both = measured_together(samples[operation, baseline, shape], own)
                quiet, n_quiet = quiet_ratio(*both)
                ratio = *paired_ratio(*both), is_stable(*both), *quiet, n_quiet
                rows.append((operation, shape, baseline, implementation, *ratio))
    keys, ratio = ["operation", "shape", "baseline", "implementation"], ["speedup", "ci_low", "ci_high", "stable"]
    return pd.DataFrame(rows, columns=[*keys, *ratio, "quiet", "quiet_ci_low", "quiet_ci_high", "n_quiet"])


def control_table(samples: dict[tuple[str, str, str], pd.Series]) -> pd.DataFrame:
    """control.csv: ratios that are 1, of NumPy and NumPy under a second name, and of loops and all parts of them."""
    rows = []
    for (operation, implementation, shape), own in samples.items():
        if implementation == "control":
            both, control = (samples[operation, "numpy", shape], own), "NumPy against itself"
        elif implementation == "control_part":
            parts = own + samples[operation, "control_rest", shape]
            both = samples[operation, "naive", shape], parts
            control = f"loops against {OPERATIONS[operation].parts}"
        else:
            continue
        rows.append((operation, shape, *paired_ratio(*measured_together(*both)), control))
    table = pd.DataFrame(rows, columns=["operation", "shape", "ratio", "ci_low", "ci_high", "control"])
    table.insert(5, "covers_1", (table["ci_low"] <= 1) & (table["ci_high"] >= 1))
    return table


def crossover_row(speedups: pd.DataFrame) -> dict:
    """One row of crossovers.csv: from which size on NumPy is faster than a baseline, 95 % intervals above 1.

    `slower_up_to` is the largest size whose interval is below 1. Fields are empty where there is no such size.

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


def broadcasting_table(slices: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """broadcasting.csv: NumPy's broadcasting, and the smaller input repeated explicitly.

    `ratio` is the time of a call over that of broadcasting, measured together, with its 95 % interval; `stable` is
    about it.
    """
    samples, checked = samples_of(slices), checks.set_index(["operation", "implementation"])
    rows = []
    for (operation, implementation, shape), own in samples.items():
        both = measured_together(own, samples[operation, REPETITION[0], shape])
        error, peak_bytes = checked.loc[(operation, implementation), ["max_abs_error", "peak_bytes"]]
        ratio = *paired_ratio(*both), is_stable(*both)
        rows.append((operation, shape, METHODS[implementation], error, int(peak_bytes), np.median(own), *ratio))
    columns = ["operation", "shape", "method", "max_abs_error", "peak_bytes", "median_s"]
    return pd.DataFrame(rows, columns=[*columns, "ratio", "ratio_ci_low", "ratio_ci_high", "stable"])


if __name__ == "__main__":
    start_log(snakemake.log[0])
    max_busy_cores = settings_of(snakemake.params)["max_busy_cores"]
    slices, checks = (read_table(snakemake.input[name]) for name in ("slices", "checks"))
    repeated = slices["implementation"].isin(REPETITION)
    timed = slices[~repeated & (slices["implementation"] != "ceiling")]
    compared = timed[~timed["implementation"].isin(CONTROLS)]
    timings = timing_table(compared, max_busy_cores)
    unstable = timings.explode("reasons").dropna(subset="reasons").rename(columns={"reasons": "reason"})
    speedups = speedup_table(samples_of(compared))
    of_numpy = speedups[speedups["implementation"] == "numpy"].groupby(["operation", "baseline"], sort=False)
    tables = {
        "timings": timings.drop(columns="reasons"),
        "unstable": unstable[["operation", "shape", "implementation", "reason"]],
        "speedups": speedups,
        "control": control_table(samples_of(timed)),
        "crossovers": pd.DataFrame([crossover_row(rows) for _, rows in of_numpy]),
        "broadcasting": broadcasting_table(slices[repeated], checks),
        **cost_tables(slices, checks, read_json(snakemake.input.machine), max_busy_cores),
    }
    for name, table in tables.items():
        write_csv(snakemake.output[name], table)
        print(table.to_string(index=False), end="\n\n")
