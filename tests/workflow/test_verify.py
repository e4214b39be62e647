"""verify and explain on a finished run of the whole pipeline; tests/unit has their parts."""

import io
import os
import signal
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import psutil
import yaml
from conftest import ROOT, snakemake

from retrial.commands.explain import describe
from retrial.files import read_json, sha256, write_json
from retrial.snakemake import jobs_behind, read_records

VERIFY = [sys.executable, "-m", "retrial.commands.verify", "--configfile", "tiny.yaml"]


def start_verify(folder, **options):
    """Start `make verify` in a folder, where it also makes its temporary folder."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts"), "TMPDIR": str(folder)}
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(VERIFY, cwd=folder, env=environment, **options)


def keep_in_manifest(folder, *prefixes):
    """Leave only some files in the manifest, to save time; return their paths."""
    manifest = read_json(folder / "results/manifest.json")
    checksums = {path: sha for path, sha in manifest["reproducible"].items() if path.startswith(prefixes)}
    write_json(folder / "results/manifest.json", manifest | {"reproducible": checksums})
    return list(checksums)


def add_one_ulp(path):
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


def test_a_second_run_under_other_conditions_finds_only_the_edited_files(copied_run):
    """One seed of one experiment of the tiny run, to save time: `make verify` makes all of them."""
    # No evaluation: it needs all networks.
    names = [f"models/baseline/0/{name}" for name in ("model", "history", "probabilities")]
    names += ["data/", "predictions/first_ten", "tensors/"]
    kept = keep_in_manifest(copied_run, *(f"results/{name}" for name in names))
    assert len(kept) > 12
    add_one_ulp(copied_run / "results/models/baseline/0/model.keras")
    x_test = np.load(copied_run / "results/data/x_test.npy")
    x_test[7, 400] += np.float32(1 / 255)
    np.save(copied_run / "results/data/x_test.npy", x_test)
    y_test = copied_run / "results/data/y_test.npy"
    content = y_test.read_bytes()
    y_test.write_bytes(content[:1000])

    process = start_verify(copied_run)
    output = process.communicate()[0]
    assert process.returncode == 1, output
    *_, pixel, truncated, weight, summary = output.splitlines()
    assert pixel.startswith("results/data/x_test.npy (rule preprocess): changed since it was made: [7, 400]: ")
    assert truncated == (
        "results/data/y_test.npy (rule preprocess): changed since it was made: the first file cannot be read as .npy "
        "(ValueError)"
    )
    assert weight.startswith("results/models/baseline/0/model.keras (rule train): changed since it was made: ")
    assert "layers/dense/vars/0[3, 5]: " in weight
    (second_run,) = copied_run.glob("verify-*")
    assert summary == (f"3 differences; compared: {len(kept)} files, made a second time in {second_run}, which is kept")
    assert (second_run / "results/data/y_test.npy").read_bytes() == content


def test_results_of_another_configuration_are_refused_with_one_line(copied_run):
    config = yaml.safe_load((copied_run / "tiny.yaml").read_text())
    config["experiments"]["baseline"]["epochs"] = 3
    (copied_run / "tiny.yaml").write_text(yaml.safe_dump(config))
    process = start_verify(copied_run)
    output = process.communicate()[0]
    assert process.returncode == 1
    assert output.startswith("error: results/: not from the current config.yaml and code (Train baseline from seed ")
    assert "before: ('epochs', 2) now: ('epochs', 3)" in output
    assert output.count("\n") == 1
    assert not list(copied_run.glob("verify-*"))


def test_stopped_by_the_user_verify_leaves_nothing_behind(copied_run):
    process = start_verify(copied_run, start_new_session=True)
    while " steps (" not in process.stdout.readline():
        assert process.poll() is None
    assert list(copied_run.glob("verify-*"))
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    output = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert output.splitlines()[-1] == "stopped: nothing was compared"
    assert not list(copied_run.glob("verify-*"))
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if f"{copied_run}/verify-" in command]


def test_a_data_set_of_the_configuration_is_copied_into_the_second_run(idx_dataset, tmp_path):
    source, config = idx_dataset
    arrays = [f"results/data/{name}.npy" for name in ("x_train", "y_train", "x_test", "y_test")]
    assert snakemake(tmp_path, "--", *arrays, config=config, MNIST_DIR=str(source)).returncode == 0
    manifest = {"fingerprint": {}, "configuration": {}, "accuracy": []}
    checksums = {path: sha256(tmp_path / path) for path in arrays}
    write_json(tmp_path / "results/manifest.json", manifest | {"reproducible": checksums})
    process = start_verify(tmp_path)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    assert output.splitlines()[-1] == "0 differences; compared: 4 files, made a second time"


def test_every_file_in_results_can_be_explained_down_to_where_it_starts(tiny_run):
    records = read_records(tiny_run)
    first = {"download", "run_as_written", "show_tensors", "time_operations", "time_replay", "time_training_step"}
    for path in tiny_run.glob("results/**/*"):
        if path.is_file():
            name = path.relative_to(tiny_run).as_posix()
            jobs = [describe(p, records) for p in jobs_behind([name], records)]
            assert name in jobs[0]["outputs"]
            assert all(job["does"] and job["functions"] for job in jobs), jobs
            assert {job["rule"] for job in jobs} & first, name
