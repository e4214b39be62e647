"""Tables of the page: their headings, and cells with a text and the number that they sort by."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from markupsafe import Markup

from retrial.formats import format_cell


def layout_table(
    rows: pd.DataFrame | list[dict] | dict[str, list],
    columns: dict[str, str],
    formats: dict[str, Callable],
    interval: tuple[str, str] | None,
) -> dict:
    """The headings and cells of a table on the page.

    Args:
        rows: a DataFrame, or anything that pandas makes one of.
        columns: the headings of columns; any other column has its name as heading.
        formats: functions that turn a value into its text, by column; the others use `format_cell`.
        interval: the columns of two bounds, which become one column with the place and the format of the first.

    Returns:
        `headings`, and `rows` of cells with their `text` and the number that they `sort` by, None for words.
    """
    frame = pd.DataFrame(rows)
    if interval:
        low, high = interval
        form = formats.get(low, format_cell)
        texts = [format_interval(*bounds, form) for bounds in zip(frame[low], frame[high], strict=True)]
        frame = frame.assign(**{low: texts}).drop(columns=high)
        columns, formats = {low: "95 % interval"} | columns, formats | {low: str}
    return {
        "headings": [columns.get(name, str(name).replace("_", " ")) for name in frame],
        "rows": [
            [layout_cell(value, formats.get(name, format_cell)) for name, value in zip(frame, row, strict=True)]
            for row in frame.itertuples(index=False)
        ],
    }


def layout_cell(value, form: Callable) -> dict:
    """A cell of a table; a missing value is an empty one, and HTML stays as it is."""
    text = value if isinstance(value, Markup) else format_cell(value) and form(value)
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return {"text": text, "sort": float(value) if is_number and text else None}


def format_interval(low: float, high: float, form: Callable) -> str:
    """Two bounds as text; nothing if there are none."""
    return "" if math.isnan(low) else f"{form(low)} to {form(high)}"
