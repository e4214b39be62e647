"""Where the data can come from, asked by the download and, before it, by the Snakefile that plans it."""

import hashlib
from functools import cache
from pathlib import Path

from retrial.pipeline.errors import InputError
from retrial.pipeline.files import read_json

EMBEDDED = "mnist-5k"
SPLIT_SEED = 0  # of the embedded digits, into those to train on and those to test


def check_folder(folder: Path, files: dict) -> None:
    """Raise InputError unless the folder that MNIST_DIR names has each of the four files, packed or unpacked."""
    if not folder.is_dir():
        raise InputError(
            f"MNIST_DIR: {folder} is no folder; expected one with the four files of the data set: "
            "correct MNIST_DIR, or unset it"
        )
    for file in files.values():
        path = folder / file["name"]
        if not path.is_file() and not path.with_name(f"{path.name}.gz").is_file():
            raise InputError(
                f"{path}: no such file, nor with .gz; expected the four files of the data set in the folder that "
                "MNIST_DIR names: put it there, or unset MNIST_DIR"
            )


def is_available(dataset: str) -> bool:
    """Whether results/ has the files of a data set, or arrays made of them."""
    provenance = Path("results/data/provenance.json")
    try:
        return Path("results/data/raw", dataset, "source.json").exists() or (
            provenance.exists() and read_json(provenance)["dataset"] == dataset
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{provenance}: found something else ({error}), expected what preprocess writes: remove it, and run again"
        ) from error


@cache
def mirror_answers(url: str, sha256: str) -> bool:
    """Whether the file at `url` can be had now and is the right one: an answer alone may be that of a login page."""
    import requests

    try:
        answer = requests.get(url, timeout=4)
    except requests.RequestException:
        return False
    return hashlib.sha256(answer.content).hexdigest() == sha256


def choose_dataset(config: dict, ask_mirrors: bool = True) -> str:
    """The data set that the results are made from: the configured one, or `EMBEDDED` where that is out of reach.

    What lies in results/ counts first, so that results from the whole data set stay when MNIST_DIR is unset or the
    network gone; results from the embedded digits make way as soon as the whole data set can be had.
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
