"""What was made once can be made again, byte for byte; what cannot is named. And every file says how it was made."""

import io
import os
import shutil
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest
import yaml
from conftest import ROOT

from retrial.explain import chain, describe
from retrial.files import read_json, write_json
from retrial.records import read_records


def run_module(module, folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", f"retrial.{module}", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def one_ulp_more(path):
    """Change one weight in a .keras file to the next larger number."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        kernel = file["layers/dense/vars/0"]
        kernel[3, 5] = np.nextafter(kernel[3, 5], np.float32(np.inf))
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)


def test_a_second_run_in_another_way_agrees_but_for_one_ulp_and_one_pixel(copied_run):
    """One experiment and seed of the tiny run, for time: `make verify` makes all of them."""
    manifest = read_json(copied_run / "results/manifest.json")
    kept = {
        path: checksum
        for path, checksum in manifest["reproducible"].items()
        if path.startswith(("results/data/", "results/models/baseline/0/", "results/predictions/", "results/tensors/"))
    }
    assert len(kept) > 12
    write_json(copied_run / "results/manifest.json", manifest | {"reproducible": kept})
    one_ulp_more(copied_run / "results/models/baseline/0/model.keras")
    x_test = np.load(copied_run / "results/data/x_test.npy")
    x_test[7, 400] += np.float32(1 / 255)
    np.save(copied_run / "results/data/x_test.npy", x_test)

    done = run_module("verify", copied_run, "--configfile", "tiny.yaml")
    assert done.returncode == 1, done.stdout
    *_, pixel, weight, last = done.stdout.splitlines()
    assert pixel.startswith("results/data/x_test.npy (rule preprocess): changed since it was made: [7, 400] is ")
    assert weight.startswith("results/models/baseline/0/model.keras (rule train): changed since it was made: ")
    assert "model.weights.h5 layers/dense/vars/0[3, 5] is " in weight
    assert last.startswith(f"2 differences; compared: {len(kept)} files, made a second time in ")
    shutil.rmtree(last.split(" in ")[1].partition(",")[0])


def test_results_of_another_configuration_are_not_compared(copied_run):
    config = yaml.safe_load((copied_run / "tiny.yaml").read_text())
    config["experiments"]["baseline"]["epochs"] = 3
    (copied_run / "other.yaml").write_text(yaml.safe_dump(config))
    done = run_module("verify", copied_run, "--configfile", "other.yaml")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1, done.stdout
    assert done.stdout.startswith("error: results/: found that train would run again (Params have changed")


def test_somebody_elses_manifest(copied_run, tmp_path):
    theirs = tmp_path / "theirs.json"
    shutil.copy(copied_run / "results/manifest.json", theirs)
    done = run_module("verify", copied_run, "--against", theirs)
    assert (done.returncode, done.stdout.split(";")[0]) == (0, "0 differences"), done.stdout
    assert "fingerprints agree" in done.stdout

    manifest = read_json(theirs)
    manifest["reproducible"]["results/models/mse/0/model.keras"] = 64 * "0"
    write_json(theirs, manifest)
    done = run_module("verify", copied_run, "--against", theirs)
    assert done.returncode == 1
    assert done.stdout.startswith("results/models/mse/0/model.keras (rule train): ")

    manifest["fingerprint"]["cpu_model"] = "another"
    write_json(theirs, manifest)
    done = run_module("verify", copied_run, "--against", theirs)
    assert done.returncode == 0, done.stdout
    assert "accuracies by their 95 % intervals" in done.stdout


def test_results_changed_after_their_manifest_do_not_pass_for_it(copied_run, tmp_path):
    shutil.copy(copied_run / "results/manifest.json", tmp_path / "theirs.json")
    with (copied_run / "results/accuracy.csv").open("a") as file:
        file.write("\n")
    done = run_module("verify", copied_run, "--against", tmp_path / "theirs.json")
    assert done.returncode == 1
    assert (
        "results/accuracy.csv (rule summarise_accuracy): changed since results/manifest.json was written" in done.stdout
    )


def test_without_a_manifest_the_way_to_one_is_said(tmp_path):
    done = run_module("verify", tmp_path)
    assert done.returncode == 1
    assert done.stdout == (
        "error: results/manifest.json: no such file; expected a results/manifest.json: make run writes it\n"
    )


def test_every_file_in_results_can_be_explained_down_to_the_data(tiny_run):
    records = read_records(tiny_run)
    for path in tiny_run.glob("results/**/*"):
        if path.is_file():
            name = path.relative_to(tiny_run).as_posix()
            made = [describe(p, records, tiny_run) for p in chain(name, records)]
            assert name in made[0]["outputs"]
            for job in made:
                assert len(job["code"]) == 64
                assert all(len(checksum) == 64 for checksum in [*job["outputs"].values(), *job["inputs"].values()]), job
            rules = [job["rule"] for job in made]
            assert rules[-1] == "download" or set(rules) & {
                "time_operation",
                "time_limits",
                "time_broadcasting",
                "time_matrix_dot",
            }


def test_the_explanation_of_an_accuracy_has_rule_params_checksums_and_seeds(tiny_run):
    done = run_module("explain", tiny_run, "results/models/mse/1/metrics.json")
    assert done.returncode == 0, done.stdout
    jobs = {job["rule"]: job for job in yaml.safe_load(done.stdout)}
    assert list(jobs) == ["evaluate", "predict", "train", "preprocess", "download"]
    assert jobs["train"]["seed"] == 1
    assert jobs["train"]["params"]["loss"] == "mean_squared_error"
    checksum = read_json(tiny_run / "results/manifest.json")["reproducible"]["results/data/x_train.npy"]
    assert jobs["train"]["inputs"]["results/data/x_train.npy"] == checksum


def test_an_input_that_has_changed_since_is_shown_with_both_checksums(copied_run):
    x_test = copied_run / "results/data/x_test.npy"
    x_test.write_bytes(x_test.read_bytes() + b"\0")
    done = run_module("explain", copied_run, "results/models/mse/1/probabilities.npy")
    assert ", now " in yaml.safe_load(done.stdout)[0]["inputs"]["results/data/x_test.npy"]


@pytest.mark.parametrize("arguments", [["results/no-such-file.csv"], [""], []])
def test_what_cannot_be_explained_is_said_in_one_line(tiny_run, arguments):
    done = run_module("explain", tiny_run, *arguments)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith(
        ("error: results/no-such-file.csv: Snakemake has no record of it", "usage: make explain")
    )
