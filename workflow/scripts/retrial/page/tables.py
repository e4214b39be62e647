"""Tables of the page: rows that no file has, headings, and elements with a text and a number to sort by."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from markupsafe import Markup

from retrial.formats import format_name, format_ratio, format_seconds, format_value
from retrial.notebook.registry import Cell
from retrial.operations.table import format_shapes, list_shapes
from retrial.results import Results

# How columns of this name look in every table.
NAMED = ("experiment", "other_experiment", "operation", "implementation", "baseline", "engine", "limit")
FORMATS = {"shape": list_shapes} | dict.fromkeys(NAMED, format_name)


def layout_table(
    rows: pd.DataFrame | list[dict] | dict[str, list],
    columns: dict[str, str],
    formats: dict[str, Callable],
    interval: tuple[str, str] | None,
) -> dict:
    """The headings and values of a table on the page.

    Args:
        rows: a DataFrame, or anything that pandas makes one of.
        columns: the headings of columns; any other column has its name as heading.
        formats: functions that turn a value into its text, by column; the others use FORMATS, then `format_value`.
        interval: the columns of two bounds, which become one column with the place and the format of the first.

    Returns:
        `headings`, and `rows` of values with their `text` and the number that they `sort` by, None for words.
    """
    frame, formats = pd.DataFrame(rows), FORMATS | formats
    if interval:
        low, high = interval
        form = formats.get(low, format_value)
        bounds = zip(frame[low], frame[high], strict=True)
        texts = ["" if math.isnan(a) else f"{form(a)} to {form(b)}" for a, b in bounds]
        frame = frame.assign(**{low: texts}).drop(columns=high)
        columns, formats = {low: "95 % interval"} | columns, formats | {low: str}
    return {
        "headings": [columns.get(name, str(name).replace("_", " ")) for name in frame],
        "rows": [
            [layout_value(value, formats.get(name, format_value)) for name, value in zip(frame, row, strict=True)]
            for row in frame.itertuples(index=False)
        ],
    }


def claims_by_cell(claims: pd.DataFrame, cells: list[Cell]) -> dict[str, pd.DataFrame]:
    """The rows of claims.csv for each of these cells; a claim about several stands at the first of them."""
    names = sorted((cell.name for cell in cells), key=len, reverse=True)  # In [15], [16] is a cell of its own
    places = claims["cell"].map(lambda text: next((name for name in names if text.startswith(name)), ""))
    return {cell.name: claims[places == cell.name] for cell in cells}


def layout_value(value, form: Callable) -> dict:
    """A value in a table: nothing for a missing one, and HTML as it is."""
    text = value if isinstance(value, Markup) else format_value(value) and form(value)
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return {"text": text, "sort": float(value) if is_number and text else None}


def array_rows(results: Results) -> list[dict]:
    """The shape and dtype of each preprocessed array."""
    names = [name for name in ("x_train", "y_train", "x_test", "y_test") if results.exists(f"data/{name}.npy")]
    arrays = [(name, results.array(f"data/{name}.npy")) for name in names]
    return [{"array": name, "shape": format_shapes([array.shape]), "dtype": array.dtype.name} for name, array in arrays]


def layer_rows(layers: list[dict], image_shape: list[int] | None) -> list[dict]:
    """Each dense layer with its inputs and its weights and biases; None for them if the images are not there yet."""
    n_inputs, rows = image_shape and math.prod(image_shape), []
    for layer in layers:
        n_weights = None if n_inputs is None else (n_inputs + 1) * layer["units"]
        rows.append({"layer": "Dense", "inputs": n_inputs, **layer, "weights and biases": n_weights})
        n_inputs = layer["units"]
    return rows


def experiment_rows(experiments: dict[str, dict]) -> list[dict]:
    """The settings of each experiment; those that differ from `baseline` are emphasised."""
    rows = {
        name: {
            "experiment": name if format_name(name) == name else f"{format_name(name)} ({name})",
            "engine": format_name(experiment["engine"]),
            "pixels": "0 to 1" if experiment["divide_by_255"] else "0 to 255",
            "layers": ", ".join(f"{layer['units']}\u00a0{layer['activation']}" for layer in experiment["layers"]),
            "optimizer": ", ".join(
                f"{key.replace('_', ' ')} {format_value(value)}".removeprefix("name ").removesuffix(" yes")
                for key, value in ({"name": ""} | experiment["optimizer"]).items()  # its name comes first
            ),
            "loss": experiment["loss"].replace("_", " "),
            "metrics": ", ".join(experiment["metrics"]).replace("_", " ") or "none",
            "epochs": experiment["epochs"],
            "batch size": experiment["batch_size"],
            "seeds": ", ".join(map(str, experiment["seeds"])),
        }
        for name, experiment in experiments.items()
    }
    same = rows["baseline"] | {"experiment": None}
    return [
        {
            key: Markup("<strong>{}</strong>").format(value) if same[key] not in (None, value) else value
            for key, value in row.items()
        }
        for row in rows.values()
    ]


def replay_rows(replay: pd.DataFrame) -> list[dict]:
    """What one more process would have read, from replay.csv, beside what the notebook prints or its times make."""
    rows = []
    for row in replay.itertuples():
        form = format_ratio if row.statistic == "ratio" else format_seconds
        notebook, median, low, high = (
            "∞" if math.isinf(value) else form(value) if value else "0"
            for value in (row.notebook, row.median, row.low, row.high)
        )
        rows.append(
            {
                "measured": row.reading.replace("add_relu", format_name("add_relu")),
                "clock": "fine" if row.clock == "raw" else f"{row.clock} ticks",
                "notebook": notebook,
                "median here": median,
                "95 % of processes": f"{low} to {high}",
                "notebook is inside": row.inside,
            }
        )
    return rows


def derivative_rows(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Per case and method of chain_rule.csv: the points, how many comparisons agree, and the largest difference."""
    groups = comparisons.groupby(["case", "method"], sort=False)
    rows = groups.agg(points=("point", "nunique"), agree=("ok", "sum"), largest_difference=("max_abs_error", "max"))
    rows["agree"] = [f"{agree} of {total}" for agree, total in zip(rows["agree"], groups.size(), strict=True)]
    return rows.reset_index()
