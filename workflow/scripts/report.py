"""Make the report: one page with all results, which says how to get those that are missing.

The text is in workflow/report/page.html.j2; here are the functions and values that the template uses.
"""

import base64
import json
import os
from inspect import isfunction
from io import BytesIO
from pathlib import Path

import numpy as np
import yaml
from markupsafe import Markup
from PIL import Image

from retrial import formats
from retrial.data.sources import EMBEDDED
from retrial.environment import OPTIONS
from retrial.job import start_log
from retrial.notebook import registry
from retrial.operations import step, table
from retrial.page import runs, sweeps, tables, timings, verdicts
from retrial.page.headlines import headlines
from retrial.page.html import render_page, write_page
from retrial.params import settings_of
from retrial.results import Results

# The templates may call every function of these.
MODULES = (formats, registry, step, table, runs, sweeps, tables, timings, verdicts)
# Named here, so that the digests of this script cover what page.html.j2 includes.
INCLUDED = ("report/macros.html.j2", "report/parts/")


def first_digits(results: Results, labels: list[str]) -> list[dict]:
    """The first ten test images as data URLs, with their two most probable labels; empty if they are not there yet."""
    if not (results.exists("predictions/first_ten.csv") and results.exists("data/provenance.json")):
        return []
    shape = results.json("data/provenance.json")["test"]["image_shape"]
    rows, images, digits = results.csv("predictions/first_ten.csv").itertuples(), results.array("data/x_test.npy"), []
    for row, image in zip(rows, images, strict=False):
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
    functions = {name: value for module in MODULES for name, value in vars(module).items() if isfunction(value)}
    copied = json.loads(json.dumps(settings))  # no two parts are one object, which YAML would write as an alias
    values = functions | {
        "first_digits": first_digits,
        "shorten_evidence": shorten_evidence,
        "results": results,
        "labels": settings["labels"],
        "note": settings["note"],
        "options": os.environ.get(OPTIONS, ""),
        "probability_columns": {f"p{index}": label for index, label in enumerate(settings["labels"])},
        "experiments": results.trained(settings["experiments"]),
        "sweeps": settings.get("sweeps", {}),
        "configuration": yaml.safe_dump(copied, sort_keys=False, allow_unicode=True, width=100),
        "headlines": headlines(results.folder),
        "parts": registry.notebook_parts(),
        "costs": runs.job_times(folder, name),
        "machines": runs.other_machines(results),
        "digits": list("0123456789"),
        "EMBEDDED": EMBEDDED,
        "Markup": Markup,
        "VERDICTS": registry.VERDICTS,
    }
    return render_page("report/page.html.j2", ["report/page.css"], ["report/page.js", "report/explorer.js"], values)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    del settings["machines"]  # which rerun this rule when there is one more
    page = render(Path(), settings, Path(snakemake.output[0]).parent.as_posix())
    write_page(snakemake.output[0], page)
