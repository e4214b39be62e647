"""The first difference of two files is told in the terms of what they hold."""

import json
import zipfile

import h5py
import numpy as np
import pytest

from retrial.differences import first_difference


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
        ("t.json", '{"a": 1}', '{"a":1}', "the values are the same, but not the bytes around them"),
        ("t.png", "abc", "abd", "byte[2] is 99 against 100"),
    ],
)
def test_text_and_bytes(tmp_path, name, a, b, found):
    paths = [tmp_path / folder / name for folder in "ab"]
    for path, text in zip(paths, (a, b), strict=True):
        path.parent.mkdir()
        path.write_text(text)
    assert first_difference(*paths) == found
