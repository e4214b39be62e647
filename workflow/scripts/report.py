"""Make the report: one page with all results, which says how to get those that are missing.

The page is self-contained: pictures, style and script are in it, and its content security policy blocks every request.
The text is in workflow/report/page.html.j2; here are the functions and values that the template uses.
"""

import base64
import hashlib
import json
import math
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrial.data.sources import EMBEDDED
from retrial.files import atomic_write
from retrial.job import parse_cost, start_log
from retrial.notebook.mistakes import judge_mistakes
from retrial.notebook.registry import VERDICTS, by_group, count_confirmed
from retrial.operations.step import whole_training
from retrial.operations.table import VIEWS, at_notebook_shapes
from retrial.page.exhibits import operation_exhibits, step_exhibits
from retrial.page.explorer import explorer_data
from retrial.page.formats import format_accuracy, format_cell, format_duration, format_ratio, format_seconds
from retrial.page.headlines import headlines
from retrial.page.sweeps import describe_best
from retrial.page.tables import layout_table
from retrial.page.verdicts import summary_rows
from retrial.params import settings_of
from retrial.results import Results
from retrial.snakemake import read_records

WORKFLOW = Path(__file__).parents[1]
SCRIPTS = ("report/page.js", "report/explorer.js")
# Named here, so that the digest of this script covers them; page.html.j2 includes them.
PARTS = ("report/macros.html.j2", "report/claims.html.j2", "report/exhibits.html.j2", "report/sweeps.html.j2")


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
    """The settings of each experiment; those that differ from `baseline` are emphasised."""
    rows = [
        {
            "experiment": name,
            "engine": experiment["engine"],
            "pixels": "0 to 1" if experiment["divide_by_255"] else "0 to 255",
            "layers": ", ".join(f"{layer['units']}\u00a0{layer['activation']}" for layer in experiment["layers"]),
            "optimizer": ", ".join(
                [experiment["optimizer"]["name"]]
                + [f"{k.replace('_', ' ')} {format_cell(v)}" for k, v in experiment["optimizer"].items() if k != "name"]
            ),
            "loss": experiment["loss"].replace("_", " "),
            "metrics": ", ".join(experiment["metrics"]).replace("_", " ") or "none",
            "epochs": experiment["epochs"],
            "batch size": experiment["batch_size"],
            "seeds": ", ".join(map(str, experiment["seeds"])),
        }
        for name, experiment in experiments.items()
    ]
    baseline = next(row for row in rows if row["experiment"] == "baseline")
    same = baseline | {"experiment": None}
    return [
        {
            key: Markup("<strong>{}</strong>").format(value) if same[key] not in (None, value) else value
            for key, value in row.items()
        }
        for row in rows
    ]


def derivative_rows(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Per case and method of chain_rule.csv: the points, how many comparisons agree, and the largest difference."""
    groups = comparisons.groupby(["case", "method"], sort=False)
    rows = groups.agg(points=("point", "nunique"), agree=("ok", "sum"), largest_difference=("max_abs_error", "max"))
    rows["agree"] = [f"{agree} of {total}" for agree, total in zip(rows["agree"], groups.size(), strict=True)]
    return rows.reset_index()


def job_costs(folder: Path, results: str) -> pd.DataFrame:
    """Jobs, seconds and core-seconds of the rules that made files in `results`, from their records in `folder`."""
    logs = {
        (record["rule"], log)
        for name, record in read_records(folder).items()
        for log in record["log"]
        if name.startswith(f"{results}/") and (folder / name).exists() and (folder / log).exists()
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
    return [path.as_posix().lstrip("/") for path in paths]


def render(folder: Path, settings: dict, name: str = "results") -> str:
    """The page about results, as HTML.

    Args:
        folder: where Snakemake ran.
        settings: `dataset` (its name), `labels`, `experiments` (complete), `training_threads`, `timing`.
        name: of the results there; a workflow that imports this one may have put a prefix before it.
    """
    results = Results(folder / name)
    script = "".join((WORKFLOW / name).read_text(encoding="utf-8") for name in SCRIPTS)
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
        explorer_data,
        format_accuracy,
        format_duration,
        format_ratio,
        format_seconds,
        layer_rows,
        layout_table,
        operation_exhibits,
        shorten_evidence,
        step_exhibits,
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
        costs=job_costs(folder, name),
        digits=list("0123456789"),
        EMBEDDED=EMBEDDED,
        Markup=Markup,
        VERDICTS=VERDICTS,
        VIEWS=VIEWS,
        style=Markup((WORKFLOW / "report/page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    page = render(Path(), settings, Path(snakemake.output[0]).parent.as_posix())
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{snakemake.output[0]}: {len(page.encode()) / 1e6:.2f} MB")
