"""What the rules share: the checked configuration, the experiments, and the params of a rule.

Each rules file says what it makes: REPRODUCIBLE, what every run must make again byte for byte, and MEASURED, what holds
measured times. The rules that need all of it look it up late, so that the order of the files does not matter.

A `localrule` takes a second or two; a job on a cluster costs more, so there, it runs where Snakemake runs.
"""

import os
import re
import sys
from functools import cache
from pathlib import Path

BASE = Path(workflow.current_basedir).parents[1]  # workflow.basedir is that of a workflow which imports this one
SCRIPTS = BASE / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from retrial.commands.run_control import end_on_signals
from retrial.commands.undo import describe_loss, keep
from retrial.data.sources import EMBEDDED, EMBEDDED_WARNING, choose_dataset
from retrial.config import check_yaml, complete_experiment, describe_options, model_file, one_of, prepare, relative
from retrial.digest import code_digests
from retrial.environment import OPTIONS, describe_removed, job_prefix
from retrial.errors import InputError
from retrial.files import sha256
from retrial.job import SNAKEMAKE
from retrial.params import to_params
from retrial.snakemake import check_times, is_whole, mark_unrecorded
from retrial.sweeps import forget_failed, parts_of, points_of_sweeps

os.environ[SNAKEMAKE] = str(os.getpid())  # see end_with_parent
if Path(workflow.basedir) == BASE:  # not in a workflow that imports this one, see retrial/environment.py
    shell.prefix(job_prefix(os.environ))
    if workflow.is_main_process and (line := describe_removed(os.environ)):
        print(line, file=sys.stderr)

try:
    check_yaml(BASE / "config.yaml")  # Snakemake names neither the file nor the line
except InputError as error:
    sys.exit(f"error: {error}")


configfile: BASE / "config.yaml"


configuration_files = [file for file in workflow.configfiles if Path(file) != BASE / "config.yaml"]
try:
    config.update(prepare(config, configuration_files, BASE))
except InputError as error:
    sys.exit(f"error: {error}")

if Path(workflow.basedir) == BASE:
    os.environ[OPTIONS] = describe_options(configuration_files, BASE)
EXPERIMENTS = {name: complete_experiment(config, name) for name in config["experiments"]}
# Rows of tables follow this order, but Snakemake compares inputs without their order: so it is one, whatever config.yaml's.
TRAININGS = [f"{name}/{seed}" for name, experiment in EXPERIMENTS.items() for seed in sorted(experiment["seeds"])]
FIRST_TRAINING = f"baseline/{EXPERIMENTS['baseline']['seeds'][0]}"
IN_NUMPY = [name for name, experiment in EXPERIMENTS.items() if experiment["engine"] == "numpy"]
LIKE_KERAS = [name for name in IN_NUMPY if not EXPERIMENTS[name]["optimizer"].get("epsilon_outside_root")]
IN_KERAS = [name for name in EXPERIMENTS if name not in IN_NUMPY]
# Otherwise nothing is compared with Keras, and no rule that is run needs TensorFlow.
BASELINE_IN_KERAS = "baseline" in IN_KERAS
PROBES, TRAINING_STEP = "probes" not in config["skip"], "training_step" not in config["skip"]

IDX_FILES = ["train_images", "train_labels", "test_images", "test_labels"]

REPRODUCIBLE, MEASURED = {}, {}  # the files of each rules file, by its name


wildcard_constraints:
    dataset=r"[a-z0-9._-]+",
    experiment="|".join(config["experiments"]),
    seed=r"\d+",


def settings(**values):
    """The settings of a rule as its params, see retrial/params.py. One that depends on wildcards is a function of them."""
    return to_params(values, {})


def code_of(script):
    """The digests of the files that a script uses, as params. Only the process that plans needs them."""
    return to_params({}, code_digests(SCRIPTS, Path(script).name)) if workflow.is_main_process else {}


def complete(each):
    """Add what rules have in common: a message, a log of their name and wildcards, the small environment, digests of code.

    Snakemake prints the message and why a rule runs, instead of a page of paths.
    """
    each.message = each.message or each.docstring
    if each.script:
        if not each.log:
            each.log_modifier = workflow.modifier.path_modifier
            wildcards = [f"{{{name}}}" for name in re.findall(r"\{(\w+)", each.output[0])]
            each.set_log(f"logs/{'/'.join([each.name, *wildcards])}.log")
        each.conda_env = each.conda_env or str(BASE / "envs/numpy.yaml")
        # What it has itself stays, because the digests of download are there for some data sets only.
        each.set_params(**{k: digest for k, digest in code_of(each.script).items() if k not in each.params.keys()})


def shown(wildcards):
    """The experiment in the wildcards, or baseline without one."""
    return wildcards.get("experiment", "baseline")


def of_experiment(*keys):
    """These settings of the experiment that is `shown`."""
    return {key: lambda w, key=key: EXPERIMENTS[shown(w)][key] for key in keys}


def of_first_seed(file):
    """A file of the first training of the experiment that is shown; `file` is a function of the training."""
    return lambda w: file(f"{shown(w)}/{EXPERIMENTS[shown(w)]['seeds'][0]}")


def pick(values, *keys):
    """These keys of a dictionary."""
    return {key: values[key] for key in keys}


def if_embedded(wanted, params):
    """These params for the embedded digits, or, if `wanted` is False, for any other data set."""
    return {
        name: lambda w, pair=pair: pair if (w.dataset == EMBEDDED) == wanted else ("embedded", not wanted)
        for name, pair in params.items()
    }


def data(*names):
    """The arrays of the data set, and its `provenance`."""
    return {name: f"results/data/{name}.{'json' if name == 'provenance' else 'npy'}" for name in names}


def figure(path, category, name=""):
    """The two files of a figure; the .svg is in Snakemake's report. `name` begins their names among several outputs."""
    return {f"{name}png": f"{path}.png", f"{name}svg": report(f"{path}.svg", category=category)}


def of_each(output):
    """The same files in the folder of an experiment; a workflow that imports this one may put a prefix before it."""
    return {name: f"results/predictions/{{experiment}}/{Path(path).name}" for name, path in output.items()}


def in_all_files(made):
    """The files in REPRODUCIBLE or MEASURED."""
    return [path for paths in made.values() for path in paths]


@cache
def dataset_to_use():
    """The name of the data set: the configured one, or the embedded digits where that is not available."""
    dataset = choose_dataset(config, ask=workflow.is_main_process)
    if dataset == EMBEDDED and workflow.is_main_process:
        logger.warning(EMBEDDED_WARNING)
    return dataset


def raw_data(wildcards):
    """The files of the data set, and where they come from."""
    folder = f"results/data/raw/{dataset_to_use()}"
    return {name: f"{folder}/{name}.idx" for name in IDX_FILES} | {"source": f"{folder}/source.json"}


def check_results():
    """Check what is in results/ before Snakemake plans by it."""
    if workflow.workflow_settings.persistence_backend.name != "FILE":  # results without a record would count as current
        sys.exit("error: --persistence-backend: make undo and make explain read records as files: run without it")
    try:
        check_times(Path())
        unrecorded = mark_unrecorded(
            Path(),
            lambda name: any(rule.is_producer(name) for rule in workflow.rules),
            verified=f"results/data/raw/{config['dataset']['name']}/",
        )
    except InputError as error:
        sys.exit(f"error: {error}")
    if unrecorded:
        logger.warning(
            f"WARNING: {len(unrecorded)} files in results/, such as {unrecorded[0]}, have no record of how they were made "
            "or another one: they are made again. Or first put back the last whole run, with its records: make undo"
        )
