"""The data of the chart on the page in which a reader picks an operation, a baseline and implementations."""

import pandas as pd

from retrial.operations.table import OPERATIONS, parse_shapes
from retrial.page.implementations import IMPLEMENTATION_STYLES


def explorer_data(timings: pd.DataFrame, speedups: pd.DataFrame) -> dict:
    """What the script of the page draws, from timings.csv and speedups.csv.

    Returns:
        `operations`: for each its `step` and the `notebook` size in steps. `implementations`: for each its label,
        colour and marker. `points`: per operation, baseline (`""` for the time of a call) and implementation a list of
        [steps, shape, value, low, high, stable].
    """
    points = {}
    stable = timings.set_index(["operation", "shape", "implementation"])["stable"]
    times = timings.rename(columns={"median_s": "value", "ci_low_s": "ci_low", "ci_high_s": "ci_high"})
    times = times.assign(baseline="")
    for row in pd.concat([times, speedups.rename(columns={"speedup": "value"})]).itertuples():
        steps = OPERATIONS[row.operation].work(parse_shapes(row.shape)).steps
        is_stable = bool(stable.get((row.operation, row.shape, row.implementation), True))
        series = points.setdefault(row.operation, {}).setdefault(row.baseline, {}).setdefault(row.implementation, [])
        series.append([steps, row.shape, row.value, row.ci_low, row.ci_high, is_stable])
    names = [name for name in IMPLEMENTATION_STYLES if name in set(timings["implementation"])]
    return {
        "operations": {
            name: {"step": OPERATIONS[name].step, "notebook": OPERATIONS[name].work().steps} for name in points
        },
        "implementations": {
            name: dict(zip(("colour", "marker", "label"), IMPLEMENTATION_STYLES[name], strict=True)) for name in names
        },
        "points": points,
    }
