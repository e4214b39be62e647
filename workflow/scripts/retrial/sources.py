"""Where the data can come from, asked by the download and, before it, by the Snakefile that plans it."""

import hashlib
from functools import cache
from pathlib import Path

from retrial.files import read_json

EMBEDDED = "mnist-5k"


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
    if Path("results/data/raw", dataset["name"], "source.json").exists() or config["MNIST_DIR"]:
        return dataset["name"]
    provenance = Path("results/data/provenance.json")
    if provenance.exists() and read_json(provenance)["dataset"] == dataset["name"]:
        return dataset["name"]
    smallest = dataset["files"]["test_labels"]
    if ask_mirrors and any(
        mirror_answers(f"{mirror}{smallest['name']}.gz", smallest["gz_sha256"]) for mirror in dataset["mirrors"]
    ):
        return dataset["name"]
    return EMBEDDED
