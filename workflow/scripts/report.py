"""Make the report: one page with all results, which says how to get those that are missing.

The page is self-contained: pictures, style and script are in it, and its content security policy blocks every request.
The text is in workflow/report/page.html.j2; here are the functions and values that the template uses.
"""

import base64
import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrial.claims.mistakes import judge_mistakes
from retrial.claims.registry import VERDICTS, by_group, count_confirmed
from retrial.dataset.sources import EMBEDDED
from retrial.display.formats import format_accuracy, format_cell, format_duration, format_ratio, format_seconds
from retrial.display.headlines import headlines
from retrial.display.sweeps import describe_best
from retrial.display.verdicts import summary_rows
from retrial.operations.table import VIEWS, at_notebook_shapes
from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import parse_cost, start_log
from retrial.pipeline.records import read_records
from retrial.pipeline.results import Results
from retrial.training_step.cost import whole_training

WORKFLOW = Path(__file__).parents[1]
# Named here, so that the digest of this script covers them; page.html.j2 includes them.
PARTS = ("report/sweeps.html.j2",)


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
    """A cell of a table; a missing value is an empty one."""
    text = format_cell(value) and form(value)
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return {"text": text, "sort": float(value) if is_number and text else None}


def format_interval(low: float, high: float, form: Callable) -> str:
    """Two bounds as text; nothing if there are none."""
    return "" if math.isnan(low) else f"{form(low)} to {form(high)}"


def array_rows(results: Results) -> list[dict]:
    """The shape and dtype of each preprocessed array."""
    names = [name for name in ("x_train", "y_train", "x_test", "y_test") if results.exists(f"data/{name}.npy")]
    arrays = {name: results.array(f"data/{name}.npy") for name in names}
    return [{"array": name, "shape": str(array.shape), "dtype": str(array.dtype)} for name, array in arrays.items()]


def layer_rows(layers: list[dict], image_shape: list[int] | None) -> list[dict]:
    """Each dense layer with its inputs and its weights and biases; None for them if the images are not there yet."""
    n_inputs, rows = image_shape and math.prod(image_shape), []
    for layer in layers:
        n_weights = None if n_inputs is None else (n_inputs + 1) * layer["units"]
        rows.append({"layer": "Dense", "inputs": n_inputs, **layer, "weights and biases": n_weights})
        n_inputs = layer["units"]
    return rows


def experiment_rows(experiments: dict[str, dict]) -> list[dict]:
    """The settings of each experiment, except for its layers."""
    return [
        {
            "experiment": name,
            "engine": experiment["engine"],
            "pixels": "0 to 1" if experiment["divide_by_255"] else "0 to 255",
            "optimizer": experiment["optimizer"]["name"],
            "learning rate": experiment["optimizer"].get("learning_rate"),
            "loss": experiment["loss"],
            "metrics": ", ".join(experiment["metrics"]),
            "epochs": experiment["epochs"],
            "batch size": experiment["batch_size"],
            "seeds": ", ".join(map(str, experiment["seeds"])),
        }
        for name, experiment in experiments.items()
    ]


def derivative_rows(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Per case and method of chain_rule.csv: the points, how many comparisons agree, and the largest difference."""
    groups = comparisons.groupby(["case", "method"], sort=False)
    rows = groups.agg(points=("point", "nunique"), agree=("ok", "sum"), largest_difference=("max_abs_error", "max"))
    rows["agree"] = [f"{agree} of {total}" for agree, total in zip(rows["agree"], groups.size(), strict=True)]
    return rows.reset_index()


def job_costs(folder: Path) -> pd.DataFrame:
    """Jobs, seconds and core-seconds of each rule, from the logs that Snakemake recorded in `folder`."""
    logs = {
        (record["rule"], log)
        for name, record in read_records(folder).items()
        for log in record["log"]
        if name.startswith("results/") and (folder / name).exists() and (folder / log).exists()
    }
    rows = []
    for rule, log in logs:
        cost = parse_cost((folder / log).read_text(encoding="utf-8", errors="replace"))
        if cost and rule not in ("report", "preview"):
            rows.append((rule, 1, *cost))
    table = pd.DataFrame(rows, columns=["rule", "jobs", "seconds", "core_seconds"])
    return table.groupby("rule").sum().reset_index().sort_values("core_seconds", ascending=False)


def shorten_evidence(names: list[str]) -> list[str]:
    """The names of files, relative to results/; if there are more than four, the folders that they are in."""
    paths = [Path(name.removeprefix("results/")) for name in names]
    if len(paths) > 4:
        paths = sorted({path.parent if path.parent.name else path for path in paths})
    if len(paths) > 4:
        paths = sorted({Path(path.parts[0]) for path in paths})
    return [path.as_posix() for path in paths]


def render(folder: Path, settings: dict) -> str:
    """The page about the results in `folder`/results, as HTML.

    Args:
        folder: where Snakemake ran.
        settings: `dataset` (its name), `labels`, `experiments` (complete), `training_threads`, `timing`.
    """
    results = Results(folder / "results")
    script = (WORKFLOW / "report/page.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(WORKFLOW),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    functions = (
        array_rows,
        at_notebook_shapes,
        by_group,
        count_confirmed,
        derivative_rows,
        describe_best,
        experiment_rows,
        format_accuracy,
        format_duration,
        format_ratio,
        format_seconds,
        layer_rows,
        layout_table,
        shorten_evidence,
        whole_training,
        summary_rows,
    )
    return environment.get_template("report/page.html.j2").render(
        {function.__name__: function for function in functions},
        results=results,
        labels=settings["labels"],
        probability_columns={f"p{index}": f"p({label})" for index, label in enumerate(settings["labels"])},
        experiments=settings["experiments"],
        sweeps=settings.get("sweeps", {}),
        configuration=yaml.safe_dump(
            json.loads(json.dumps(settings)),  # no two parts are one object, which YAML would write as an alias
            sort_keys=False,
            allow_unicode=True,
            width=100,
        ),
        headlines=headlines(results.folder),
        mistakes=judge_mistakes(results.folder),
        costs=job_costs(folder),
        EMBEDDED=EMBEDDED,
        VERDICTS=VERDICTS,
        VIEWS=VIEWS,
        style=Markup((WORKFLOW / "report/page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    page = render(Path(), {key: value for key, value in snakemake.params.settings.items() if key != "code"})
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{snakemake.output[0]}: {len(page.encode()) / 1e6:.2f} MB")
