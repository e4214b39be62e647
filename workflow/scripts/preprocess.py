"""Turn the four IDX files into arrays for a dense network: a row of floats in [0, 1] for each image."""

import numpy as np

from retrial.data.checks import check_pair
from retrial.data.idx import read_idx
from retrial.errors import InputError
from retrial.files import read_json, sha256, write_array, write_json
from retrial.job import start_log
from retrial.params import settings_of


def read_pair(images_path: str, labels_path: str, n_labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Read images, uint8 of shape (n, height, width), and their labels, uint8 of shape (n,).

    Raises:
        InputError: a file is not a valid IDX file, the counts differ, or a label is not below `n_labels`.
    """
    images, labels = read_idx(images_path, ndim=3), read_idx(labels_path, ndim=1)
    check_pair(len(images), labels, n_labels, images_path, labels_path)
    return images, labels


def scale(images: np.ndarray) -> np.ndarray:
    """Flatten images, uint8 of shape (n, height, width), to float32 of shape (n, height * width) in [0, 1]."""
    x = images.reshape(len(images), -1).astype(np.float32)
    return np.divide(x, np.float32(255), out=x)


def describe(images: np.ndarray, labels: np.ndarray, n_labels: int) -> dict:
    """The type, the size and the number of the images, and their number for each label."""
    return {
        "n": len(images),
        "dtype": str(images.dtype),
        "image_shape": images.shape[1:],
        "n_per_label": np.bincount(labels, minlength=n_labels).tolist(),
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, n_labels = snakemake.input, snakemake.output, settings_of(snakemake.params)["n_labels"]
    train = read_pair(input.train_images, input.train_labels, n_labels)
    test = read_pair(input.test_images, input.test_labels, n_labels)
    if train[0].shape[1:] != test[0].shape[1:]:
        raise InputError(
            f"{input.test_images}: images of {test[0].shape[1:]} pixels, expected {train[0].shape[1:]} "
            f"as in {input.train_images}: get both files from the same source"
        )
    arrays = {"x_train": scale(train[0]), "y_train": train[1], "x_test": scale(test[0]), "y_test": test[1]}
    for name, array in arrays.items():
        write_array(output[name], array)
        print(f"{name}: {array.dtype} {array.shape}, {array.min()} to {array.max()}")
    idx_files = {name: input[name] for name in ("train_images", "train_labels", "test_images", "test_labels")}
    write_json(
        output.provenance,
        read_json(input.source)
        | {
            "sha256": {name: sha256(path) for name, path in idx_files.items()},
            "train": describe(*train, n_labels),
            "test": describe(*test, n_labels),
        },
    )
