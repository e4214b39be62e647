"""A file is complete or absent."""

import pytest

from retrial.files import atomic_write, read_json, write_json


def test_a_failure_keeps_the_old_file_and_leaves_no_other(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("table.csv", "old")]


def test_the_temporary_file_has_the_same_suffix_and_is_renamed(tmp_path):
    with atomic_write(tmp_path / "x.npy") as part:
        assert part.suffix == ".npy"
        part.write_text("new")
    assert [file.name for file in tmp_path.iterdir()] == ["x.npy"]


def test_a_temporary_file_of_a_killed_job_is_removed(tmp_path):
    for name in (".x.99999999.part.json", ".x.99999999.part.saved.json"):
        (tmp_path / name).write_text("left over")
    write_json(tmp_path / "x.json", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_json_is_readable_utf8(tmp_path):
    write_json(tmp_path / "a.json", {"label": "숫자 7️⃣"})
    assert read_json(tmp_path / "a.json") == {"label": "숫자 7️⃣"}
    assert "숫자" in (tmp_path / "a.json").read_text(encoding="utf-8")
