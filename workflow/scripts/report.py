"""Make the report: one page with all results, which says how to get those that are missing.

The page is self-contained: pictures, style and script are in it, and its content security policy blocks every request.
The text is in workflow/report/page.html.j2; here are the functions and values that the template uses.
"""

import base64
import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from retrial.config import OPTIONS
from retrial.data.sources import EMBEDDED
from retrial.files import atomic_write
from retrial.formats import (
    format_accuracy,
    format_duration,
    format_percent,
    format_probability,
    format_ratio,
    format_seconds,
)
from retrial.job import start_log
from retrial.notebook.registry import VERDICTS, by_group, count_confirmed, notebook_parts
from retrial.operations.step import whole_training
from retrial.operations.table import VIEWS, at_notebook_shapes
from retrial.page.headlines import headlines
from retrial.page.sweeps import describe_best
from retrial.page.tables import (
    array_rows,
    claims_by_cell,
    derivative_rows,
    experiment_rows,
    layer_rows,
    layout_table,
    replay_rows,
)
from retrial.page.timings import explorer_data, ladder, named, operation_exhibits, step_exhibits
from retrial.page.verdicts import summary_rows
from retrial.params import settings_of
from retrial.results import Results
from retrial.snakemake import read_records

WORKFLOW = Path(__file__).parents[1]
SCRIPTS = ("report/page.js", "report/explorer.js")
# Named here, so that the digest of this script covers them; page.html.j2 includes them.
PARTS = (
    "report/macros.html.j2",
    "report/parts/data.html.j2",
    "report/parts/layers.html.j2",
    "report/parts/compile.html.j2",
    "report/parts/fit.html.j2",
    "report/parts/predict.html.j2",
    "report/parts/loops.html.j2",
    "report/parts/broadcasting.html.j2",
    "report/parts/products.html.j2",
    "report/parts/chain_rule.html.j2",
)


def job_times(folder: Path, results: str) -> pd.DataFrame:
    """Jobs and seconds of the rules that made files in `results`, from Snakemake's records in `folder`."""
    jobs = {
        (record["rule"], *record["log"]): record["endtime"] - record["starttime"]
        for name, record in read_records(folder).items()
        if name.startswith(f"{results}/") and (folder / name).exists() and record["rule"] not in ("report", "preview")
    }
    table = pd.DataFrame(
        [(rule, 1, seconds) for (rule, *_), seconds in jobs.items()], columns=["rule", "jobs", "seconds"]
    )
    return table.groupby("rule").sum().reset_index().sort_values("seconds", ascending=False)


def first_digits(results: Results, labels: list[str]) -> list[dict]:
    """The first ten test images as data URLs, with their two most probable labels; empty if they are not there yet."""
    if not (results.exists("predictions/first_ten.csv") and results.exists("data/provenance.json")):
        return []
    shape = results.json("data/provenance.json")["test"]["image_shape"]
    table, images, digits = results.csv("predictions/first_ten.csv"), results.array("data/x_test.npy"), []
    for row, image in zip(table.itertuples(), images, strict=False):
        probabilities = [getattr(row, f"p{i}") for i in range(len(labels))]
        *_, second, first = np.argsort(probabilities, kind="stable")
        png = BytesIO()
        Image.fromarray(np.rint(255 * (1 - image.reshape(shape))).astype(np.uint8)).save(png, "png")
        digits.append(
            {
                "picture": f"data:image/png;base64,{base64.b64encode(png.getvalue()).decode()}",
                "label": labels[row.label],
                "predicted": labels[first],
                "probability": probabilities[first],
                "runner_up": labels[second],
                "runner_up_probability": probabilities[second],
            }
        )
    return digits


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
        settings: `dataset` (its name), `labels`, `experiments` (complete), `training_threads`, `timing`; the
            `note` at the top.
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
        claims_by_cell,
        count_confirmed,
        derivative_rows,
        describe_best,
        experiment_rows,
        explorer_data,
        first_digits,
        format_accuracy,
        format_duration,
        format_percent,
        format_probability,
        format_ratio,
        format_seconds,
        ladder,
        layer_rows,
        layout_table,
        named,
        operation_exhibits,
        replay_rows,
        shorten_evidence,
        step_exhibits,
        whole_training,
        summary_rows,
    )
    return environment.get_template("report/page.html.j2").render(
        {function.__name__: function for function in functions},
        results=results,
        labels=settings["labels"],
        note=settings["note"],
        options=os.environ.get(OPTIONS, ""),
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
        parts=notebook_parts(),
        costs=job_times(folder, name),
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
