"""Bad input ends a run with one clear line and exit status 1, and leaves no incomplete files."""

import os
import re
import subprocess
import sys
import sysconfig
import time
import venv

import numpy as np
import psutil
import pytest
import run_snakemake
import yaml
from conftest import ROOT, TINY, error_line, merge, snakemake

from retrial.commands.undo import undo


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


def check_options(folder, *arguments):
    """The line with which `make run` refuses options; None if it accepts them."""
    done = subprocess.run(
        [sys.executable, "-m", "retrial.commands.check_options", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.stderr.count("\n") == done.returncode
    return done.stderr.rstrip() or None


@pytest.mark.parametrize("cores", ["0", "-1", "", "four", "1.5"])
def test_a_number_of_cores_that_is_none_is_refused(tmp_path, cores):
    assert check_options(tmp_path, f"--cores={cores}") == (
        f"error: CORES: found {cores!r}, expected a whole number from 1: make run CORES=4"
    )


def test_a_configuration_with_a_program_is_refused_before_snakemake_runs_it(tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text("timing: {processes: 7}\n")
    assert check_options(tmp_path, "--cores", "2", "--configfile", good) is None
    bad = tmp_path / "bad.yaml"
    bad.write_text("__use_yte__: true\nx: ?open('executed', 'w')\n")
    line = check_options(tmp_path, "--configfile", bad)
    assert line.startswith(f"error: {bad}: found __use_yte__, with which Snakemake runs code")
    assert not (tmp_path / "executed").exists()


def test_the_makefile_checks_options_before_each_command_that_takes_a_configuration():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^(\w+):(.*?)(?:##|$)((?:.*\n\t.*)*)", makefile, flags=re.MULTILINE)
    users = {name: needs.split() for name, needs, commands in targets if "$(OPTIONS)" in commands}
    assert users.keys() == {"run", "report", "preview", "verify", "unlock"}
    assert all({"checked", "run"} & set(needs) for needs in users.values())


def test_results_that_something_else_changed_are_named_and_undone(copied_run):
    path = copied_run / "results/data/x_test.npy"
    content = path.read_bytes()
    np.save(path, np.full((1000, 784), np.nan, np.float32))
    line = error_line(snakemake(copied_run, "-n"))
    assert line.startswith("error: results/data/x_test.npy: changed since rule preprocess made it (found sha256 ")
    assert line.endswith("Remove it and run again, or run: make undo")
    assert undo(copied_run) == ["results/data/x_test.npy"]
    assert path.read_bytes() == content
    assert "Nothing to be done" in snakemake(copied_run, "-n").stdout


def test_a_failed_training_is_undone(copied_run):
    lost = copied_run / "results/models/low_rate/0/model.keras"
    content = lost.read_bytes()
    config = {"experiments": {"low_rate": {"optimizer": {"learning_rate": 1e30}}}}
    done = snakemake(copied_run, config=config)
    assert "found a loss of nan after training" in error_line(done)
    assert "files of the last successful run are missing in results/" in done.stdout
    assert str(lost.relative_to(copied_run)) in undo(copied_run)
    assert lost.read_bytes() == content
    assert "Nothing to be done" in snakemake(copied_run, "-n").stdout
    assert re.search(r"^train +1$", snakemake(copied_run, "-n", config=config).stdout, flags=re.MULTILINE)


def test_a_damaged_input_of_a_job_is_named_with_the_rule_that_makes_it(run_rule):
    path = "results/data/y_train.npy"
    inputs = ["results/data/x_train.npy", path, "results/data/provenance.json"]
    done = run_rule(
        "plot_samples",
        inputs,
        ["results/data/samples.png"],
        lambda folder: (folder / path).write_bytes(b"\x93NUMPY"),
        fails=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: rule plot_samples: {path}: damaged (ValueError: ")
    assert line.endswith(". Make it again: remove it and run again")


def test_sigterm_ends_a_run_and_all_its_processes_within_ten_seconds(tmp_path):
    configfile = tmp_path / "long.yaml"
    configfile.write_text("timing: {replays: 5000}\n")
    command = ["--snakefile", ROOT / "Snakefile", "--directory", tmp_path, "-c1", "--configfile", configfile]
    words = [sys.executable, "-m", "snakemake", *map(str, command), "--", "results/timings/replay.csv"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = tmp_path / "logs/time_replay.log"
    while not (log.exists() and "process 2 of" in log.read_text()):
        assert process.poll() is None
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    output, _ = process.communicate(timeout=10)
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert process.returncode == 1
    assert "The run did not finish: finished results are kept, and the same command continues from them." in output
    assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]


def test_another_workflow_can_import_this_one(tmp_path):
    (tmp_path / "config.yaml").write_text(
        yaml.safe_dump(merge(yaml.safe_load((ROOT / "config.yaml").read_text()), TINY), sort_keys=False)
    )
    (tmp_path / "Snakefile").write_text(
        'configfile: "config.yaml"\n\n'
        f"module retrial:\n    snakefile: {str(ROOT / 'Snakefile')!r}\n    config: config\n\n"
        "use rule * from retrial as retrial_*\n\n"
        "rule everything:\n    default_target: True\n    input: rules.retrial_all.input\n"
    )
    options = ["--snakefile", tmp_path / "Snakefile", "--directory", tmp_path, "-c2"]
    plan = run_snakemake.run([*options, "-n"], tmp_path)
    assert plan.returncode == 0, plan.stdout
    assert re.search(r"^retrial_report +1$", plan.stdout, flags=re.MULTILINE)
    done = run_snakemake.run([*options, "--", "results/data/provenance.json"], tmp_path)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "results/data/x_train.npy").exists()
