"""What the rules share: the checked configuration, and the settings that decide whether a rule reruns.

Each rules file adds its outputs to REPRODUCIBLE, what every run must make again byte for byte, or to MEASURED, what
holds measured times.
"""

import os
import sys
from functools import cache
from pathlib import Path

BASE = Path(workflow.current_basedir).parents[1]  # workflow.basedir is that of a workflow which imports this one
SCRIPTS = BASE / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from retrial.commands.run_control import begin_run
from retrial.commands.undo import describe_loss, keep
from retrial.data.sources import EMBEDDED, EMBEDDED_WARNING, choose_dataset
from retrial.config import check_cores, check_yaml, complete_experiment, model_file, one_of, prepare
from retrial.digest import code_digests
from retrial.errors import InputError
from retrial.job import SNAKEMAKE

os.environ[SNAKEMAKE] = str(os.getpid())  # see end_with_parent
try:
    check_cores(workflow.resource_settings.cores)
    check_yaml(BASE / "config.yaml")  # Snakemake names neither the file nor the line
except InputError as error:
    sys.exit(f"error: {error}")


configfile: BASE / "config.yaml"


try:
    config.update(prepare(config, [file for file in workflow.configfiles if Path(file) != BASE / "config.yaml"], BASE))
except InputError as error:
    sys.exit(f"error: {error}")

EXPERIMENTS = {name: complete_experiment(config, name) for name in config["experiments"]}
# Rows of tables follow this order, but Snakemake compares inputs without their order: so it is one, whatever config.yaml's.
TRAININGS = [f"{name}/{seed}" for name, experiment in EXPERIMENTS.items() for seed in sorted(experiment["seeds"])]
BASELINE_TRAININGS = [training for training in TRAININGS if training.startswith("baseline/")]
FROM_SCRATCH = [name for name, experiment in EXPERIMENTS.items() if experiment["engine"] == "numpy"]
IN_KERAS = [name for name in EXPERIMENTS if name not in FROM_SCRATCH]
FIRST_TRAINING = f"baseline/{EXPERIMENTS['baseline']['seeds'][0]}"

REPRODUCIBLE, MEASURED = [], []

CODE = code_digests(BASE / "envs/requirements.lock", SCRIPTS)


wildcard_constraints:
    dataset=r"[a-z0-9._-]+",
    experiment="|".join(config["experiments"]),
    seed=r"\d+",
    operation="|".join(config["timing"]["operations"]),


def settings(script, **values):
    """A rule's one param: its part of the configuration and the digest of its code, see retrial/digest.py.

    One, because Snakemake compares params as a set of values without their names.
    """
    return values | {"code": CODE[script]}


@cache
def dataset_to_use():
    """The name of the data set: the configured one, or the embedded digits where that is not available."""
    dataset = choose_dataset(config, ask=workflow.is_main_process)
    if dataset == EMBEDDED and workflow.is_main_process:
        logger.warning(EMBEDDED_WARNING)
    return dataset


def idx_files(wildcards):
    """The files of the data set."""
    folder, names = f"results/data/raw/{dataset_to_use()}", (
        "train_images",
        "train_labels",
        "test_images",
        "test_labels",
    )
    return {name: f"{folder}/{name}.idx" for name in names} | {"source": f"{folder}/source.json"}


def experiment_settings(wildcards, *keys):
    """Those settings of an experiment that a rule needs."""
    return {key: EXPERIMENTS[wildcards.experiment][key] for key in keys}


def report_item(path, category, what, caption, **labels):
    """An output with its place and caption in Snakemake's own report, see workflow/report/."""
    return report(path, category=category, labels={"what": what} | labels, caption=f"../report/{caption}.rst")
