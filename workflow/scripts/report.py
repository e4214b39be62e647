"""Tell the whole story on one page, from what is in results/; what is missing says how to get it.

The page needs no other file and asks for none: pictures, style and script are in it, and its policy forbids the rest.
"""

import base64
import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrial.pipeline.files import read_json, atomic_write
from retrial.display.headlines import headlines
from retrial.pipeline.job import start_log
from retrial.operations.table import VIEWS, at_the_notebooks_shapes
from retrial.pipeline.records import read_records
from retrial.dataset.sources import EMBEDDED
from retrial.display.formats import seconds, times
from retrial.display.verdicts import VERDICTS

TEMPLATES = Path(__file__).parents[1] / "report"
COST = re.compile(r"^took ([\d.]+) s, ([\d.]+) core-seconds$", flags=re.MULTILINE)


def shown(value) -> str:
    """A table's value as it is read: four digits of a number, nothing for an empty cell."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)


def as_table(
    frame: pd.DataFrame, caption: str, file: str, labels: dict[str, str] | None = None, formats: dict | None = None
) -> dict:
    """A data frame as the template takes it: headings, and cells with their text and, of numbers, what they sort by."""
    labels, formats = labels or {}, formats or {}

    def cell(column: str, value) -> dict:
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
        text = shown(value)
        if text and column in formats:
            text = formats[column](value)
        return {"text": text, "sort": float(value) if number and text else None, "number": number}

    return {
        "id": re.sub(r"\W+", "-", f"table-{caption.lower()}").strip("-"),
        "caption": caption,
        "file": file,
        "columns": [labels.get(column, str(column).replace("_", " ")) for column in frame],
        "rows": [
            [cell(c, v) for c, v in zip(frame.columns, row, strict=True)] for row in frame.itertuples(index=False)
        ],
    }


def with_interval(frame: pd.DataFrame, low: str, high: str, form: Callable[[float], str]) -> pd.DataFrame:
    """The frame with its two bounds in one column of text, where the lower one was."""
    text = [
        f"{form(a)} to {form(b)}" if not math.isnan(a) else "" for a, b in zip(frame[low], frame[high], strict=True)
    ]
    frame = frame.drop(columns=high)
    return frame.assign(**{low: text}).rename(columns={low: "95 % interval"})


class Results:
    """The files of a results folder, each of which may be missing."""

    def __init__(self, folder: Path):
        self.folder = folder

    def table(self, name: str, **options) -> pd.DataFrame | None:
        """A .csv, or None."""
        path = self.folder / name
        return pd.read_csv(path, **options) if path.exists() else None

    def json(self, name: str) -> dict | None:
        """A .json, or None."""
        path = self.folder / name
        return read_json(path) if path.exists() else None

    def picture(self, name: str, alt: str, caption: str) -> dict | None:
        """An .svg as the template takes it, or None."""
        path = self.folder / name
        if not path.exists():
            return None
        content = base64.b64encode(path.read_bytes()).decode()
        return {"source": f"data:image/svg+xml;base64,{content}", "alt": alt, "caption": caption, "file": name}


def describe_data(results: Results, labels: list[str]) -> dict | None:
    """What is told of the data: where from, how many of each label, and what the arrays are."""
    provenance = results.json("data/provenance.json")
    if provenance is None:
        return None
    counts = pd.DataFrame({"label": labels} | {split: provenance[split]["n_per_label"] for split in ("train", "test")})
    arrays = []
    for name in ("x_train", "y_train", "x_test", "y_test"):
        path = results.folder / f"data/{name}.npy"
        if path.exists():
            array = np.load(path, allow_pickle=False, mmap_mode="r")
            arrays.append({"array": name, "shape": str(array.shape), "dtype": str(array.dtype)})
    return {
        "dataset": provenance["dataset"],
        "source": provenance["source"],
        "n_train": provenance["train"]["n"],
        "n_test": provenance["test"]["n"],
        "shape": provenance["train"]["image_shape"],
        "arrays": as_table(pd.DataFrame(arrays), "The arrays", "data/provenance.json"),
        "counts": as_table(
            counts, "Images of each label", "data/provenance.json", {"train": "training", "test": "test"}
        ),
        "samples": results.picture(
            "data/samples.svg",
            f"A grid of small images: in each row the first ten training images of one label, {', '.join(labels)}.",
            "The first training images of each label.",
        ),
    }


def describe_network(experiments: dict[str, dict], data: dict | None) -> dict:
    """The layers of baseline with the numbers that they learn, and the settings of all experiments."""
    width, rows = (math.prod(data["shape"]) if data else None), []
    for layer in experiments["baseline"]["layers"]:
        weights = None if width is None else (width + 1) * layer["units"]
        rows.append({"layer": "Dense", "inputs": width, **layer, "weights and biases": weights})
        width = layer["units"]
    settings = [
        {
            "experiment": name,
            "pixels": "0 to 1" if e["divide_by_255"] else "0 to 255",
            "optimizer": e["optimizer"]["name"],
            "learning rate": e["optimizer"].get("learning_rate"),
            "loss": e["loss"],
            "metrics": ", ".join(e["metrics"]),
            "epochs": e["epochs"],
            "batch size": e["batch_size"],
            "seeds": ", ".join(map(str, e["seeds"])),
        }
        for name, e in experiments.items()
    ]
    total = sum(row["weights and biases"] or 0 for row in rows)
    return {
        "layers": as_table(pd.DataFrame(rows), "The layers of baseline", "../config.yaml"),
        "experiments": as_table(pd.DataFrame(settings), "The experiments", "../config.yaml"),
        "n_weights": f"{total:,}" if total else None,
    }


def describe_training(results: Results) -> dict:
    """Curves and accuracies."""
    summary, accuracy = results.table("accuracy_summary.csv"), results.table("accuracy.csv")
    told = {"curves": None, "accuracy": None, "summary": None, "seeds": None, "one_seed": False}
    told["curves"] = results.picture(
        "models/curves.svg",
        "Curves of loss and metrics over the epochs, a column for each experiment; a thin line for each seed, a thick "
        "one for their mean.",
        "Loss and metrics on the training set, epoch by epoch.",
    )
    if summary is None or accuracy is None:
        return told
    means = "; ".join(f"{row.experiment} {row.mean:.4f}" for row in summary.itertuples())
    four = "{:.4f}".format
    told["accuracy"] = results.picture(
        "accuracy.svg",
        f"The accuracy of each seed, and each experiment's mean with its interval: {means}.",
        "Accuracy on the test set.",
    )
    told["summary"] = as_table(
        with_interval(summary, "ci_low", "ci_high", four),
        "Accuracy, mean over the seeds",
        "accuracy_summary.csv",
        {"n_seeds": "seeds", "sd": "standard deviation"},
        {"mean": four, "sd": four},
    )
    told["seeds"] = as_table(
        accuracy, "Accuracy of each seed", "accuracy.csv", formats={"test_accuracy": four, "test_loss": four}
    )
    told["one_seed"] = ", ".join(summary.loc[summary["n_seeds"] == 1, "experiment"])
    return told


def describe_predictions(results: Results, labels: list[str]) -> dict:
    """The first ten digits, the confusion matrix, the surest mistakes."""
    first_ten, confusion = results.table("predictions/first_ten.csv"), results.table("predictions/confusion.csv")
    mistakes = results.table("predictions/mistakes.csv")
    named = {"label": labels.__getitem__, "predicted": labels.__getitem__}
    four = {"probability": "{:.4f}".format}
    told = dict.fromkeys(("first_ten", "first_ten_table", "right", "confusion", "confusion_table"))
    told |= dict.fromkeys(("mistakes", "mistakes_table", "n_mistakes", "n_sure"))
    if first_ten is not None:
        right = first_ten["label"] == first_ten["predicted"]
        told["right"] = f"{right.sum()} of {len(right)}"
        probabilities = {f"p{i}": "{:.4f}".format for i in range(len(labels))}
        told["first_ten"] = results.picture(
            "predictions/first_ten.svg",
            "Ten test images, each above bars of the probability of each label. Predicted: "
            + ", ".join(labels[i] for i in first_ten["predicted"])
            + ".",
            "The first ten test images, and what the network says of them.",
        )
        told["first_ten_table"] = as_table(
            first_ten,
            "The first ten test images",
            "predictions/first_ten.csv",
            {f"p{i}": f"p({label})" for i, label in enumerate(labels)},
            named | four | probabilities,
        )
    if confusion is not None:
        told["confusion"] = results.picture(
            "predictions/confusion.svg",
            "The confusion matrix: rows are labels, columns predictions; the numbers are in the table below.",
            "How often each label is taken for each other one, the mean over the seeds of baseline.",
        )
        told["confusion_table"] = as_table(
            confusion,
            "Confusion matrix, summed over the seeds",
            "predictions/confusion.csv",
            {"label": "label ↓, predicted →"},
        )
    if mistakes is not None:
        told["n_mistakes"], told["n_sure"] = len(mistakes), int((mistakes["probability"] > 0.99).sum())
        surest = ", ".join(
            f"{labels[row.label]} taken for {labels[row.predicted]}" for row in mistakes[:3].itertuples()
        )
        told["mistakes"] = results.picture(
            "predictions/mistakes.svg",
            f"The test images that are named wrongly with the highest probability: {surest}, and so on.",
            "The mistakes that the network is surest of.",
        )
        told["mistakes_table"] = as_table(
            mistakes[:12],
            "The surest mistakes",
            "predictions/mistakes.csv",
            {"index": "test image", "probability_of_label": "p(label)"},
            named | four | {"probability_of_label": "{:.2g}".format},
        )
    return told


def describe_operations(results: Results) -> dict:
    """What a loop costs: speed-ups and times at the notebook's shapes, costs over sizes, limits, tensors."""
    told = dict.fromkeys(("speedups", "speedups_table", "timings", "timings_table", "n_unstable", "n_timings", "sizes"))
    told |= dict.fromkeys(("roofline", "limits", "costs", "broadcasting", "views", "relu"))
    speedups, timings = results.table("timings/speedups.csv"), results.table("timings/timings.csv")
    if speedups is not None and timings is not None:
        speedups, timings = at_the_notebooks_shapes(speedups), at_the_notebooks_shapes(timings)
        of_numpy = speedups[(speedups["implementation"] == "numpy") & (speedups["baseline"] == "naive")]
        numbers = ", ".join(f"{row.operation} {times(row.speedup)}" for row in of_numpy.itertuples())
        told["speedups"] = results.picture(
            "timings/speedups.svg",
            f"Speed-ups with their intervals, a panel for each baseline. NumPy against loops over ndarrays: {numbers}.",
            "How many times faster than two baselines, at the notebook's shapes.",
        )
        told["speedups_table"] = as_table(
            with_interval(speedups, "ci_low", "ci_high", times),
            "Speed-ups at the notebook's shapes",
            "timings/speedups.csv",
            {"speedup": "speed-up"},
            {"speedup": times},
        )
        told["timings"] = results.picture(
            "timings/timings.svg",
            "Seconds for each call of every implementation, on a logarithmic axis; the numbers are in the table below.",
            "Times at the notebook's shapes.",
        )
        columns = ["operation", "shape", "implementation", "median_s", "ci_low_s", "ci_high_s", "n_processes", "stable"]
        told["timings_table"] = as_table(
            with_interval(timings[columns], "ci_low_s", "ci_high_s", seconds),
            "Times of a call at the notebook's shapes",
            "timings/timings.csv",
            {"median_s": "median", "n_processes": "processes"},
            {"median_s": seconds},
        )
        told["n_unstable"], told["n_timings"] = int((~timings["stable"]).sum()), len(timings)
        told["sizes"] = results.picture(
            "timings/speedups_by_size.svg",
            "Speed-ups over size, a panel for each operation, against loops over an ndarray and over lists.",
            "The speed-up depends on the size.",
        )
    costs, limits = results.table("timings/cost_models.csv"), results.table("timings/limits.csv")
    if costs is not None:
        columns = ["operation", "implementation", "overhead_s", "cost_s", "step", "memory_from", "compile_s"]
        told["costs"] = as_table(
            costs[columns],
            "What a call costs, and each step",
            "timings/cost_models.csv",
            {
                "overhead_s": "overhead of a call",
                "cost_s": "cost of a step",
                "memory_from": "twice the cost from (steps)",
                "compile_s": "compiling, once",
            },
            {"overhead_s": seconds, "cost_s": seconds, "compile_s": seconds, "memory_from": "{:,.0f}".format},
        )
    if limits is not None:
        told["roofline"] = results.picture(
            "timings/roofline.svg",
            "Operations a second over operations for each byte, each implementation below the machine's limits.",
            "How near the implementations come to what this machine allows.",
        )
        told["limits"] = as_table(
            with_interval(limits, "ci_low", "ci_high", "{:.3g}".format), "Limits of this machine", "timings/limits.csv"
        )
    for name, caption in (
        ("broadcasting", "Broadcasting against explicit repetition"),
        ("views", "Views and copies"),
        ("relu", "What relu changes"),
    ):
        frame = results.table(f"tensors/{name}.csv")
        if frame is not None and name == "broadcasting":
            frame = with_interval(frame, "ratio_ci_low", "ratio_ci_high", "{:.3g}".format)
        if frame is not None:
            labels = {
                "median_s": "median of a call",
                "max_abs_error": "largest difference",
                "ratio": "times broadcasting",
            }
            told[name] = as_table(frame, caption, f"tensors/{name}.csv", labels, {"median_s": seconds})
    return told


