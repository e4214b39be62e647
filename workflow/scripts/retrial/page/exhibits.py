"""The loops and NumPy's lines as they stand in the source, side by side, with what was measured."""

import ast
import inspect
from collections.abc import Callable
from types import ModuleType

import pandas as pd
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from retrial.operations import naive, table
from retrial.operations import numpy as numpy_operations

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


def operation_exhibits(timings: pd.DataFrame, speedups: pd.DataFrame, crossovers: pd.DataFrame | None) -> list[dict]:
    """For each timed operation its two sources, and the rows that were measured at the shapes of the notebook.

    Args:
        timings, speedups: timings.csv and speedups.csv.
        crossovers: crossovers.csv; without it, `crossovers` of each exhibit is empty.

    Returns:
        `name`, its row of the table of `operation`s, `shape`, `by_hand` and `vectorised` (HTML), `times` by
        implementation, NumPy's `speedups` and `crossovers` by baseline.
    """
    timings, speedups = table.at_notebook_shapes(timings), table.at_notebook_shapes(speedups)
    of_numpy = speedups[speedups["implementation"] == "numpy"]
    return [
        {
            "name": name,
            "operation": table.OPERATIONS[name],
            "shape": rows["shape"].iloc[0],
            "by_hand": source_of(getattr(naive, name)),
            "vectorised": source_of(getattr(numpy_operations, name)),
            "times": {row.implementation: row for row in rows.itertuples()},
            "speedups": {row.baseline: row for row in of_numpy[of_numpy["operation"] == name].itertuples()},
            "crossovers": {}
            if crossovers is None
            else {row.baseline: row for row in crossovers[crossovers["operation"] == name].itertuples()},
        }
        for name, rows in timings.groupby("operation", sort=False)
    ]


def step_exhibits() -> list[dict]:
    """For each part of a training step, its two sources: `name`, `by_hand` and `vectorised` (HTML)."""
    return [
        {"name": part, "by_hand": sources(naive, names), "vectorised": sources(numpy_operations, names)}
        for part, names in STEP_PARTS.items()
    ]
