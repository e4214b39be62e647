"""A job that fails names the damaged file among its inputs, and the rule that makes it again."""

import io
import json
import tracemalloc
import zipfile

import numpy as np
import pytest
from recorded import write_record
from try_it import read_layers

from retrial.damage import find_damage
from retrial.errors import InputError


def npy(array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def archive(members: dict[str, bytes], compression=zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def model(*layers: str) -> bytes:
    return json.dumps({"config": {"layers": [{"class_name": layer} for layer in layers]}}).encode()


HUGE = npy(np.zeros(3)).replace(b"(3,), ", b"(9000000000000000,), ")
LARGE = npy(np.zeros(3)).replace(b"(3,), ", b"(900000000,), ")  # 7 GB
GOOD = {
    "a.npy": npy(np.ones((3, 2))),
    "a.json": b'{"a": 1}',
    "a.csv": b"a,b\n1,2\n",
    "a.keras": archive({"config.json": model("InputLayer", "Dense"), "model.weights.h5": bytes(100)}),
    "a.npz": archive({"w1.npy": npy(np.ones((3, 2))), "b1.npy": npy(np.ones(2))}),
    "a.txt": b"",
}
BOMB = archive({"config.json": model("Dense"), "model.weights.h5": bytes(10**7)}, zipfile.ZIP_DEFLATED)
DAMAGED_ARCHIVES = [
    ("a.keras", GOOD["a.keras"][:-8], "damaged (BadZipFile"),
    ("a.keras", GOOD["a.keras"].replace(bytes(100), b"1" * 100), "damaged (model.weights.h5 in it is broken)"),
    ("a.keras", BOMB, "damaged (it unpacks to 10.0 MB, more than its own size)"),
    ("a.keras", archive({"config.json": model("Dense", "Lambda")}), "damaged (it has a layer Lambda, expected Dense)"),
    ("a.keras", archive({"config.json": model("Dense").replace(b"Dense", b"\\u004cambda")}), "a layer Lambda"),
    ("a.keras", archive({"config.json": b'{"module": "os"}'}), "damaged (KeyError"),
    ("a.keras", archive({"../../a": b"", "config.json": model("Dense")}), "damaged (it has a path outside, ../../a)"),
    ("a.keras", archive({"/etc/a": b"", "config.json": model("Dense")}), "damaged (it has a path outside, /etc/a)"),
    ("a.npz", archive({"w1.npy": npy(np.array([print], dtype=object))}), "damaged (w1.npy in it has pickled objects)"),
    ("a.npz", archive({"w1.npy": HUGE}), "damaged (w1.npy in it is shorter than its header says)"),
    ("a.npz", archive({"w1.npy": LARGE}), "damaged (w1.npy in it is shorter than its header says)"),
    ("a.npz", archive({"w1.npy": bytes(10**7)}, zipfile.ZIP_DEFLATED), "it unpacks to 10.0 MB, more than its own size"),
]


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
        ("a.npy", LARGE, "damaged"),
        *DAMAGED_ARCHIVES,
    ],
)
def test_a_damaged_input_is_named_with_the_rule_that_makes_it(tmp_path, monkeypatch, name, content, message):
    monkeypatch.chdir(tmp_path)
    for path, good in GOOD.items():
        (tmp_path / path).write_bytes(good)
        write_record(tmp_path, path, "train", endtime=1)
    assert [find_damage([path]) for path in sorted(GOOD)] == [None] * len(GOOD)
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


@pytest.mark.parametrize(("name", "content", "message"), DAMAGED_ARCHIVES)
def test_weights_are_not_read_from_a_damaged_file(tmp_path, monkeypatch, name, content, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    write_record(tmp_path, name, "train", endtime=1)
    with pytest.raises(InputError) as error:
        read_layers(name, 2)
    assert str(error.value).startswith(f"{name}: ")
    assert message in str(error.value)
    assert str(error.value).endswith(". Make it again: snakemake -c1 -R train")


@pytest.mark.parametrize("name", ["a.keras", "a.npz"])
def test_a_bomb_is_refused_with_little_memory(tmp_path, name):
    member = "model.weights.h5" if name == "a.keras" else "w1.npy"
    (tmp_path / name).write_bytes(archive({member: bytes(2 * 10**8)}, zipfile.ZIP_DEFLATED))
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"it unpacks to 200\.0 MB"):
            read_layers(tmp_path / name, 2)
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()
