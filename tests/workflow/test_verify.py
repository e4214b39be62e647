"""What was made once can be made again, byte for byte; what cannot is named. And every file says how it was made."""

import io
import os
import shutil
import signal
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import psutil
import pytest
import yaml
from conftest import ROOT, snakemake

from retrial.commands.explain import chain, describe
from retrial.pipeline.files import read_json, write_json
from retrial.pipeline.records import read_records


def run_module(module, folder, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", f"retrial.{module}", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")} | environment,
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


def refused(folder, *arguments) -> str:
    """The one line with which verify refuses to compare, leaving nothing behind."""
    temporary = folder / "temporary"
    temporary.mkdir()
    done = run_module("verify", folder, "--configfile", "tiny.yaml", *arguments, TMPDIR=str(temporary))
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    assert line.startswith("error: ")
    assert not list(temporary.glob("verify-*"))
    return line


def change_config(folder, **values):
    config = yaml.safe_load((folder / "tiny.yaml").read_text())
    config["experiments"]["baseline"] |= values
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config))


def test_results_of_another_configuration_are_not_compared(copied_run):
    change_config(copied_run, epochs=3)
    assert "results/: found that train would run again (Params have changed" in refused(copied_run)


def test_results_of_which_some_are_newer_than_the_manifest_are_not_compared(copied_run):
    model = "results/models/unscaled/0/model.keras"
    done = snakemake(copied_run, "--", model, config={"experiments": {"unscaled": {"epochs": 1}}})
    assert done.returncode == 0, done.stdout
    assert "results/manifest.json: found it older than results/models/unscaled/0/" in refused(copied_run)


def test_without_snakemakes_memory_results_are_not_compared(copied_run):
    shutil.rmtree(copied_run / ".snakemake")
    assert "Snakemake has no record of it" in refused(copied_run)


def test_a_missing_file_is_said_with_the_way_to_make_it(copied_run):
    path = copied_run / "results/data/raw/mnist-5k/test_labels.idx"
    content = path.read_bytes()
    path.unlink()
    line = refused(copied_run)
    command = line.rpartition(": ")[2]
    assert command == "snakemake -c1 -- results/data/raw/mnist-5k/test_labels.idx"
    done = snakemake(copied_run, *command.split()[1:])
    assert done.returncode == 0, done.stdout
    assert path.read_bytes() == content


def test_a_configuration_that_is_wrong_is_one_line(copied_run):
    change_config(copied_run, epochs=-1)
    assert "experiments.baseline.epochs: found -1" in refused(copied_run)


def test_data_with_another_checksum_than_the_configurations_are_not_copied_into_the_second_run(whole_run, tmp_path):
    folder, config = whole_run
    folder = shutil.copytree(folder, tmp_path / "run")
    path = folder / "results/data/raw/mnist/test_images.idx"
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    line = refused(folder)
    assert "results/data/raw/mnist/test_images.idx: sha256 is " in line
    assert config["dataset"]["files"]["test_images"]["sha256"] in line


def test_a_file_cut_off_is_named_like_any_other(copied_run):
    x_test = copied_run / "results/data/x_test.npy"
    content = x_test.read_bytes()
    x_test.write_bytes(content[:1000])
    manifest = read_json(copied_run / "results/manifest.json")
    kept = {"results/data/x_test.npy": manifest["reproducible"]["results/data/x_test.npy"]}
    write_json(copied_run / "results/manifest.json", manifest | {"reproducible": kept})
    done = run_module("verify", copied_run, "--configfile", "tiny.yaml", TMPDIR=str(copied_run))
    assert done.returncode == 1
    assert (
        "results/data/x_test.npy (rule preprocess): changed since it was made: the first cannot be read as .npy "
        f"(ValueError), byte[1000] is in one of them only, which has {len(content)}"
    ) in done.stdout
    (second,) = copied_run.glob("verify-*")
    assert (second / "results/data/x_test.npy").read_bytes() == content


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_the_user_it_leaves_nothing_behind(copied_run, kill):
    process = subprocess.Popen(
        [sys.executable, "-m", "retrial.commands.verify", "--configfile", "tiny.yaml"],
        cwd=copied_run,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts"), "TMPDIR": str(copied_run)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while " steps (" not in process.stdout.readline():
        assert process.poll() is None
    assert list(copied_run.glob("verify-*"))
    if kill == signal.SIGINT:
        os.killpg(process.pid, kill)  # a terminal sends it to all
    else:
        process.send_signal(kill)
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert output.splitlines()[-1] == "stopped: nothing is compared"
    assert not list(copied_run.glob("verify-*"))
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if f"{copied_run}/verify-" in command]


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


def test_a_file_that_was_changed_by_hand_is_shown_with_both_checksums(copied_run):
    checksum = read_json(copied_run / "results/manifest.json")["reproducible"]["results/accuracy.csv"]
    with (copied_run / "results/accuracy.csv").open("a") as file:
        file.write("\n")
    done = run_module("explain", copied_run, "results/accuracy.csv")
    assert yaml.safe_load(done.stdout)[0]["outputs"]["results/accuracy.csv"].startswith(f"{checksum}, now ")


def test_data_verified_by_checksum_name_no_code_and_embedded_ones_the_seed_of_their_split(tiny_run, whole_run):
    for run, path in ((tiny_run, "mnist-5k"), (whole_run[0], "mnist")):
        done = run_module("explain", run, f"results/data/raw/{path}/train_images.idx")
        (job,) = yaml.safe_load(done.stdout)
        assert job["rule"] == "download"
        if path == "mnist":
            assert job["code"] == "any: the outputs are verified by their checksums"
            assert (
                job["params"]["sha256"]["train_images"] == job["outputs"][f"results/data/raw/{path}/train_images.idx"]
            )
        else:
            assert job["seed"] == 0


@pytest.mark.parametrize("arguments", [["results/no-such-file.csv"], [""], []])
def test_what_cannot_be_explained_is_said_in_one_line(tiny_run, arguments):
    done = run_module("explain", tiny_run, *arguments)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith(
        ("error: results/no-such-file.csv: Snakemake has no record of it", "usage: make explain")
    )
