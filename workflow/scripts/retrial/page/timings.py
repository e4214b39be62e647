"""What the page shows of the timings: the ladder, the loops beside NumPy's lines, the chart to explore."""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType

import pandas as pd
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from retrial.formats import format_name, format_seconds
from retrial.notebook.evidence import with_interval
from retrial.operations import naive, table
from retrial.operations import numpy as numpy_lines
from retrial.page.implementations import IMPLEMENTATION_STYLES
from retrial.results import Results

# The parts of a training step, and their operations.
STEP_PARTS = {
    "Forward": ("matrix_dot", "add_matrix_vector", "relu"),
    "Loss": ("softmax_factor",),
    "Backward": ("transpose", "relu_factor"),
    "Update": ("rmsprop",),
}


def source_of(function: Callable) -> Markup:
    """The source of a function without its docstring, with a class for each kind of token, see page.css."""
    lines = inspect.getsource(function).splitlines()
    first, *_ = ast.parse("\n".join(lines)).body[0].body
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        del lines[first.lineno - 1 : first.end_lineno]
    return Markup(highlight("\n".join(lines), PythonLexer(), HtmlFormatter(nowrap=True)))


def sources(module: ModuleType, names: tuple[str, ...]) -> Markup:
    """The sources of several functions of a module, with a line between them."""
    return Markup("\n").join(source_of(getattr(module, name)) for name in names)


def operation_exhibits(results: Results) -> list[dict]:
    """For each timed operation its two sources, and the rows that were measured at the notebook's shapes.

    Returns:
        `name`, its row of the table of `operation`s, `shape`, `by_hand` and `vectorised` (HTML), `times` by
        implementation, NumPy's `speedups` and `crossovers` by baseline. Empty if nothing was timed yet.
    """
    if not (results.exists("timings/timings.csv") and results.exists("timings/speedups.csv")):
        return []
    timings = table.at_notebook_shapes(results.csv("timings/timings.csv"))
    speedups = table.at_notebook_shapes(results.csv("timings/speedups.csv"))
    of_numpy = speedups[speedups["implementation"] == "numpy"]
    crossovers = results.csv("timings/crossovers.csv") if results.exists("timings/crossovers.csv") else of_numpy[:0]
    return [
        {
            "name": name,
            "operation": table.OPERATIONS[name],
            "shape": table.describe_shapes(rows["shape"].iloc[0]),
            "by_hand": source_of(getattr(naive, name)),
            "vectorised": source_of(getattr(numpy_lines, name)),
            "times": {row.implementation: row for row in rows.itertuples()},
            "speedups": {row.baseline: row for row in of_numpy[of_numpy["operation"] == name].itertuples()},
            "crossovers": {row.baseline: row for row in crossovers[crossovers["operation"] == name].itertuples()},
        }
        for name, rows in timings.groupby("operation", sort=False)
    ]


def step_exhibits() -> list[dict]:
    """For each part of a training step, its two sources: `name`, `by_hand` and `vectorised` (HTML)."""
    return [
        {"name": part, "by_hand": sources(naive, names), "vectorised": sources(numpy_lines, names)}
        for part, names in STEP_PARTS.items()
    ]


# From the slowest way to the fastest, with what each spends its time on.
RUNGS = {
    "naive": ("a Python loop over an ndarray", "the interpreter, and a conversion of each number to an object"),
    "naive_list": ("the same loop over lists", "no conversion: the interpreter alone"),
    "numba": ("the same loop, compiled (by Numba)", "no objects, no interpreter: the arithmetic, and the call itself"),
    "numpy": ("one line of NumPy", "compiled in advance, called once"),
}


def ladder(timings: pd.DataFrame) -> dict:
    """The time per element of one addition, or of the first operation that was timed, from timings.csv.

    Returns:
        Empty where not all four were timed. Else the `operation` in words, the `shape` of its inputs, `rungs` with
        `label`, `text` (time and interval), `what` the time is spent on and the `width` of a bar
        in percent, and a `sentence` on them all.
    """
    timings = table.at_notebook_shapes(timings)
    name = "add" if "add" in set(timings["operation"]) else timings["operation"].iloc[0]
    rows = timings[timings["operation"] == name].set_index("implementation")
    if not {*RUNGS} <= {*rows.index}:
        return {}
    steps = table.OPERATIONS[name].work().steps
    seconds = {key: rows.loc[key, ["median_s", "ci_low_s", "ci_high_s"]].astype(float) / steps for key in RUNGS}
    of_array, of_list, of_numba, of_numpy = (format_seconds(value["median_s"]) for value in seconds.values())
    conversion = format_seconds(seconds["naive"]["median_s"] - seconds["naive_list"]["median_s"])
    slowest = seconds["naive"]["median_s"]
    return {
        "operation": {"add": "addition"}.get(name, format_name(name)),
        "shape": table.describe_shapes(rows["shape"].iloc[0]),
        "rungs": [
            {
                "label": RUNGS[key][0],
                "text": with_interval(format_seconds, median, low, high)
                + ("" if rows.loc[key, "stable"] else ", not stable"),
                "what": RUNGS[key][1],
                "width": round(100 * median / slowest, 1),
            }
            for key, (median, low, high) in seconds.items()
        ],
        "sentence": f"Of the {of_array} over an ndarray, about {conversion} go into conversion and about {of_list} "
        f"into the interpreter; compiled, the same work takes {of_numba} (Numba) or {of_numpy} (NumPy).",
    }


def explorer_data(timings: pd.DataFrame, speedups: pd.DataFrame) -> dict:
    """What the script of the page draws, from timings.csv and speedups.csv.

    Returns:
        `operations`: for each its `label`, its `step` and the `notebook` size in steps. `implementations`: for each
        its label, colour and marker. `points`: per operation, baseline (`""` for the time of a call) and implementation
        a list of [steps, shape, value, low, high, stable].
    """
    points = {}
    times = timings.rename(columns={"median_s": "value", "ci_low_s": "ci_low", "ci_high_s": "ci_high"})
    times = times.assign(baseline="")
    for row in pd.concat([times, speedups.rename(columns={"speedup": "value"})]).itertuples():
        steps = table.OPERATIONS[row.operation].work(table.parse_shapes(row.shape)).steps
        series = points.setdefault(row.operation, {}).setdefault(row.baseline, {}).setdefault(row.implementation, [])
        series.append([steps, table.describe_shapes(row.shape), row.value, row.ci_low, row.ci_high, bool(row.stable)])
    names = [name for name in IMPLEMENTATION_STYLES if name in set(timings["implementation"])]
    return {
        "operations": {
            name: {
                "label": format_name(name),
                "step": table.OPERATIONS[name].step,
                "notebook": table.OPERATIONS[name].work().steps,
            }
            for name in points
        },
        "implementations": {
            name: dict(zip(("colour", "marker", "label"), IMPLEMENTATION_STYLES[name], strict=True)) for name in names
        },
        "points": points,
    }
