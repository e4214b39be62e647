"""Snakemake's records of jobs are read; those that lack something are skipped."""

import pytest
from recorded import write_record

from retrial.snakemake import job_params, read_records, record_name


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"rule": "train"}', "\x00\xff"])
def test_damaged_records_are_skipped(tmp_path, text):
    for path in ("good", "bad"):
        write_record(tmp_path, path, "train")
    (tmp_path / ".snakemake/metadata" / record_name("bad")).write_text(text)
    assert read_records(tmp_path).keys() == {"good"}


def test_the_params_of_a_job_are_pairs():
    assert job_params({"params": ["('epochs', 5)", "('retrial/files.py', 'ee1e')"]}) == [
        ("epochs", 5),
        ("retrial/files.py", "ee1e"),
    ]
