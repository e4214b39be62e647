"""preprocess: four IDX files become four arrays and a provenance."""

import hashlib

import numpy as np
import pytest
from conftest import error_line

from retrial.data.idx import to_idx
from retrial.files import read_json

RAW = "results/data/raw/mnist-5k"
INPUTS = [
    f"{RAW}/{name}"
    for name in ("train_images.idx", "train_labels.idx", "test_images.idx", "test_labels.idx", "source.json")
]
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
TARGETS = [f"results/data/{name}.npy" for name in ARRAYS]


def test_arrays_have_the_values_of_the_files_and_provenance_describes_them(run_rule):
    folder = run_rule("preprocess", INPUTS, TARGETS)
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


def flip_magic(content: bytes) -> bytes:
    return b"\x00\x00\x09" + content[3:]


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("test_images", flip_magic, "magic number is 0x00000903, expected 0x00000803"),
        ("train_images", lambda content: content[:-5], "3136011 bytes, expected 3136016"),
        ("test_labels", lambda content: to_idx(np.zeros(999, np.uint8)), "999 labels for the 1000 images"),
        ("train_labels", lambda content: content[:-1] + b"\x0a", "a label is 10, expected 0 to 9"),
    ],
)
def test_a_wrong_file_is_one_error_line_and_leaves_no_arrays(run_rule, tmp_path, name, damage, message):
    def before(folder):
        path = folder / RAW / f"{name}.idx"
        path.write_bytes(damage(path.read_bytes()))

    line = error_line(run_rule("preprocess", INPUTS, TARGETS, before, fails=True))
    assert f"{RAW}/{name}.idx: " in line
    assert message in line
    assert not list((tmp_path / "results/data").glob("*.npy"))