def describe_gradients(results: Results) -> dict | None:
    """The chain rule: for each case and method the points, and the largest difference."""
    table = results.table("gradients/chain_rule.csv")
    if table is None:
        return None
    cases = table.groupby(["case", "method"], sort=False).agg(
        points=("point", "nunique"), agree=("ok", "sum"), n=("ok", "size"), largest_difference=("max_abs_error", "max")
    )
    cases["agree"] = [f"{row.agree} of {row.n}" for row in cases.itertuples()]
    return {
        "n_ok": int(table["ok"].sum()),
        "n": len(table),
        "table": as_table(cases.drop(columns="n").reset_index(), "The chain rule, checked", "gradients/chain_rule.csv"),
    }


def describe_claims(results: Results) -> dict | None:
    """All claims with their verdicts."""
    table = results.table("claims.csv", keep_default_na=False)
    if table is None:
        return None
    return {
        "counts": {verdict: int((table["verdict"] == verdict).sum()) for verdict in VERDICTS},
        "refuted": table[table["verdict"] == "refuted"].to_dict("records"),
        "by_id": {row["id"]: row for row in table.to_dict("records")},
        "rows": [row | {"evidence": evidence_links(row["evidence"].split())} for row in table.to_dict("records")],
    }


def evidence_links(paths: list[str]) -> list[tuple[str, str]]:
    """Text and address of the files of a claim; where they are many, of the folders that hold them."""
    if len(paths) > 4:
        paths = sorted({Path(path).parent.as_posix() for path in paths})
    if len(paths) > 4:
        paths = sorted({Path(*Path(path).parts[:2]).as_posix() for path in paths})
    names = [path.removeprefix("results/") for path in paths]
    return [
        (name, name if path.startswith("results/") else f"../{name}") for name, path in zip(names, paths, strict=True)
    ]


