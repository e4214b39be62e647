"""Bad input ends a run with one clear line and exit status 1, and leaves no incomplete files."""

import os
import subprocess
import sysconfig
import venv

import pytest
from conftest import ROOT, error_line, snakemake


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
    assert error_line(done).startswith(f"error: config.yaml: {line}")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("folder", "message"),
    [("missing", "MNIST_DIR: {} is not a folder"), ("empty", "{}/t10k-images-idx3-ubyte: no such file")],
)
def test_a_wrong_data_folder_stops_before_anything_runs(tmp_path, folder, message):
    (tmp_path / "empty").mkdir()
    done = snakemake(tmp_path, MNIST_DIR=str(tmp_path / folder))
    assert error_line(done).startswith("error: " + message.format(tmp_path / folder))
    assert not (tmp_path / "results").exists()


def test_a_space_in_the_path_of_python_stops_before_anything_runs(tmp_path):
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
    assert "found a space in the path of Python" in line


def test_good_results_survive_a_wrong_data_folder(copied_run, tmp_path):
    before = (copied_run / "results/data/x_train.npy").read_bytes()
    done = snakemake(copied_run, MNIST_DIR=str(tmp_path / "missing"))
    assert "missing is not a folder" in error_line(done)
    assert (copied_run / "results/data/x_train.npy").read_bytes() == before
