"""A job that fails names the damaged file among its inputs, and the rule that makes it again."""

import io
import zipfile

import numpy as np
import pytest
from recorded import write_record

from retrial.pipeline.damage import find_damage


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def archive(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", content)
    return buffer.getvalue()


GOOD = {
    "a.npy": npy(np.ones((3, 2))),
    "a.json": b'{"a": 1}',
    "a.csv": b"a,b\n1,2\n",
    "a.keras": archive(b"{}"),
    "a.txt": b"",
}
HUGE = npy(np.zeros(3)).replace(b"(3,), ", b"(9000000000000000,), ").replace(b"v\x00", b"v\x00")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", GOOD["a.npy"][:-3], "damaged"),
        ("a.npy", b"", "damaged"),
        ("a.npy", npy(np.array([{"a": 1}], dtype=object)), "damaged"),
        ("a.npy", npy(np.array([1.0, np.nan])), "numbers that are not finite"),
        ("a.npy", HUGE, "damaged"),
        ("a.json", b"{", "damaged (JSONDecodeError"),
        ("a.json", b"{}", "it is empty"),
        ("a.json", b"[" * 100_000, "damaged (RecursionError"),
        ("a.csv", b"a,b\n1", r"its rows have [1, 2] columns"),
        ("a.csv", b"", "its rows have [] columns"),
        ("a.csv", b"\xff\xfe", "damaged (UnicodeDecodeError"),
        ("a.keras", GOOD["a.keras"][:-8], "damaged (BadZipFile"),
        (
            "a.keras",
            archive(bytes(10**6)).replace(b"\x40\x42\x0f\x00", b"\xff\xff\xff\xf0"),
            "it unpacks to more than 2 GB",
        ),
    ],
)
def test_a_damaged_input_is_named_with_the_rule_that_makes_it(tmp_path, monkeypatch, name, content, message):
    monkeypatch.chdir(tmp_path)
    for path, good in GOOD.items():
        (tmp_path / path).write_bytes(good)
        write_record(tmp_path, path, "train", endtime=1)
    assert find_damage(sorted(GOOD)) is None
    (tmp_path / name).write_bytes(content)
    line = find_damage(sorted(GOOD))
    assert line.startswith(f"{name}: ")
    assert message in line
    assert line.endswith(". Make it again: snakemake -c1 -R train")


def test_what_is_no_file_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert (
        find_damage(["missing.csv"]) == "missing.csv: damaged (no regular file). Make it again: remove it and run again"
    )
