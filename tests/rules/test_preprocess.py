"""preprocess: four IDX files become four arrays and a provenance."""

import hashlib

import numpy as np
from conftest import error_line, made_file

from retrial.files import read_json

RAW = "results/data/raw/mnist-5k"
FILES = ("train_images.idx", "train_labels.idx", "test_images.idx", "test_labels.idx", "source.json")
INPUTS = [f"{RAW}/{name}" for name in FILES]
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
TARGETS = [f"results/data/{name}.npy" for name in ARRAYS]


def test_arrays_have_the_values_of_the_files_and_provenance_describes_them(tiny_run):
    folder = made_file(tiny_run, TARGETS[0]).parents[2]
    x_train, y_train, x_test, y_test = (np.load(folder / target, allow_pickle=False) for target in TARGETS)
    assert (x_train.dtype, x_train.shape, x_test.shape) == (np.float32, (4000, 784), (1000, 784))
    assert (y_train.shape, y_test.shape) == ((4000,), (1000,))
    assert (x_train.min(), x_train.max()) == (0, 1)
    raw = np.frombuffer((folder / RAW / "train_images.idx").read_bytes()[16:], np.uint8).reshape(4000, 784)
    np.testing.assert_array_equal(np.rint(x_train * 255), raw)

    provenance = read_json(folder / "results/data/provenance.json")
    assert provenance["dataset"] == "mnist-5k"
    assert provenance["test"] == {"n": 1000, "dtype": "uint8", "image_shape": [28, 28], "n_per_label": [100] * 10}
    content = (folder / RAW / "test_labels.idx").read_bytes()
    assert provenance["sha256"]["test_labels"] == hashlib.sha256(content).hexdigest()


def test_a_wrong_file_is_one_error_line_and_leaves_no_arrays(run_rule, tmp_path):
    def before(folder):
        path = folder / RAW / "train_labels.idx"
        path.write_bytes(path.read_bytes()[:-1] + b"\x0a")

    line = error_line(run_rule("preprocess", INPUTS, TARGETS, before, fails=True))
    assert line.startswith(f"error: {RAW}/train_labels.idx: a label is 10, expected 0 to 9; name every label from 0 on")
    assert not list((tmp_path / "results/data").glob("*.npy"))
