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
    assert difference == "layers/dense/vars/0[1, 0]: 3.0 != 3.0000002"


def test_a_setting_of_a_model_is_named(tmp_path):
    keras_file(tmp_path / "a.keras", np.zeros(2), {"layers": [{"units": 2}]})
    keras_file(tmp_path / "b.keras", np.zeros(2), {"layers": [{"units": 3}]})
    difference = first_difference(tmp_path / "a.keras", tmp_path / "b.keras")
    assert difference == 'config.json[0]: {"layers": [{"units": 2}]} != {"layers": [{"units": 3}]}'


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
        ("t.csv", "seed,loss\n0,1.5\n1,2.5\n", "seed,loss\n0,1.5\n1,2.75\n", "line[2]: 1,2.5 != 1,2.75"),
        ("t.csv", "seed\n0\n", "seed,loss\n0,1\n", "line[0]: seed != seed,loss"),
        ("t.csv", "seed,loss\n0,1\n", "seed,loss\n0,1\n1,2\n", "line: 2 != 3 values, the first 2 are equal"),
        ("t.csv", "seed\n0\n", "seed\r\n0\r\n", "the values are equal, the bytes are not"),
        ("t.json", '{"a": 1,\n"b": 2}', '{"a": 1,\n"b": 3}', 'line[1]: "b": 2} != "b": 3}'),
        ("t.png", "abc", "abd", "byte[2]: 99 != 100"),
        ("t.png", "abc", "abcd", "byte: 3 != 4 values, the first 3 are equal"),
    ],
)
def test_the_first_value_or_byte_of_a_text_file_that_differs_is_named(tmp_path, name, a, b, expected):
    paths = [tmp_path / folder / name for folder in "ab"]
    for path, text in zip(paths, (a, b), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    assert first_difference(*paths) == expected


@pytest.mark.parametrize("suffix", ["npy", "keras", "csv"])
def test_a_damaged_file_is_named(tmp_path, suffix):
    good, damaged = tmp_path / f"good.{suffix}", tmp_path / f"damaged.{suffix}"
    if suffix == "keras":
        keras_file(good, np.zeros(2), {"units": 2})
    else:
        np.save(good.with_suffix(".npy"), np.arange(100.0))
    damaged.write_bytes(b"\xff" if suffix == "csv" else good.read_bytes()[:-5])
    good.touch()
    assert first_difference(good, damaged).startswith(f"the second file cannot be read as .{suffix} (")
    assert first_difference(damaged, good).startswith(f"the first file cannot be read as .{suffix} (")
