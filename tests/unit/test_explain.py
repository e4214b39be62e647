"""explain prints the jobs that led to a file, with their seeds, settings and checksums."""

import sys

import pytest
import yaml
from recorded import write_record

from retrial.commands.explain import chain, main
from retrial.files import sha256
from retrial.snakemake import read_records

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
    params = [repr(pair) for pair in (("loss", "mse"), ("scripts/step.py", "c0de"))]
    write_record(tmp_path, DATA, "preprocess", params=[repr(("seed", 7))], endtime=1)
    for path in (MODEL, HISTORY):
        write_record(
            tmp_path,
            path,
            "train",
            params=params,
            input=[DATA],
            input_checksums={DATA: f"sha256:{sha256(tmp_path / DATA)}"},
            starttime=2,
            endtime=3,
        )
    write_record(
        tmp_path,
        METRICS,
        "evaluate",
        params=params,
        input=[MODEL, HISTORY],
        input_checksums={MODEL: f"sha256:{sha256(tmp_path / MODEL)}"},
        starttime=4,
        endtime=5,
    )
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
    assert chain(METRICS, read_records(run)) == [METRICS, MODEL, DATA]


def test_a_job_has_its_seed_settings_code_and_files(run, explain):
    assert explain(MODEL)[0] == {
        "rule": "train",
        "outputs": {path: sha256(run / path) for path in (HISTORY, MODEL)},
        "seed": 1,
        "settings": {"loss": "mse"},
        "inputs": {DATA: sha256(run / DATA)},
        "log": "logs/train.log",
    }


def test_outside_of_models_the_seed_is_the_one_in_the_settings(run, explain):
    assert explain(DATA)[0]["seed"] == 7


def test_a_file_may_be_named_by_its_absolute_path(run, explain):
    assert explain(run / MODEL) == explain(MODEL)


def test_a_file_that_changed_since_has_both_checksums(run, explain):
    checksum = sha256(run / DATA)
    (run / DATA).write_text("edited")
    train, preprocess = explain(MODEL)
    both = f"{checksum}, now {sha256(run / DATA)}"
    assert (train["inputs"][DATA], preprocess["outputs"][DATA]) == (both, both)


def test_a_missing_file_is_marked(run, explain):
    checksum = sha256(run / DATA)
    (run / DATA).unlink()
    train, preprocess = explain(MODEL)
    assert train["inputs"] == preprocess["outputs"] == {DATA: f"{checksum}, now missing"}


def test_an_input_without_a_recorded_checksum_is_marked(run, explain):
    assert explain(METRICS)[0]["inputs"][HISTORY] == f"not recorded, now {sha256(run / HISTORY)}"


@pytest.mark.parametrize("arguments", [["results/no-such-file.csv"], [""], []])
def test_a_file_without_a_record_gets_a_message_of_one_line(run, explain, arguments):
    with pytest.raises(SystemExit) as exit:
        explain(*arguments)
    assert exit.value.code in (
        f"error: results/no-such-file.csv: Snakemake has no record of it. Name a file that a run here made, such as "
        f"{DATA}, {HISTORY}, {METRICS}.",
        "usage: make explain FILE=results/…, any file in results/",
    )


def test_before_the_first_run_the_message_says_to_run(tmp_path, explain, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"^error: results/accuracy\.csv: .* Run `make run` first\.$"):
        explain("results/accuracy.csv")
