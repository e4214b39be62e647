"""Snakemake's records of jobs are read; damaged ones are skipped, or one line."""

import pytest
from recorded import write_record

from retrial.errors import InputError
from retrial.snakemake import job_settings, read_records, record_name


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"rule": 5}', "[" * 100_000, "\x00\xff"])
def test_damaged_records_are_skipped(tmp_path, text):
    for path in ("good", "bad"):
        write_record(tmp_path, path, "train")
    (tmp_path / ".snakemake/metadata" / record_name("bad")).write_text(text)
    assert read_records(tmp_path).keys() == {"good"}


def test_a_record_with_a_value_of_another_type_is_skipped(tmp_path):
    write_record(tmp_path, "bad", "train", endtime="now")
    assert read_records(tmp_path) == {}


@pytest.mark.parametrize("params", [["import os"], ["[1]"], ["os.system('ls')"], ["(" * 10_000], [5]])
def test_damaged_settings_of_a_job_are_one_line(params):
    with pytest.raises(InputError, match=r"the record of rule train is damaged .* snakemake -c1 -R train$"):
        job_settings({"rule": "train", "params": params})