def costs_of_rules(folder: Path) -> pd.DataFrame:
    """Jobs, seconds and core-seconds of each rule, by the last line of the jobs' logs, of which Snakemake knows."""
    logs = {
        (record["rule"], log)
        for path, record in read_records(folder).items()
        for log in record["log"]
        if path.startswith("results/") and (folder / path).exists() and (folder / log).exists()
    }
    rows = []
    for rule, log in logs:
        cost = COST.findall((folder / log).read_text(encoding="utf-8", errors="replace"))
        if cost and rule not in ("report", "preview"):
            rows.append((rule, 1, *map(float, cost[-1])))
    table = pd.DataFrame(rows, columns=["rule", "jobs", "seconds", "core_seconds"])
    return table.groupby("rule").sum().reset_index().sort_values("core_seconds", ascending=False, ignore_index=True)


def render(folder: Path, config: dict) -> str:
    """The page for what lies in `folder`/results, as HTML.

    Args:
        folder: where Snakemake ran.
        config: `dataset` (its name), `labels`, `experiments` (complete), `training_threads`, `timing`, `bootstrap`.
    """
    results = Results(folder / "results")
    manifest = results.json("manifest.json")
    data = describe_data(results, config["labels"])
    costs = costs_of_rules(folder)
    script = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        headlines=headlines(results.folder),
        embedded=data is not None and data["dataset"] == EMBEDDED,
        data=data,
        network=describe_network(config["experiments"], data),
        training=describe_training(results),
        predictions=describe_predictions(results, config["labels"]),
        operations=describe_operations(results),
        views=VIEWS,
        gradients=describe_gradients(results),
        claims=describe_claims(results),
        fingerprint=manifest and manifest["fingerprint"],
        n_reproducible=manifest and len(manifest["reproducible"]),
        costs=as_table(
            costs,
            "Jobs, seconds and core-seconds of each rule",
            "../logs/",
            {"core_seconds": "core-seconds"},
            {"seconds": "{:,.1f}".format, "core_seconds": "{:,.1f}".format},
        ),
        total_core_seconds=f"{costs['core_seconds'].sum():,.0f}",
        config=yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100),
        experiments=config["experiments"],
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    page = render(Path(), {key: value for key, value in snakemake.params.settings.items() if key != "code"})
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{snakemake.output[0]}: {len(page.encode()) / 1e6:.2f} MB")
