"""explain prints the jobs that led to a file: what made it, with which settings, from what."""

import ast
import sys

import pytest
import yaml
from conftest import ROOT
from recorded import write_record

from retrial.commands.explain import functions_of, main
from retrial.files import sha256

DATA = "results/data/x_train.npy"
MODEL = "results/models/mse/1/model.keras"
HISTORY = "results/models/mse/1/history.csv"
METRICS = "results/models/mse/1/metrics.json"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder, and the current one, in which one job made data, one a model with its history, one its metrics."""
    for path in (DATA, MODEL, HISTORY, METRICS):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)

    def record(path, rule, params, inputs, start):
        read = {name: f"sha256:{sha256(tmp_path / name)}" for name in inputs if name != HISTORY}
        pairs, times = [repr(pair) for pair in params], {"starttime": start, "endtime": start}
        write_record(tmp_path, path, rule, params=pairs, input=inputs, input_checksums=read, **times)

    record(DATA, "preprocess", [("n_labels", 10)], [], 1)
    for path in (MODEL, HISTORY):
        record(path, "train", [("optimizer.name", "sgd"), ("scripts/train.py", "c0de")], [DATA], 2)
    record(METRICS, "evaluate", [], [MODEL, HISTORY], 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def explain(monkeypatch, capsys):
    """Run `make explain` with these arguments; return the jobs, the last one first."""

    def run_main(*arguments):
        monkeypatch.setattr(sys, "argv", ["explain", *map(str, arguments)])
        main()
        return yaml.safe_load(capsys.readouterr().out)

    return run_main


def test_each_job_is_listed_once_and_before_the_jobs_that_it_depends_on(run, explain):
    assert [job["rule"] for job in explain(METRICS)] == ["evaluate", "train", "preprocess"]
    assert explain(run / METRICS) == explain(METRICS), "a file may be named by its absolute path"


def test_a_job_has_its_script_functions_place_in_the_documents_settings_and_files(run, explain):
    job = explain(MODEL)[0]
    docs, number = job.pop("docs").split(":")
    assert "model.keras" in (ROOT / docs).read_text().splitlines()[int(number) - 1]
    assert (ROOT / job["script"]).read_text().startswith(f'"""{job.pop("does")}')
    assert job.pop("functions")
    assert job == {
        "rule": "train",
        "script": "workflow/scripts/train.py",
        "settings": {"optimizer": {"name": "sgd"}},
        "inputs": [DATA],
        "outputs": [HISTORY, MODEL],
        "log": "logs/train.log",
    }


def test_the_functions_are_those_that_the_main_part_calls():
    script = """
from retrial.job import start_log
from retrial.network.scores import SCORES, score
def table(x): return helper(x)
def helper(x): return x
if __name__ == "__main__":
    start_log("a.log")
    print(table(score(1)), open("b"))
"""
    assert functions_of(ast.parse(script)) == ["retrial.network.scores.score", "table"]


def test_with_checksums_a_file_that_changed_since_has_both(run, explain):
    before = sha256(run / DATA)
    assert explain(MODEL, "--checksums")[0]["inputs"] == {DATA: before}
    (run / DATA).write_text("edited")
    train, preprocess = explain(MODEL, "--checksums")
    both = f"{before}, now {sha256(run / DATA)}"
    assert train["inputs"] == preprocess["outputs"] == {DATA: both}
    (run / DATA).unlink()
    assert explain(MODEL, "--checksums")[0]["inputs"] == {DATA: f"{before}, now missing"}
    assert explain(METRICS, "--checksums")[0]["inputs"][HISTORY].startswith("not recorded, now ")


def test_a_file_without_a_record_gets_one_line_with_examples_or_says_to_run(run, explain):
    with pytest.raises(SystemExit, match=rf"^error: none\.csv: Snakemake has no record of it\. Name a .* as {DATA}, "):
        explain("none.csv")
    (run / ".snakemake").rename(run / "elsewhere")
    with pytest.raises(SystemExit, match=r"^error: none\.csv: .* Run `make run` first\.$"):
        explain("none.csv")
