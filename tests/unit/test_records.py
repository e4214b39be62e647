"""Results that something else than their rule changed are found while planning, and damaged records are skipped."""

import os

import pytest
from recorded import write_record

from retrial.errors import InputError
from retrial.files import sha256
from retrial.snakemake import (
    ACCEPT_CHANGED,
    INCOMPLETE,
    check_unchanged,
    job_params,
    read_records,
    record_name,
)

ARRAY, METRICS = "results/data/x_test.npy", "results/models/mse/0/metrics.json"


@pytest.fixture
def run(tmp_path):
    """A folder in which one job made an array, and another read it; both are older than their records."""
    for path in (ARRAY, METRICS):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
        os.utime(tmp_path / path, (1, 1))
    write_record(tmp_path, ARRAY, "preprocess", starttime=1, endtime=2)
    checksums = {ARRAY: f"sha256:{sha256(tmp_path / ARRAY)}"}
    write_record(tmp_path, METRICS, "evaluate", input=[ARRAY], input_checksums=checksums, starttime=3, endtime=4)
    return tmp_path


def test_a_changed_file_is_found_by_the_checksum_that_its_readers_recorded(run):
    check_unchanged(run)
    content = (run / ARRAY).read_text()
    (run / ARRAY).write_text("NaN")
    with pytest.raises(
        InputError, match=rf"^{ARRAY}: changed since rule preprocess made it \(found sha256 .*, expected .*\)"
    ):
        check_unchanged(run)
    (run / ARRAY).write_text(content)  # undone: the file is new, its content is not
    check_unchanged(run)


def test_files_that_nobody_read_and_removed_ones_are_skipped(run):
    (run / METRICS).write_text("{}")
    (run / ARRAY).unlink()
    check_unchanged(run)


def test_a_file_that_its_rule_wrote_before_snakemake_was_killed_is_accepted(run):
    (run / ARRAY).write_text("of the killed run")
    (run / INCOMPLETE).mkdir(parents=True)
    (run / INCOMPLETE / record_name(ARRAY)).touch()
    check_unchanged(run)


def test_verify_accepts_changed_files_because_it_compares_them(run, monkeypatch):
    (run / ARRAY).write_text("NaN")
    monkeypatch.setenv(ACCEPT_CHANGED, "1")
    check_unchanged(run)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"rule": "train"}', "\x00\xff"])
def test_damaged_records_are_skipped(run, text):
    (run / ".snakemake/metadata" / record_name(ARRAY)).write_text(text)
    assert read_records(run).keys() == {METRICS}
    check_unchanged(run)


def test_the_params_of_a_job_are_pairs():
    assert job_params({"params": ["('epochs', 5)", "('retrial/files.py', 'ee1e')"]}) == [
        ("epochs", 5),
        ("retrial/files.py", "ee1e"),
    ]
