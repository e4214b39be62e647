"""What a mistake has removed comes back by `make undo`, with Snakemake's records of it."""

import os

import pytest
from recorded import write_record

from retrial.commands.undo import describe_loss, keep, undo
from retrial.errors import InputError
from retrial.files import write_json
from retrial.snakemake import INCOMPLETE, read_records, record_name

FILE, TABLE = "results/data/x.npy", "results/accuracy.csv"


@pytest.fixture
def run(tmp_path):
    """A folder with two results and their records, kept after a successful run."""
    for path in (FILE, TABLE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f"good {path}")
        write_record(tmp_path, path, "train", params=[repr({"epochs": 5})], endtime=1)
    keep(tmp_path)
    return tmp_path


def state(folder):
    files = {path: path.read_text() for path in (folder / "results").rglob("*") if path.is_file()}
    times = {path: path.stat().st_mtime for path in files}
    return files, times, read_records(folder)


def test_removed_and_replaced_files_come_back_with_their_times_and_records(run):
    before = state(run)
    (run / FILE).unlink()
    write_json(run / TABLE, "bad")
    write_record(run, TABLE, "train", params=[repr({"epochs": 0})], endtime=2)
    (run / INCOMPLETE).mkdir(parents=True)
    (run / INCOMPLETE / record_name(FILE)).touch()
    assert undo(run) == sorted([FILE, TABLE])
    assert state(run) == before
    assert not list((run / INCOMPLETE).iterdir())
    assert undo(run) == []


def test_files_that_were_not_kept_stay_with_their_records(run):
    new = "results/models/extra/0/metrics.json"
    (run / new).parent.mkdir(parents=True)
    write_json(run / new, {})
    write_record(run, new, "evaluate", endtime=3)
    (run / FILE).unlink()
    undo(run)
    assert (run / new).exists()
    assert new in read_records(run)


def test_what_is_kept_takes_no_space_and_is_replaced_after_the_next_success(run):
    assert (run / FILE).stat().st_nlink == 2
    write_json(run / FILE, "better")
    keep(run)
    (run / FILE).unlink()
    undo(run)
    assert (run / FILE).read_text() == '"better"\n'
    assert sorted(path.name for path in (run / ".retrial").iterdir()) == ["last-good"]


def test_without_hard_links_files_are_copied(run, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    keep(run)
    (run / FILE).unlink()
    assert undo(run) == [FILE]


def test_nothing_to_undo_and_a_run_under_way_are_one_line(run, tmp_path):
    (run / ".snakemake/locks").mkdir(parents=True)
    (run / ".snakemake/locks/0.output.lock").touch()
    with pytest.raises(InputError, match=r"another run uses this folder, or was killed: stop it, or run: make unlock"):
        undo(run)
    with pytest.raises(InputError, match=r"^.retrial/last-good: no such folder, expected the results of a success"):
        undo(tmp_path / "empty")


def test_a_failed_run_says_what_it_lost_and_how_to_get_it_back(run):
    assert "finished results are kept" in describe_loss(run)
    (run / FILE).unlink()
    assert "1 files of the last successful run are missing in results/" in describe_loss(run)
    assert describe_loss(run).endswith("make undo")
