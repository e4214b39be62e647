"""Where the data can come from: used by the download, and by the Snakefile that plans it."""

import hashlib
from functools import cache
from pathlib import Path

from retrial.pipeline.errors import InputError
from retrial.pipeline.files import read_json

EMBEDDED = "mnist-5k"
EMBEDDED_WARNING = (
    f"WARNING: neither MNIST_DIR nor a mirror has MNIST: these are results of {EMBEDDED}, 5,000 embedded digits. "
    "Set MNIST_DIR, or try again with a network, and the same command replaces them by results of all of MNIST."
)
SPLIT_SEED = 0  # splits the embedded digits into a training and a test set


def check_folder(folder: Path, files: dict) -> None:
    """Raise InputError unless the folder that MNIST_DIR names has each of the four files, packed or unpacked."""
    if not folder.is_dir():
        raise InputError(
            f"MNIST_DIR: {folder} is not a folder, expected one with the four files of the data set: "
            "correct MNIST_DIR, or unset it"
        )
    for file in files.values():
        path = folder / file["name"]
        if not path.is_file() and not path.with_name(f"{path.name}.gz").is_file():
            raise InputError(
                f"{path}: no such file, with or without .gz, expected the four files of the data set in MNIST_DIR: "
                "put it there, or unset MNIST_DIR"
            )


def is_available(dataset: str) -> bool:
    """Whether results/ has the files of a data set, or arrays made from them."""
    provenance = Path("results/data/provenance.json")
    try:
        return Path("results/data/raw", dataset, "source.json").exists() or (
            provenance.exists() and read_json(provenance)["dataset"] == dataset
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{provenance}: damaged ({error}), expected what preprocess writes: remove it, and run again"
        ) from error


@cache
def mirror_answers(url: str, sha256: str) -> bool:
    """Whether the file at `url` is available and correct: a response alone may be a login page."""
    import requests

    try:
        response = requests.get(url, timeout=4)
    except requests.RequestException:
        return False
    return hashlib.sha256(response.content).hexdigest() == sha256


def choose_dataset(config: dict, ask_mirrors: bool = True) -> str:
    """The data set to use: the configured one, or `EMBEDDED` where that is not available.

    What is in results/ takes precedence, so that results of the whole data set stay when MNIST_DIR is unset or the
    network is down; results of the embedded digits are replaced as soon as the whole data set is available.
    """
    dataset = config["dataset"]
    if config["fallback"] == "none" or dataset["name"] != "mnist":
        return dataset["name"]
    if is_available(dataset["name"]) or config["MNIST_DIR"]:
        return dataset["name"]
    smallest = dataset["files"]["test_labels"]
    if ask_mirrors and any(
        mirror_answers(f"{mirror}{smallest['name']}.gz", smallest["gz_sha256"]) for mirror in dataset["mirrors"]
    ):
        return dataset["name"]
    return EMBEDDED
