"""Where the data can come from: used by the download, and by the Snakefile that plans it."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from retrial.data.checks import EMBEDDED, read_provenance
from retrial.data.fetch import check_sha256, fetch, unpack, without_password
from retrial.errors import InputError

EMBEDDED_WARNING = (
    f"WARNING: neither MNIST_DIR nor a mirror has MNIST: these are results of {EMBEDDED}, 5,000 embedded digits. "
    "Set MNIST_DIR, or try again with a network, and the same command replaces them by results of all of MNIST."
)
ASK_S, ASKED_BYTES = 3, 1_000_000
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
        check_sha256(unpack(fetch(url, ASKED_BYTES), ASKED_BYTES, shown), sha256, shown, "its sha256")
    except InputError as error:
        return str(error).removeprefix(f"{shown}: ").replace(url, shown)[:200]
    return ""


def ask_mirrors(mirrors: list[str], file: dict) -> bool:
    """Whether one of the mirrors has the file of config.yaml's `dataset.files`; else standard error says why not.

    All are asked at the same time, for `ASK_S` seconds, each by a thread: neither DNS nor a server that sends a byte
    now and then ends by a timeout. A thread that is late ends with the process.
    """
    print(f"asking {len(mirrors)} mirrors for {file['name']}, at most {ASK_S} seconds", file=sys.stderr, flush=True)
    urls, answers, end = [f"{mirror}{file['name']}.gz" for mirror in mirrors], SimpleQueue(), time.monotonic() + ASK_S

    def ask(url: str) -> None:
        answers.put((url, problem_of_mirror(url, file["sha256"])))

    for url in urls:
        Thread(target=ask, args=[url], daemon=True).start()
    problems = dict.fromkeys(urls, "no answer in time")
    with suppress(Empty):
        for _ in urls:
            url, problems[url] = answers.get(timeout=max(0, end - time.monotonic()))
            if not problems[url]:
                return True
    for url, problem in sorted(problems.items()):
        print(f"mirror {without_password(url)}: {problem}", file=sys.stderr)
    return False


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
