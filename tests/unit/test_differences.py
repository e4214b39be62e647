"""The first difference between two files names the value that differs."""

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


def test_a_weight_that_differs_by_one_ulp_is_named(tmp_path):
    weights = np.array([[0.25, 1.5], [3.0, 0.1]], np.float32)
    keras_file(tmp_path / "a.keras", weights, {"units": 2})
    weights[1, 0] = np.nextafter(weights[1, 0], np.float32(np.inf))
    keras_file(tmp_path / "b.keras", weights, {"units": 2})
    difference = first_difference(tmp_path / "a.keras", tmp_path / "b.keras")
    assert difference == "model.weights.h5 layers/dense/vars/0[1, 0]: 3.0 != 3.0000002"


def test_a_setting_of_a_model_is_named(tmp_path):
    keras_file(tmp_path / "a.keras", np.zeros(2), {"layers": [{"units": 2}]})
    keras_file(tmp_path / "b.keras", np.zeros(2), {"layers": [{"units": 3}]})
    difference = first_difference(tmp_path / "a.keras", tmp_path / "b.keras")
    assert difference == "config.json layers.0.units: 2 != 3"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (np.array([0.0, 1.0]), np.array([-0.0, 1.0]), "[0]: 0.0 != -0.0"),
        (np.array([np.nan, 1.0]), np.array([np.nan, 2.0]), "[1]: 1.0 != 2.0"),
        (np.zeros((2, 3)), np.zeros((3, 2)), "float64 [2, 3] != float64 [3, 2]"),
        (np.zeros(2), np.zeros(2, np.float32), "float64 [2] != float32 [2]"),
    ],
)
def test_the_first_value_of_an_array_that_differs_is_named(tmp_path, a, b, expected):
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    assert first_difference(tmp_path / "a.npy", tmp_path / "b.npy") == expected


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        ("t.csv", "seed,loss\n0,1.5\n1,2.5\n", "seed,loss\n0,1.5\n1,2.75\n", "loss[1]: 2.5 != 2.75"),
        ("t.csv", "seed,loss\n0,\n", "seed,loss\n0,1\n", "loss[0]:  != 1"),
        ("t.csv", "seed\n0\n", "seed,loss\n0,1\n", "loss: only in one file"),
        ("t.json", '{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', "a.b.1: 2 != 3"),
        ("t.json", '{"a": 1}', '{"a":1}', "the values are equal, byte[5]: 32 != 49"),
        ("t.json", '{"a": NaN, "b": 1}', '{"a": NaN, "b": 2}', "b: 1 != 2"),
        ("t.json", '{"a": true}', '{"a": 1}', "a: true != 1"),
        ("t.json", '{"a": {}}', '{"a": []}', "a: {} != []"),
        ("t.json", '{"a": 1, "b": 2}', '{"b": 2}', "a != b: names differ"),
        ("t.csv", "seed,loss\n0,1\n", "seed,loss\n0,1\n1,2\n", "seed: 1 != 2 values, the first 1 are equal"),
        ("t.csv", "seed,loss\n0,1\n", "seed,loss\n0,2\n1,2\n", "seed: 1 != 2 values, the first 1 are equal"),
        ("t.csv", "seed\n0,7\n", "seed\n0,8\n", "[0]: 7 != 8"),
        ("t.csv", "seed\n0\n", "seed\r\n0\r\n", "the values are equal, byte[4]: 10 != 13"),
        ("t.csv", "", "seed\n0\n", "seed: only in one file"),
        ("t.png", "abc", "abd", "byte[2]: 99 != 100"),
        ("t.svg", "abc", "abcd", "byte: 3 != 4 values, the first 3 are equal"),
        ("t.svg", "abc", "xbcd", "byte[0]: 97 != 120"),
    ],
)
def test_the_first_value_or_byte_of_a_text_file_that_differs_is_named(tmp_path, name, a, b, expected):
    paths = [tmp_path / folder / name for folder in "ab"]
    for path, text in zip(paths, (a, b), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    assert first_difference(*paths) == expected


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
    difference = first_difference(good, damaged)
    assert difference.startswith(f"the second file cannot be read as .{suffix} ("), difference
    byte = "byte[0]: 108 != 255" if suffix == "csv" else f"byte: {len(content)} != {len(content) - 5} values"
    assert byte in difference
    assert first_difference(damaged, good).startswith(f"the first file cannot be read as .{suffix} (")
