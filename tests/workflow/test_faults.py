"""Bad input ends a run with one clear line and exit status 1, and leaves no incomplete files."""

import io
import os
import re
import subprocess
import sys
import sysconfig
import time
import venv
from base64 import urlsafe_b64decode

import numpy as np
import psutil
import pytest
import run_snakemake
import yaml
from conftest import ROOT, TINY, error_line, merge, snakemake

from retrial.commands.undo import undo
from retrial.snakemake import RECORDS, record_name


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


def npy(array) -> bytes:
    """The content of a .npy file, pickled objects allowed."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


class Program:
    """Unpickled, it makes the file `executed`."""

    def __reduce__(self):
        return open, ("executed", "w")


@pytest.mark.parametrize(
    "content",
    [
        b"\x93NUMPY",
        npy(np.array([Program()], dtype=object)),
        npy(np.zeros(3)).replace(b"(3,), ", b"(9000000000000,), "),  # 72 TB
    ],
    ids=["cut", "program", "huge"],
)
def test_a_damaged_array_is_named_with_the_rule_that_makes_it_and_runs_nothing(run_rule, tmp_path, content):
    path = "results/data/y_train.npy"
    inputs = ["results/data/x_train.npy", path, "results/data/provenance.json"]
    targets = ["results/data/samples.png"]
    done = run_rule("plot_samples", inputs, targets, lambda folder: (folder / path).write_bytes(content), fails=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: rule plot_samples: {path}: damaged (ValueError: ")
    assert line.endswith(". Make it again: remove it and run again")
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("rule", ["chain_rule", "probe_training"])
def test_a_network_with_code_is_named_and_not_run(run_rule, tmp_path, tmp_path_factory, monkeypatch, rule):
    model = "results/models/baseline/0/model.keras"
    arrays = [f"results/data/{name}.npy" for name in ("x_train", "y_train", "x_test", "y_test")]
    target = "results/gradients/chain_rule.csv" if rule == "chain_rule" else "results/probes/training.csv"

    def add_code(folder):
        import keras

        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))  # Keras runs the layer once to save it
        layers = [keras.layers.Input((784,)), keras.layers.Lambda(lambda x: __import__("os").mkdir("executed") or x)]
        keras.Sequential(layers).save(folder / model)

    done = run_rule(rule, [model, *arrays], [target], add_code, fails=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line == (
        f"error: {model}: damaged (it has a layer Lambda, expected Dense). Make it again: remove it and run again"
    )
    assert not list(tmp_path.rglob("executed"))


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


def write_importer(folder, prefix: str, names: str) -> list:
    """Write a workflow that imports this one, with the tiny configuration; return Snakemake's options for it."""
    config = merge(yaml.safe_load((ROOT / "config.yaml").read_text()), TINY)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (folder / "Snakefile").write_text(
        'configfile: "config.yaml"\n\n'
        f"module retrial:\n    snakefile: {str(ROOT / 'Snakefile')!r}\n    config: config\n"
        + (f"    prefix: {prefix!r}\n" if prefix else "")
        + f"\nuse rule * from retrial{f' as {names}' if names else ''}\n\n"
        f"rule everything:\n    default_target: True\n    input: rules.{names.replace('*', 'all') or 'all'}.input\n"
    )
    return ["--snakefile", folder / "Snakefile", "--directory", folder, "-c2"]


def move_results(run, prefix: str) -> None:
    """Put results/ and logs/ of a finished run behind a prefix, with Snakemake's records of them."""
    for name in ("results", "logs"):
        (run / prefix).mkdir(exist_ok=True)
        (run / name).rename(run / prefix / name)
    for record in list((run / RECORDS).iterdir()):
        path = urlsafe_b64decode(record.name).decode()
        text = re.sub(r'"(results|logs)/', rf'"{prefix}/\1/', record.read_text())
        record.unlink()
        (run / RECORDS / record_name(f"{prefix}/{path}")).write_text(text)


@pytest.mark.parametrize(("prefix", "names"), [("", ""), ("sub", "retrial_*")])
def test_another_workflow_can_import_this_one(copied_run, prefix, names):
    options = write_importer(copied_run, prefix, names)
    if prefix:
        move_results(copied_run, prefix)
    plan = run_snakemake.run([*options, "-n"], copied_run)
    assert "Nothing to be done" in plan.stdout, plan.stdout[-3000:]
    page = copied_run / prefix / "results/report.html"
    before = page.read_bytes()
    page.unlink()
    (copied_run / prefix / "results/claims.csv").unlink()
    done = run_snakemake.run(options, copied_run)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.findall(r"^(?!total|everything)(\w+) +1$", done.stdout, flags=re.MULTILINE) == [
        names.replace("*", rule) or rule for rule in ("claims", "manifest", "report")
    ]
    assert page.read_bytes().count(b"<tr>") == before.count(b"<tr>")


def test_another_workflow_runs_this_one_from_nothing(tmp_path):
    options = write_importer(tmp_path, "sub", "retrial_*")
    with (tmp_path / "Snakefile").open("a") as file:
        file.write('rule theirs:\n    output: "theirs.txt"\n    shell: "printenv NUMBA_OPT > {output}"\n')
    targets = ["theirs.txt", "sub/results/models/from_scratch/0/model.npz"]
    done = run_snakemake.run([*options, "--", *targets], tmp_path, NUMBA_OPT="2")
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "sub/results/data/provenance.json").exists()
    assert (tmp_path / "theirs.txt").read_text() == "2\n", "the jobs of others keep their environment"
    assert not (tmp_path / "results").exists()
