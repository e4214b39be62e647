"""manifest: which files every run must make again byte for byte, and the machine and software of this run."""

import os
import re
import sys
from pathlib import Path

import pytest
from conftest import ROOT, made_file, run_python

from retrial.environment import ALLOWED, that_matter
from retrial.files import read_json, sha256


@pytest.fixture
def manifest(tiny_run):
    return read_json(made_file(tiny_run, "results/manifest.json"))


def test_every_file_in_results_is_listed_once(manifest, tiny_run):
    reproducible, others = manifest["reproducible"].keys(), manifest["not_reproducible"].keys()
    files = {path.relative_to(tiny_run).as_posix() for path in tiny_run.glob("results/**/*") if path.is_file()}
    assert files <= reproducible | others
    assert not reproducible & others


def test_reproducible_files_have_their_checksum(manifest, tiny_run):
    reproducible = manifest["reproducible"]
    assert all(sha256(tiny_run / path) == checksum for path, checksum in reproducible.items())
    assert {
        "results/data/x_test.npy",
        "results/data/raw/mnist-5k/test_images.idx",
        "results/models/mse/1/model.keras",
        "results/models/baseline/0/probabilities.npy",
        "results/predictions/first_ten.png",
        "results/accuracy_summary.csv",
        "results/gradients/chain_rule.csv",
    } <= reproducible.keys()


def test_the_other_files_have_a_reason(manifest):
    reasons = manifest["not_reproducible"]
    assert "measured times" in reasons["results/timings/speedups.csv"]
    assert "measured times" in reasons["results/models/baseline/0/training.json"]
    assert "where the data came from" in reasons["results/data/provenance.json"]
    assert all(reasons.values())


def test_the_fingerprint_has_machine_and_software(manifest):
    fingerprint = manifest["fingerprint"]
    assert fingerprint["lock_sha256"] == sha256(ROOT / "envs/requirements.lock")
    assert re.fullmatch(r"2\.\d+\.\d+", fingerprint["tensorflow"])
    assert fingerprint["blas"].startswith("openblas")
    assert fingerprint["threads"] == {"training": 1, "blas": 1}
    assert fingerprint["environment"] == that_matter({k: v for k, v in os.environ.items() if ALLOWED.fullmatch(k)})
    assert {"platform", "python", "numpy", "numpy_simd", "git_commit", "git_clean"} <= fingerprint.keys()
    assert {"cpu_model", "cpu_family", "cpu_instructions"} <= fingerprint.keys()


def test_a_project_without_git_has_no_commit(project):
    code = "import manifest; print(manifest.git('rev-parse', 'HEAD'))"
    assert run_python(code, root=project, GIT_CEILING_DIRECTORIES=str(project.parent)).strip() == "None"


def test_reproducible_files_contain_nothing_of_machine_and_software(manifest, tiny_run):
    fingerprint = manifest["fingerprint"]
    words = [
        fingerprint[key] for key in ("lock_sha256", "cpu_model", "cpu_family", "tensorflow", "numpy", "git_commit")
    ]
    words = [word.encode() for word in [*words, "Matplotlib v"] if word]
    for path in manifest["reproducible"]:
        if not path.endswith(".keras"):  # a format that holds the version of Keras
            content = (tiny_run / path).read_bytes()
            assert not [word for word in words if word in content], path


def test_no_file_contains_paths_of_the_machine(tiny_run):
    folders = [str(folder).encode() for folder in (ROOT, tiny_run, Path(sys.prefix), Path(sys.base_prefix))]
    for path in tiny_run.glob("results/**/*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in folders if word in content], path
