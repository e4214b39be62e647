"""The manifest says of every file in results/ whether it must be the same bytes again, and where it was made."""

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

from retrial.pipeline.files import read_json, sha256


def test_every_file_in_results_is_in_it_and_only_once(tiny_run):
    manifest = read_json(tiny_run / "results/manifest.json")
    same, not_same = manifest["reproducible"].keys(), manifest["not_reproducible"].keys()
    found = {path.relative_to(tiny_run).as_posix() for path in tiny_run.glob("results/**/*") if path.is_file()}
    assert same | not_same == found
    assert not same & not_same


def test_models_and_arrays_and_tables_of_accuracy_must_be_the_same_and_have_their_checksum(tiny_run):
    reproducible = read_json(tiny_run / "results/manifest.json")["reproducible"]
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


def test_the_others_say_why_not(tiny_run):
    why_not = read_json(tiny_run / "results/manifest.json")["not_reproducible"]
    assert "measured times" in why_not["results/timings/speedups.csv"]
    assert "where the data came from" in why_not["results/data/provenance.json"]
    assert all(why_not.values())


def test_the_fingerprint_tells_machine_and_software(tiny_run):
    fingerprint = read_json(tiny_run / "results/manifest.json")["fingerprint"]
    assert fingerprint["lock_sha256"] == sha256(ROOT / "envs/requirements.lock")
    assert re.fullmatch(r"2\.\d+\.\d+", fingerprint["tensorflow"])
    assert fingerprint["blas"].startswith("openblas")
    assert fingerprint["onednn_isa"]
    assert fingerprint["threads"] == {"training": 1, "blas": 1}
    assert {"platform", "cpu_model", "python", "numpy", "numpy_simd", "git_commit", "git_clean"} <= fingerprint.keys()


def test_a_project_without_git_has_no_commit(project):
    said = subprocess.run(
        [sys.executable, "-c", "import manifest; print(manifest.git('rev-parse', 'HEAD'))"],
        env=os.environ | {"PYTHONPATH": str(project / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "None"


def test_what_must_be_the_same_says_nothing_of_machine_and_software(tiny_run):
    manifest = read_json(tiny_run / "results/manifest.json")
    fingerprint = manifest["fingerprint"]
    words = [
        fingerprint[key] for key in ("lock_sha256", "cpu_model", "tensorflow", "numpy", "git_commit", "onednn_isa")
    ]
    words = [word.encode() for word in [*words, "Matplotlib v"] if word]
    for path in manifest["reproducible"]:
        if not path.endswith(".keras"):  # a format that holds the version of Keras
            content = (tiny_run / path).read_bytes()
            assert not [word for word in words if word in content], path


def test_no_file_says_whose_machine_it_was_or_where_things_lie_there(tiny_run):
    folders = [str(folder).encode() for folder in (ROOT, tiny_run, Path(sys.prefix), Path(sys.base_prefix))]
    for path in tiny_run.glob("results/**/*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in [*folders, b'"hostname"'] if word in content], path
