"""Checks of the data while a run is planned: a fault is found before minutes of timing, and before results are lost."""

import gzip
import zlib
from pathlib import Path

from retrial.data.idx import parse_idx, read_header
from retrial.errors import InputError, shorten
from retrial.files import read_json

EMBEDDED = "mnist-5k"
PROVENANCE = Path("results/data/provenance.json")
SPLITS = ("train", "test")


def read_provenance() -> dict | None:
    """What preprocess wrote about the data in results/; None before the first run.

    Raises:
        InputError: the file is damaged.
    """
    try:
        provenance = read_json(PROVENANCE)
        _ = provenance["dataset"] + "", provenance["sha256"]["train_images"] + ""
        _ = [provenance[split]["n"] + sum(provenance[split]["n_per_label"]) for split in SPLITS]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, RecursionError, OSError) as error:
        raise InputError(
            f"{PROVENANCE}: damaged ({type(error).__name__}: {shorten(str(error), 80)}), expected what preprocess "
            "writes: remove it, and run again"
        ) from error
    return provenance


def check_data_in_results(config: dict) -> None:
    """Compare the configuration with the data in results/.

    Raises:
        InputError: a checksum of the same data set is another one, or labels have no name.
    """
    dataset, provenance = config["dataset"], read_provenance()
    if provenance is None or provenance["dataset"] not in (dataset["name"], EMBEDDED):
        return
    for key, file in dataset["files"].items():
        if provenance["dataset"] != EMBEDDED and file["sha256"] != (made_from := provenance["sha256"].get(key)):
            raise InputError(
                f"config.yaml: dataset.files.{key}.sha256: found {file['sha256']}, expected {made_from}, of which "
                f"results/ were made: correct it; another data set needs another dataset.name"
            )
    for split in SPLITS:
        counts = provenance[split]["n_per_label"]
        check_labels(max(i for i, n in enumerate(counts) if n), len(dataset["labels"]), f"{PROVENANCE}: {split}")


def check_labels(largest: int, n_labels: int, where: str) -> None:
    """Raise InputError where a label has no name in config.yaml."""
    if largest >= n_labels:
        raise InputError(
            f"{where}: a label is {largest}, expected 0 to {n_labels - 1}; name every label under dataset.labels in "
            "config.yaml"
        )


def check_folder(folder: Path, dataset: dict) -> None:
    """Check the folder that MNIST_DIR names: the four files, packed or unpacked, their counts and their labels.

    Raises:
        InputError: a file is missing or no IDX file, counts differ, or a label has no name.
    """
    if not folder.is_dir():
        raise InputError(
            f"MNIST_DIR: {folder} is not a folder, expected one with the four files of the data set: "
            "correct MNIST_DIR, or unset it"
        )
    files = dataset["files"]
    paths = {key: find_file(folder, file["name"]) for key, file in files.items()}
    for split in SPLITS:
        images, labels = paths[f"{split}_images"], paths[f"{split}_labels"]
        n_images = read_header(read_start(images, 16), ndim=3, path=images)[0]
        n_labels = read_header(read_start(labels, 8), ndim=1, path=labels)[0]
        check_counts(n_images, n_labels, images, labels)
        values = parse_idx(read_start(labels, 8 + n_labels + 1), ndim=1, path=labels)
        check_labels(int(values.max()), len(dataset["labels"]), str(labels))


def find_file(folder: Path, name: str) -> Path:
    """A file of the data set in a folder: unpacked, or else with .gz.

    Raises:
        InputError: there is none.
    """
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise InputError(
        f"{folder / name}: no such file, with or without .gz, expected the four files of the data set in MNIST_DIR: "
        "put it there, or unset MNIST_DIR"
    )


def check_counts(n_images: int, n_labels: int, images: str | Path, labels: str | Path) -> None:
    """Raise InputError unless there are as many labels as images."""
    if n_images != n_labels:
        raise InputError(
            f"{labels}: {n_labels} labels for the {n_images} images in {images}; "
            "expected as many labels as images: get both files from the same source"
        )


def read_start(path: Path, n: int) -> bytes:
    """The first `n` bytes of a file, unpacked if its name ends in .gz, or fewer if it has fewer.

    Raises:
        InputError: it is no .gz file.
    """
    with path.open("rb") as file:
        if path.suffix != ".gz":
            return file.read(n)
        try:
            return gzip.GzipFile(fileobj=file).read(n)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(
                f"{path}: gzip cannot decompress it ({error}), expected a .gz file; get it again"
            ) from error
