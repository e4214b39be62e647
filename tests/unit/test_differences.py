"""The first difference of two files is told in the terms of what they hold."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from retrial.commands.differences import first_difference


def keras_file(path, weights, config):
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file["layers/dense/vars/0"] = weights
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(path.with_suffix(".h5"), "model.weights.h5")


def test_one_ulp_of_a_weight(tmp_path):
    weights = np.array([[0.25, 1.5], [3.0, 0.1]], np.float32)
    keras_file(tmp_path / "a.keras", weights, {"units": 2})
    weights[1, 0] = np.nextafter(weights[1, 0], np.float32(np.inf))
    keras_file(tmp_path / "b.keras", weights, {"units": 2})
    found = first_difference(tmp_path / "a.keras", tmp_path / "b.keras")
    assert found == "model.weights.h5 layers/dense/vars/0[1, 0] is 3.0 against 3.0000002"


def test_a_setting_of_a_model(tmp_path):
    keras_file(tmp_path / "a.keras", np.zeros(2), {"layers": [{"units": 2}]})
    keras_file(tmp_path / "b.keras", np.zeros(2), {"layers": [{"units": 3}]})
    found = first_difference(tmp_path / "a.keras", tmp_path / "b.keras")
    assert found == "config.json layers.0.units is 2 against 3"


@pytest.mark.parametrize(
    ("a", "b", "found"),
    [
        (np.array([0.0, 1.0]), np.array([-0.0, 1.0]), "[0] is 0.0 against -0.0"),
        (np.array([np.nan, 1.0]), np.array([np.nan, 2.0]), "[1] is 1.0 against 2.0"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "float64 [2, 3] against float64 [3, 2]"),
        (np.zeros(2), np.zeros(2, np.float32), "float64 [2] against float32 [2]"),
    ],
)
def test_an_array(tmp_path, a, b, found):
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    assert first_difference(tmp_path / "a.npy", tmp_path / "b.npy") == found


@pytest.mark.parametrize(
    ("name", "a", "b", "found"),
    [
        ("t.csv", "seed,loss\n0,1.5\n1,2.5\n", "seed,loss\n0,1.5\n1,2.75\n", "loss[1] is 2.5 against 2.75"),
        ("t.csv", "seed,loss\n0,\n", "seed,loss\n0,1\n", "loss[0] is  against 1"),
        ("t.csv", "seed\n0\n", "seed,loss\n0,1\n", "loss is in one of them only"),
        ("t.json", '{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "a.b.1 is 2 against 3"),
        ("t.json", '{"a": 1}', '{"a":1}', "the values are the same, byte[5] is 32 against 49"),
        ("t.json", '{"a": NaN, "b": 1}', '{"a": NaN, "b": 2}', "b is 1 against 2"),
        ("t.json", '{"a": true}', '{"a": 1}', "a is true against 1"),
        ("t.json", '{"a": {}}', '{"a": []}', "a is {} against []"),
        ("t.json", '{"a": 1, "b": 2}', '{"b": 2}', "a stands where the other has b"),
        ("t.csv", "seed,loss\n0,1\n", "seed,loss\n0,1\n1,2\n", "seed[1] is in one of them only, which has 2"),
        ("t.csv", "seed,loss\n0,1\n", "seed,loss\n0,2\n1,2\n", "seed[1] is in one of them only, which has 2"),
        ("t.csv", "seed\n0,7\n", "seed\n0,8\n", "[0] is 7 against 8"),
        ("t.csv", "seed\n0\n", "seed\r\n0\r\n", "the values are the same, byte[4] is 10 against 13"),
        ("t.csv", "", "seed\n0\n", "seed is in one of them only"),
        ("t.png", "abc", "abd", "byte[2] is 99 against 100"),
        ("t.svg", "abc", "abcd", "byte[3] is in one of them only, which has 4"),
        ("t.svg", "abc", "xbcd", "byte[0] is 97 against 120"),
    ],
)
def test_text_and_bytes(tmp_path, name, a, b, found):
    paths = [tmp_path / folder / name for folder in "ab"]
    for path, text in zip(paths, (a, b), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    assert first_difference(*paths) == found


@pytest.mark.parametrize("suffix", ["npy", "keras", "h5", "json", "csv"])
def test_a_damaged_file_is_compared_byte_for_byte(tmp_path, suffix):
    good, damaged = tmp_path / f"good.{suffix}", tmp_path / f"damaged.{suffix}"
    if suffix == "npy":
        np.save(good, np.arange(100.0))
    elif suffix in ("keras", "h5"):
        keras_file(good.with_suffix(".keras"), np.zeros(2), {"units": 2})
    else:
        good.write_text({"json": '{"a": 1}', "csv": "loss\n1\n"}[suffix])
    content = good.read_bytes()
    damaged.write_bytes(b"\xff" if suffix == "csv" else content[:-5])
    found = first_difference(good, damaged)
    assert found.startswith(f"the second cannot be read as .{suffix} ("), found
    where = "byte[0] is 108 against 255" if suffix == "csv" else f"byte[{len(content) - 5}] is in one of them only"
    assert where in found
    assert first_difference(damaged, good).startswith(f"the first cannot be read as .{suffix} (")
