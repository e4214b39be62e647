"""Bad input ends a run with one clear line, an exit status, and nothing half-written."""

import os
import subprocess
import sysconfig
import venv

import pytest
from conftest import ROOT, snakemake


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"experiments": {"baseline": {"epoch": 5}}},
            "experiments.baseline: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        ({"experiments": {"baseline": {"epochs": -1}}}, "experiments.baseline.epochs: found -1, expected passes"),
        ({"experiments": {"baseline": {"loss": "hinge"}}}, "experiments.baseline.loss: found 'hinge', expected"),
    ],
)
def test_a_wrong_configuration_stops_before_anything_runs(tmp_path, config, line):
    done = snakemake(tmp_path, config=config)
    assert done.returncode == 1
    (error,) = [text for text in done.stdout.splitlines() if text.startswith("error: ")]
    assert error.startswith(f"error: config.yaml: {line}")
    assert "Traceback" not in done.stdout
    assert not (tmp_path / "results").exists()


def test_a_wrong_folder_stops_before_anything_runs(tmp_path):
    (tmp_path / "empty").mkdir()
    for folder, message in (
        ("nowhere", "MNIST_DIR: {} is no folder"),
        ("empty", "{}/t10k-images-idx3-ubyte: no such file"),
    ):
        done = snakemake(tmp_path, MNIST_DIR=str(tmp_path / folder))
        assert done.returncode == 1
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
        assert line.startswith("error: " + message.format(tmp_path / folder))
        assert not (tmp_path / "results").exists()


def test_a_python_in_a_folder_with_a_blank_in_its_name_is_said_before_anything_runs(tmp_path):
    environment = tmp_path / "my environment"
    venv.create(environment, with_pip=False, system_site_packages=False)
    packages = sysconfig.get_paths()["purelib"]
    done = subprocess.run(
        [
            environment / "bin/python",
            "-m",
            "snakemake",
            "--snakefile",
            ROOT / "Snakefile",
            "-d",
            tmp_path / "run",
            "-n",
        ],
        env=os.environ | {"PYTHONPATH": packages},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert "found a blank in the path of Python" in line


def test_good_results_survive_a_broken_folder(copied_run, tmp_path):
    before = (copied_run / "results/data/x_train.npy").read_bytes()
    done = snakemake(copied_run, MNIST_DIR=str(tmp_path / "not-there"))
    assert done.returncode == 1
    assert "not-there is no folder" in done.stdout
    assert (copied_run / "results/data/x_train.npy").read_bytes() == before
