"""train_from_scratch: a network in NumPy alone needs no TensorFlow."""

import os
import re
import subprocess
import sys

import pandas as pd
import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake

BLOCKED = {"PYTHONPATH": str(ROOT / "tests/blocked")}
# The rules that compare with Keras; without it, the others make all results.
NEED_TENSORFLOW = {"train", "chain_rule", "check_gradients", "probe_training", "run_as_written"}


@pytest.fixture
def only_numpy(project):
    """A copy of the project in which baseline, the only experiment, has the engine numpy."""
    path = project / "config.yaml"
    config = merge(yaml.safe_load(path.read_text()), TINY)
    config["experiments"] = {"baseline": config["experiments"]["baseline"] | {"engine": "numpy"}}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return project


@pytest.fixture
def own_config(monkeypatch):
    """The tests' configuration is in config.yaml already."""
    monkeypatch.setattr("conftest.TINY", {})


def test_without_keras_no_rule_needs_tensorflow(only_numpy, own_config, tmp_path):
    done = snakemake(tmp_path / "run", "--dry-run", root=only_numpy)
    assert done.returncode == 0, done.stdout
    planned = set(re.findall(r"^(\w+) +\d+$", done.stdout, flags=re.MULTILINE))
    assert {"train_from_scratch", "claims", "manifest", "report"} <= planned
    assert not NEED_TENSORFLOW & planned


def test_without_tensorflow_networks_in_numpy_are_trained_and_evaluated(only_numpy, own_config, tmp_path):
    folder = tmp_path / "run"
    done = snakemake(folder, "--", "results/accuracy.png", root=only_numpy, **BLOCKED)
    assert done.returncode == 0, done.stdout
    summary = pd.read_csv(folder / "results/accuracy_summary.csv")
    assert list(summary["experiment"]) == ["baseline"]
    assert summary["mean"][0] > 0.5


@pytest.mark.parametrize("module", ["tensorflow", "keras"])
def test_the_block_is_real(module):
    done = subprocess.run([sys.executable, "-c", f"import {module}"], env=os.environ | BLOCKED, capture_output=True)
    assert f"No module named '{module}'" in done.stderr.decode()
