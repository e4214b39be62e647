"""One command makes everything, says what it is made of, and then has nothing to do."""

import re

import pandas as pd
import pytest
from conftest import check_picture, first_error, snakemake, unfinished_rules

from retrial.snakemake import read_records


@pytest.fixture
def successful_run(tiny_run):
    """The tiny run, for what only a successful run shows."""
    if unfinished_rules(tiny_run):
        pytest.skip("the tiny run failed, see test_the_tiny_run_succeeds")
    return tiny_run


def test_the_tiny_run_succeeds(tiny_run):
    """This one test fails when a rule fails; the others need only their own files."""
    succeeded = (tiny_run / "output.txt").read_text().endswith("\nexit status 0\n")
    assert succeeded, f"{first_error(tiny_run)}; not finished: {', '.join(sorted(unfinished_rules(tiny_run)))}"


def test_every_job_has_a_log(tiny_run):
    records = read_records(tiny_run).values()
    assert records
    for record in records:
        (log,) = record["log"]
        assert (tiny_run / log).read_text(), f"{log} is empty"


def test_no_picture_is_empty(tiny_run):
    pictures = list((tiny_run / "results").rglob("*.png"))
    assert len(pictures) == 11
    for picture in pictures:
        check_picture(picture)


def test_the_network_learns_something_and_its_log_shows_the_epochs(tiny_run):
    summary = pd.read_csv(tiny_run / "results/accuracy_summary.csv")
    assert 0.7 < summary.loc[0, "mean"] < 1
    assert "Epoch 2/2" in (tiny_run / "logs/train/baseline/1.log").read_text()


def test_a_warning_says_that_results_are_of_the_embedded_digits(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    assert "neither MNIST_DIR nor a mirror has MNIST: these are results of mnist-5k" in output


def test_variables_of_the_user_are_named_and_change_nothing(tiny_run):
    """test_train.py compares with networks that were trained without them."""
    output = (tiny_run / "output.txt").read_text()
    assert "ignored, because it could change results: KERAS_BACKEND, TF_DETERMINISTIC_OPS, TF_XLA_FLAGS\n" in output


def test_a_partial_run_does_not_point_to_missing_files(idx_dataset, tmp_path):
    folder, config = idx_dataset
    done = snakemake(tmp_path / "run", "--", "results/data/provenance.json", config=config, MNIST_DIR=str(folder))
    assert done.returncode == 0, done.stdout
    assert "Look at" not in done.stdout


def test_the_last_lines_name_the_report_and_the_main_results(successful_run):
    output = (successful_run / "output.txt").read_text()
    assert output.partition("(100%) done")[2].count("\n") <= 10
    mean = pd.read_csv(successful_run / "results/accuracy_summary.csv")["mean"][0]
    assert f"{mean:.4f} [" in output
    assert "as fast as loops over ndarrays: relu in NumPy" in output
    assert "claims of the notebook are confirmed" in output
    assert "/results/report.html and " in output.partition("Look at ")[2]


def test_snakemake_does_not_look_for_jobs_while_one_is_timed(tmp_path):
    """Its limit of jobs per second would, every second, as long as one is waiting."""
    done = snakemake(tmp_path, "-c1", "--verbose", "--", "results/timings/replay.csv", "results/tensors/views.csv")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Selected jobs: ") == 2


def test_timing_jobs_run_alone(tiny_run):
    output = (tiny_run / "output.txt").read_text()
    blocks = re.split(r"^Execute (?=\d+ jobs)", output, flags=re.MULTILINE)
    timing = [block for block in blocks if re.search(r"^Job \d+: (Time|Repeat) ", block, flags=re.MULTILINE)]
    assert [block.partition(" ")[0] for block in timing] == ["1"] * 3


def test_a_second_run_has_nothing_to_do(successful_run, copied_run):
    done = snakemake(copied_run)
    assert "Nothing to be done" in done.stdout, done.stdout
