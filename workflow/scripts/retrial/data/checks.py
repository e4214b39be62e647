"""Checks of the data while a run is planned: a fault is found before minutes of timing, and before results are lost."""

from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from retrial.data.fetch import check_sha256, read_packed
from retrial.data.idx import file_size, read_header
from retrial.errors import InputError
from retrial.files import read_json

EMBEDDED = "mnist-5k"
PROVENANCE = Path("results/data/provenance.json")
SPLITS = ("train", "test")
# What the notebook says of MNIST is judged on these files alone: sha256 of the unpacked ones.
MNIST = {
    "train_images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train_labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "test_images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "test_labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def check_name(dataset: dict) -> None:
    """Raise InputError where another data set is called mnist: the notebook would be judged on it."""
    if dataset["name"] == "mnist":
        for key, sha256 in MNIST.items():
            if (found := dataset["files"][key]["sha256"]) != sha256:
                raise InputError(
                    f"config.yaml: dataset.files.{key}.sha256: found {found}, expected {sha256} for dataset.name mnist "
                    "(the checksum of the unpacked file): correct it; for another data set, set dataset.name, as "
                    "config.fashion.yaml does"
                )


def read_provenance() -> dict | None:
    """What preprocess wrote about the data in results/; None before the first run.

    Raises:
        InputError: the file is damaged.
    """
    try:
        return read_json(PROVENANCE)
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InputError(f"{PROVENANCE}: damaged ({error}): remove it, and run again") from error


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


def check_pair(n_images: int, labels: Sequence[int], n_labels: int, images_path: str, labels_path: str) -> None:
    """Raise InputError where counts differ, or a label has no name in config.yaml."""
    if n_images != len(labels):
        raise InputError(
            f"{labels_path}: {len(labels)} labels for the {n_images} images in {images_path}; "
            "expected as many labels as images: get both files from the same source"
        )
    check_labels(int(max(labels)), n_labels, labels_path)


def check_labels(largest: int, n_labels: int, where: str) -> None:
    """Raise InputError where a label has no name in config.yaml."""
    if largest >= n_labels:
        raise InputError(
            f"{where}: a label is {largest}, expected 0 to {n_labels - 1}; name every label from 0 on in dataset.labels"
        )


def read_folder(folder: Path, dataset: dict) -> dict[str, bytes]:
    """The four files, packed or unpacked, in the folder that MNIST_DIR names: their unpacked contents, verified.

    Raises:
        InputError: a file is missing, no IDX file, larger than `max_file_mb`, or another one; counts differ; a label
            has no name.
    """
    if not folder.is_dir():
        raise InputError(
            f"MNIST_DIR: {folder} is not a folder, expected one with the four files of the data set: "
            "correct MNIST_DIR, or unset it"
        )
    paths = {key: find_file(folder, file["name"]) for key, file in dataset["files"].items()}
    limit, n, contents = 1_000_000 * dataset["max_file_mb"], {}, {}
    for key, path in paths.items():
        n[key], *_ = shape = read_header(read_start(path, 16), 3 if "images" in key else 1, path)
        if (larger := max(path.stat().st_size, file_size(shape))) > limit:
            raise InputError(
                f"{path}: {larger} bytes when unpacked, expected at most the {limit} of dataset.max_file_mb in "
                "config.yaml: get it again, or set a larger number there"
            )
        contents[key] = read_start(path, limit)
    for split in SPLITS:
        images, labels = f"{split}_images", f"{split}_labels"
        values = contents[labels][8 : 8 + n[labels]]
        check_pair(n[images], values, len(dataset["labels"]), str(paths[images]), str(paths[labels]))
    for key, path in paths.items():
        check_sha256(contents[key], dataset["files"][key]["sha256"], str(path), f"dataset.files.{key}.sha256")
    return contents


def find_file(folder: Path, name: str) -> Path:
    """A file of the data set in a folder: as it is named, or else with .gz.

    Raises:
        InputError: there is none.
    """
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    files = {path.name.removesuffix(".gz"): path for path in islice(folder.rglob("*"), 2000) if path.is_file()}
    near = [f"; did you mean {files[match]}?" for match in get_close_matches(name, files, n=1, cutoff=0.9)]
    raise InputError(
        f"{folder / name}: no such file, with or without .gz{''.join(near)} Expected the four files of the data set in "
        "MNIST_DIR: put it there under this name, or unset MNIST_DIR"
    )


def read_start(path: Path, n: int) -> bytes:
    """The first `n` bytes of a file, unpacked if it is packed, or fewer if it has fewer.

    Raises:
        InputError: it is no .gz file.
    """
    with path.open("rb") as file:
        start = file.peek(2)[:2]  # some programs unpack a file and keep its name, or the reverse
        is_packed = start == b"\x1f\x8b" or (path.suffix == ".gz" and start != b"\0\0")
        return read_packed(file, n, path) if is_packed else file.read(n)
