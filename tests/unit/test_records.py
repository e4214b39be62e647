"""Snakemake's records of jobs are read; those that lack something are skipped."""

import os
import time

import pytest
from recorded import write_record
from snakemake.settings.types import DAGSettings

from retrial.errors import InputError
from retrial.files import sha256, write_json
from retrial.snakemake import INCOMPLETE, RECORDS, check_times, is_whole, mark_unrecorded, read_records, record_name


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"rule": "train"}', "\x00\xff"])
def test_damaged_records_are_skipped(tmp_path, text):
    for path in ("good", "bad"):
        write_record(tmp_path, path, "train")
    (tmp_path / ".snakemake/metadata" / record_name("bad")).write_text(text)
    assert read_records(tmp_path).keys() == {"good"}


@pytest.fixture
def network(tmp_path):
    """A folder with a network, the labels that it was trained on, and the records of both."""
    name, labels = "results/models/mse/0/training.json", "results/data/y_train.npy"
    for path in (name, labels):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        write_record(tmp_path, path, "train", params=["('epochs', 2)", "('retrial/files.py', 'ee1e')"])
    (tmp_path / labels).write_bytes(b"labels")
    recorded = {"experiment": "mse", "seed": 0, "settings": {"epochs": 2}, "y_train_sha256": sha256(tmp_path / labels)}
    write_json(tmp_path / name, recorded)
    return tmp_path, name, recorded


def unrecorded(folder) -> list[str]:
    marked = mark_unrecorded(folder, lambda name: "notes" not in name, verified="results/data/raw/mnist/")
    assert sorted(path.name for path in (folder / INCOMPLETE).glob("*")) == sorted(map(record_name, marked))
    return marked


def test_results_with_a_record_are_current_and_own_and_verified_files_need_none(network):
    folder, *_ = network
    for name in ("results/notes.txt", "results/data/raw/mnist/train_images.idx"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    assert unrecorded(folder) == []


def test_a_result_without_a_record_is_made_again_unless_another_run_is_making_it(network):
    folder, name, _ = network
    (folder / RECORDS / record_name(name)).unlink()
    (folder / ".snakemake/locks").mkdir()
    (folder / ".snakemake/locks/0.output.lock").touch()
    assert unrecorded(folder) == []
    (folder / ".snakemake/locks/0.output.lock").unlink()
    assert unrecorded(folder) == [name]


@pytest.mark.parametrize(
    "change",
    [{"settings": {"epochs": 3}}, {"experiment": "baseline"}, {"seed": 1}, {"y_train_sha256": "other"}, {"seed": None}],
)
def test_a_network_that_tells_another_training_than_its_record_is_made_again(network, change):
    folder, name, recorded = network
    write_json(folder / name, recorded | change)
    assert unrecorded(folder) == [name]


def test_a_result_from_the_future_is_one_line_with_the_cure(network):
    folder, name, _ = network
    os.utime(folder / name, (time.time() + 86400,) * 2)
    with pytest.raises(InputError, match=rf"^{name}: its time is 86,[34]\d\d s in the future.* touch"):
        check_times(folder)
    os.utime(folder / name)
    check_times(folder)


@pytest.mark.parametrize("part", ["targets", "until", "omit_from", "batch", "allowed_rules", "target_jobs", None])
def test_a_run_of_a_part_is_not_a_whole_one(part):
    settings = DAGSettings(**({part: ["network"]} if part else {"forcerun": ["train"]}))
    assert is_whole(settings) == (part is None)
    assert is_whole(DAGSettings(targets=["all"]))
