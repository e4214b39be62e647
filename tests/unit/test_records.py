"""Snakemake's records of jobs are read; what a crash left of one is skipped."""

import pytest
from recorded import write_record

from retrial.snakemake import read_records, record_name


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"rule": 5}', "\x00\xff"])
def test_damaged_records_are_skipped(tmp_path, text):
    for path in ("good", "bad"):
        write_record(tmp_path, path, "train")
    (tmp_path / ".snakemake/metadata" / record_name("bad")).write_text(text)
    assert read_records(tmp_path).keys() == {"good"}
