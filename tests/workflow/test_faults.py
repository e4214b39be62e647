"""Bad input ends a run with one clear line and exit status 1, and leaves no incomplete files."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
import run_snakemake
import yaml
from conftest import ROOT, TINY, error_line, merge, snakemake

from retrial.commands.undo import undo


def test_a_wrong_configuration_stops_before_anything_runs(tmp_path):
    done = snakemake(tmp_path, config={"experiments": {"baseline": {"epoch": 5}}})
    line = "experiments.baseline: unknown key 'epoch'; did you mean 'epochs'?"
    assert error_line(done).endswith(f"tiny.yaml: {line}")
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


def test_results_without_records_are_made_again_or_put_back(copied_run):
    shutil.rmtree(copied_run / ".snakemake")
    assert re.search(r"files in results/.* have no record", done := snakemake(copied_run, "-n").stdout)
    assert re.search(r"^train +[1-9]", done, flags=re.MULTILINE)
    undo(copied_run)
    assert "Nothing to be done" in snakemake(copied_run, "-n").stdout


def test_touched_results_do_not_count_as_those_of_other_settings(copied_run):
    config = {"experiments": {"baseline": {"epochs": 3}}}
    assert "--touch: " in error_line(snakemake(copied_run, "--touch", config=config))
    assert re.search(r"^train +[1-9]", snakemake(copied_run, "-n", config=config).stdout, flags=re.MULTILINE)


def test_a_run_of_a_part_tells_no_old_verdicts_and_is_not_kept(copied_run):
    for name in ("results/data/samples.svg", "results/accuracy.csv"):
        (copied_run / name).unlink()
    done = snakemake(copied_run, "--until", "plot_samples", config={"dataset": {"labels": list("abcdefghij")}})
    assert done.returncode == 0, done.stdout
    assert "a part of the whole" in done.stdout
    assert "claims of the notebook are" not in done.stdout
    assert {"results/accuracy.csv", "results/data/samples.svg"} <= set(undo(copied_run))


def test_a_network_with_code_in_it_is_refused_and_the_code_not_run(run_rule, tmp_path, tmp_path_factory, monkeypatch):
    model = "results/models/baseline/0/model.keras"
    inputs = [model, "results/data/x_test.npy", "results/data/y_test.npy"]

    def add_code(folder):
        import keras

        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))  # Keras runs the layer once to save it
        layers = [keras.layers.Input((784,)), keras.layers.Lambda(lambda x: __import__("os").mkdir("executed") or x)]
        keras.Sequential(layers).save(folder / model)

    done = run_rule("chain_rule", inputs, ["results/gradients/chain_rule.csv"], add_code, fails=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert "Lambda" in line
    assert not list(tmp_path.rglob("executed"))


def test_a_damaged_array_is_named_with_the_command_that_makes_it_again(run_rule):
    path = "results/data/y_train.npy"
    inputs = ["results/data/x_train.npy", path, "results/data/provenance.json"]
    targets = ["results/data/samples.png"]
    done = run_rule("plot_samples", inputs, targets, lambda folder: os.truncate(folder / path, 1000), fails=True)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: rule plot_samples: {path}: damaged (ValueError: ")
    assert line.endswith(f"). Make it again: rm {path}; make run. Or run: make undo")


@pytest.mark.parametrize(
    ("before", "number"), [("", signal.SIGKILL), ('trap "" INT HUP', signal.SIGTERM)], ids=["kill -9", "nohup, kill"]
)
def test_a_killed_snakemake_ends_with_all_its_processes(tmp_path, before, number):
    configfile = tmp_path / "long.yaml"
    configfile.write_text("timing: {replays: 5000, max_wait_s: 0}\n")
    words = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", tmp_path, "-c1"]
    words += ["--configfile", configfile, "--", "results/timings/replay.csv"]
    words = ["bash", "-c", f'{before}\nexec "$@"', "bash", *words]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = tmp_path / "logs/time_replay.log"
    while not (log.exists() and "process 2 of" in log.read_text()):
        assert process.poll() is None
        time.sleep(0.1)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(number)
    output, _ = process.communicate()
    assert psutil.wait_procs(children, timeout=60)[1] == []
    assert not [path for path in (tmp_path / "results").rglob("*") if path.suffix == ".csv"]
    if number == signal.SIGTERM:
        assert process.returncode == 1
        assert "The run did not finish: finished results are kept, and the same command continues from them." in output
        assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]


def write_importer(folder) -> list:
    """Write docs/snakemake.md's workflow that imports this one, for the tiny configuration; return Snakemake's options."""
    config = merge(yaml.safe_load((ROOT / "config.yaml").read_text()), TINY)
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    (text,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/snakemake.md").read_text(), re.MULTILINE | re.DOTALL)
    text = text.replace("retrial/config.yaml", "config.yaml").replace("retrial/Snakefile", str(ROOT / "Snakefile"))
    (folder / "Snakefile").write_text(text)
    return ["--snakefile", folder / "Snakefile", "--directory", folder, "-c2"]


def test_another_workflow_runs_this_one_from_nothing(tmp_path):
    options = write_importer(tmp_path)
    with (tmp_path / "Snakefile").open("a") as file:
        file.write('rule theirs:\n    output: "theirs.txt"\n    shell: "printenv NUMBA_OPT > {output}"\n')
    plan = run_snakemake.run([*options, "-n"], tmp_path).stdout
    planned = re.findall(r"^(\w+) +1$", plan, re.MULTILINE)
    assert {"retrial_claims", "retrial_manifest", "retrial_report"} <= set(planned)
    targets = ["theirs.txt", "sub/results/predictions/from_scratch/first_ten.csv"]
    done = run_snakemake.run([*options, "--", *targets], tmp_path, NUMBA_OPT="2")
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "sub/results/data/provenance.json").exists()
    assert (tmp_path / "theirs.txt").read_text() == "2\n", "the jobs of others keep their environment"
    assert not (tmp_path / "results").exists()
