"""train_from_scratch: a network in NumPy alone, the same bytes every time, without TensorFlow."""

import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, TINY, merge, snakemake

from retrial.files import read_json

BLOCKED = {"PYTHONPATH": str(ROOT / "tests/blocked")}
X_TEST = "results/data/x_test.npy"
INPUTS = ["results/data/x_train.npy", "results/data/y_train.npy", X_TEST]
FOLDER = "results/models/from_scratch/0"
TARGETS = [f"{FOLDER}/{name}" for name in ("model.npz", "history.csv", "training.json", "probabilities.npy")]
# The rules that compare with Keras; without it, the others make all results.
NEED_TENSORFLOW = {"train", "chain_rule", "check_gradients", "probe_training", "run_as_written"}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_different_ones(run_rule, tiny_run):
    folder = run_rule("train_from_scratch", INPUTS, TARGETS)
    for target in (TARGETS[0], TARGETS[1], TARGETS[3]):
        assert (folder / target).read_bytes() == (tiny_run / target).read_bytes()
    one, other = (tiny_run / f"results/models/from_scratch/{seed}/model.npz" for seed in (0, 1))
    assert one.read_bytes() != other.read_bytes()


def test_the_training_is_told_as_that_of_keras_is(tiny_run):
    keras = tiny_run / "results/models/baseline/0"
    history = pd.read_csv(tiny_run / TARGETS[1])
    assert list(history.columns) == list(pd.read_csv(keras / "history.csv").columns)
    assert list(history["epoch"]) == [1, 2]
    assert history["loss"].is_monotonic_decreasing
    assert history["accuracy"].iloc[-1] > 0.5
    numpy, keras = (read_json(path) for path in (tiny_run / TARGETS[2], keras / "training.json"))
    assert 0 < numpy.pop("fit_s") < 600
    del keras["fit_s"]
    assert numpy == keras | {"engine": "numpy"}


def test_rows_are_the_probabilities_of_the_network(tiny_run):
    probabilities = np.load(tiny_run / TARGETS[3], allow_pickle=False)
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (1000, 10))
    w1, b1, w2, b2 = np.load(tiny_run / TARGETS[0]).values()
    logits = np.maximum(np.load(tiny_run / X_TEST) @ w1 + b1, 0) @ w2 + b2
    by_hand = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, by_hand / by_hand.sum(axis=1, keepdims=True), atol=1e-5)


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
