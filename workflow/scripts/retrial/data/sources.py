"""Where the data can come from: used by the download, and by the Snakefile that plans it."""

import hashlib
import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from retrial.data.checks import EMBEDDED, read_provenance
from retrial.data.fetch import FetchError, fetch, unpack
from retrial.errors import InputError
from retrial.files import read_json, write_json

EMBEDDED_WARNING = (
    f"WARNING: neither MNIST_DIR nor a mirror has MNIST: these are results of {EMBEDDED}, 5,000 embedded digits. "
    "Set MNIST_DIR, or try again with a network, and the same command replaces them by results of all of MNIST."
)
ANSWER = Path(".retrial/mirrors.json")
ASK_S, ASKED_BYTES, REMEMBER_S = 3, 1_000_000, 300
SPLIT_SEED = 0  # splits the embedded digits into a training and a test set


def is_available(dataset: str) -> bool:
    """Whether results/ has the files of a data set, or arrays made from them."""
    if Path("results/data/raw", dataset, "source.json").exists():
        return True
    provenance = read_provenance()
    return provenance is not None and provenance["dataset"] == dataset


def mirror_has(url: str, sha256: str) -> bool:
    """Whether the file at `url` is available and correct: a response alone may be a login page."""
    try:
        content = unpack(fetch(url, ASKED_BYTES, deadline_s=ASK_S), ASKED_BYTES, url)
    except (FetchError, InputError):
        return False
    return hashlib.sha256(content).hexdigest() == sha256


def ask_mirrors(mirrors: list[str], file: dict) -> bool:
    """Whether one of the mirrors has the file of config.yaml's `dataset.files`: within `ASK_S`, and remembered.

    All are asked at the same time. The answer is remembered for `REMEMBER_S` in the working folder.
    """
    question = hashlib.sha256(json.dumps([mirrors, file["name"], file["sha256"]]).encode()).hexdigest()
    try:
        answer = read_json(ANSWER)
        if answer["question"] == question and 0 <= time.time() - answer["time"] < REMEMBER_S:
            return answer["available"] is True
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no answer, or a damaged one: ask again
    print(f"asking {len(mirrors)} mirrors for {file['name']}, at most {ASK_S} seconds", file=sys.stderr, flush=True)
    answers = SimpleQueue()
    for mirror in mirrors:
        url = f"{mirror}{file['name']}.gz"
        threading.Thread(target=lambda url=url: answers.put(mirror_has(url, file["sha256"])), daemon=True).start()
    available = any(answers.get() for _ in mirrors)
    with suppress(OSError):  # a folder that cannot be written: the next plan asks again
        ANSWER.parent.mkdir(exist_ok=True)
        write_json(ANSWER, {"question": question, "available": available, "time": time.time()})
    return available


def choose_dataset(config: dict, ask: bool = True) -> str:
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
    return dataset["name"] if ask and dataset["mirrors"] and ask_mirrors(dataset["mirrors"], smallest) else EMBEDDED
