"""What the rules share: the checked configuration, and the settings that decide whether a rule reruns."""

import os
import sys
from pathlib import Path

import yaml

BASE = Path(workflow.basedir)
SCRIPTS = BASE / "workflow/scripts"
sys.path.insert(0, str(SCRIPTS))

from retrial.config import canonical, check_config, experiment
from retrial.digest import code_digest
from retrial.errors import InputError

try:
    check_config(config, yaml.safe_load((BASE / "workflow/schemas/config.schema.yaml").read_text(encoding="utf-8")))
except InputError as error:
    raise WorkflowError(str(error))

if folder := os.environ.get("MNIST_DIR") or config["MNIST_DIR"]:
    config["MNIST_DIR"] = str(BASE / Path(folder).expanduser())


wildcard_constraints:
    dataset=r"[a-z0-9._-]+",
    experiment="|".join(config["experiments"]),
    seed=r"\d+",
    operation="|".join(config["timing"]["operations"]),


def settings(*code, **choices):
    """A rule's one param: its part of the configuration and the digest of its code, see retrial/digest.py.

    One, because Snakemake compares params as a set of values without their names.
    """
    return canonical(choices | {"code": code_digest(BASE / "envs/requirements.lock", SCRIPTS, *code)})
