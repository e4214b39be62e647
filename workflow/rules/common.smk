"""What the rules share: the checked configuration, and the settings that decide whether a rule reruns."""

import os
import platform
import sys
from pathlib import Path

import yaml

BASE = Path(workflow.basedir)
SCRIPTS = BASE / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from retrial.config import canonical, check_config, check_keys, experiment
from retrial.digest import code_digest
from retrial.errors import InputError
from retrial.headlines import headlines
from retrial.operations import BROADCASTING, IMPLEMENTATIONS
from retrial.sources import EMBEDDED, SPLIT_SEED, check_folder, choose_dataset, is_at_hand

try:
    if " " in sys.executable:
        raise InputError(
            f"{sys.executable}: found a blank in the path of Python, which Snakemake cannot run scripts with, expected "
            "none: move the project, or the environment, and make it anew"
        )
    for path in workflow.configfiles:
        check_keys(path)
    check_config(config, yaml.safe_load((BASE / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8")))
    config.update(canonical(config))
    at_hand = is_at_hand(config["dataset"]["name"])
    if folder := os.environ.get("MNIST_DIR") or config["MNIST_DIR"]:
        config["MNIST_DIR"] = str(BASE / Path(folder).expanduser())
        if not at_hand:
            check_folder(Path(config["MNIST_DIR"]), config["dataset"]["files"])
except InputError as error:
    sys.exit(f"error: {error}")

EXPERIMENTS = {name: experiment(config, name) for name in config["experiments"]}

# What config.yaml asks for, as the parts of paths, in one order whatever its own: rows of tables follow it, but Snakemake
# compares inputs without their order.
TRAININGS = [f"{name}/{seed}" for name, of in EXPERIMENTS.items() for seed in sorted(of["seeds"])]
TRAININGS_OF_BASELINE = [training for training in TRAININGS if training.startswith("baseline/")]

# Times of two Pythons must not end in one ratio, so a timing is made again under another one.
TIMING = {key: value for key, value in config["timing"].items() if key != "operations"} | {
    "python": platform.python_version()
}
TIMING_AT_ONE_SIZE = {key: value for key, value in TIMING.items() if key not in ("sizes", "max_call_s")}
TIMINGS = [
    f"{operation}/{name}"
    for operation, names in IMPLEMENTATIONS.items()
    if operation in config["timing"]["operations"]
    for name in names
]
# The modules of the operations are imported by a computed name, so the digest has to be told of them.
TIMED_CODE = ["retrial/measure.py"] + [
    f"retrial/{name}_ops.py" for name in ("naive", "naive_list", "naive_three_loops", "numba", "numpy")
]

# What every run must make again byte for byte; results/manifest.json has the checksums.
REPRODUCIBLE = [
    *expand("results/data/{array}.npy", array=["x_train", "y_train", "x_test", "y_test"]),
    *expand(
        "results/models/{training}/{file}",
        training=TRAININGS,
        file=["model.keras", "history.csv", "probabilities.npy", "metrics.json", "confusion.csv"],
    ),
    "results/accuracy.csv",
    "results/accuracy_summary.csv",
    *expand("results/predictions/{table}.csv", table=["first_ten", "mistakes", "confusion"]),
    *expand(
        "results/{figure}.{kind}",
        figure=[
            "data/samples",
            "models/curves",
            "accuracy",
            "predictions/first_ten",
            "predictions/mistakes",
            "predictions/confusion",
        ],
        kind=["png", "svg"],
    ),
    "results/gradients/chain_rule.csv",
    "results/tensors/views.csv",
    "results/tensors/relu.csv",
]
# What holds measured times.
MEASURED = [
    *expand("results/timings/raw/{timing}.json", timing=TIMINGS),
    "results/timings/limits.json",
    *expand(
        "results/timings/{table}.csv",
        table=["samples", "timings", "unstable", "speedups", "limits", "cost_models", "throughput"],
    ),
    *expand(
        "results/timings/{figure}.{kind}",
        figure=["timings", "speedups", "speedups_by_size", "roofline"],
        kind=["png", "svg"],
    ),
    *expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
    "results/tensors/broadcasting.csv",
    "results/claims.csv",
]

STYLE = "../report/style.mplstyle"

WORTH_A_LOOK = ["results/report.html", "results/claims.csv", "results/accuracy_summary.csv"]


wildcard_constraints:
    dataset=r"[a-z0-9._-]+",
    experiment="|".join(config["experiments"]),
    seed=r"\d+",
    operation="|".join(config["timing"]["operations"]),


def settings(*code, **choices):
    """A rule's one param: its part of the configuration and the digest of its code, see retrial/digest.py.

    One, because Snakemake compares params as a set of values without their names.
    """
    return choices | {"code": code_digest(BASE / "envs/requirements.lock", SCRIPTS, *code)}


def idx_files(wildcards):
    """The files of the data set at hand: all of it, or the embedded digits where it is out of reach."""
    dataset = choose_dataset(config, ask_mirrors=workflow.is_main_process)
    if dataset == EMBEDDED:
        logger.warning(
            f"WARNING: neither MNIST_DIR nor a mirror has MNIST: the results are those of {EMBEDDED}, 5,000 embedded digits. "
            "Set MNIST_DIR, or try again with a network, and the same command makes those of all of MNIST."
        )
    return {
        name: f"results/data/raw/{dataset}/{name}.idx"
        for name in ("train_images", "train_labels", "test_images", "test_labels")
    } | {"source": f"results/data/raw/{dataset}/source.json"}


def item(path, category, what, caption, **labels):
    """An output as it stands in Snakemake's own report, see workflow/report/."""
    return report(
        path,
        category=category,
        labels={"what": what} | labels,
        caption=f"../report/{caption}.rst",
    )


def choices(wildcards, *keys):
    """Those settings of an experiment that a rule needs."""
    return {key: EXPERIMENTS[wildcards.experiment][key] for key in keys}
