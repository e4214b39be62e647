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
from retrial.data.fetch import FetchError, check_sha256, fetch, unpack, without_password
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


def problem_of_mirror(url: str, sha256: str) -> str:
    """Why the file at `url` is not available, or not correct, as a login page is; nothing if it is."""
    shown = without_password(url)
    try:
        check_sha256(unpack(fetch(url, ASKED_BYTES, deadline_s=ASK_S), ASKED_BYTES, shown), sha256, shown, "its sha256")
    except (FetchError, InputError) as error:
        return f"{shown}: {str(error).removeprefix(f'{shown}: ').replace(url, shown)[:200]}"
    return ""


def ask_mirrors(mirrors: list[str], file: dict) -> bool:
    """Whether one of the mirrors has the file of config.yaml's `dataset.files`: within `ASK_S`, and remembered.

    All are asked at the same time. The answer is remembered for `REMEMBER_S` in the working folder. If none has it,
    standard error says why.
    """
    question = hashlib.sha256(json.dumps([mirrors, file["name"], file["sha256"]]).encode()).hexdigest()
    try:
        answer = read_json(ANSWER)
        if answer["question"] == question and 0 <= time.time() - answer["time"] < REMEMBER_S:
            return _tell(answer["problems"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no answer, or a damaged one: ask again
    print(f"asking {len(mirrors)} mirrors for {file['name']}, at most {ASK_S} seconds", file=sys.stderr, flush=True)
    answers = SimpleQueue()
    for mirror in mirrors:
        url = f"{mirror}{file['name']}.gz"
        threading.Thread(
            target=lambda url=url: answers.put(problem_of_mirror(url, file["sha256"])), daemon=True
        ).start()
    problems = []  # until one has it
    for _ in mirrors:
        if not (problem := answers.get()):
            problems = []
            break
        problems.append(problem)
    with suppress(OSError):  # a folder that cannot be written: the next plan asks again
        ANSWER.parent.mkdir(exist_ok=True)
        write_json(ANSWER, {"question": question, "problems": problems, "time": time.time()})
    return _tell(problems)


def _tell(problems: list[str]) -> bool:
    """Print why no mirror has the file; return whether one has it."""
    for problem in sorted(problems):
        print(f"mirror {problem}", file=sys.stderr)
    return not problems


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
