"""Damaged files: the IDX files of a data set, the files in results/, the manifest, and Snakemake's records."""

import contextlib
import gzip
import io
import json
import os
import random
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from preprocess import read_pair

from chaos.fault import Fault, check_line, try_fault
from retrial.commands import explain
from retrial.commands.manifests import read_manifest
from retrial.damage import find_damage
from retrial.data.checks import check_folder, read_provenance
from retrial.data.idx import to_idx
from retrial.snakemake import RECORDS, check_unchanged, read_records

LABELS = to_idx((np.arange(50) % 10).astype(np.uint8))
IMAGES = to_idx(np.arange(50 * 6 * 5, dtype=np.uint16).astype(np.uint8).reshape(50, 6, 5))
JSON = ["", "{", "[]", "null", "5", "{}", "[" * 100_000, "\x00", '{"dataset": 5}', '{"rule": []}', "NaN", '"text"']


def npy(array: np.ndarray) -> bytes:
    """The content of a .npy file, pickled objects allowed."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def archive(name: str, content: bytes) -> bytes:
    """The content of a compressed archive with one member."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return buffer.getvalue()


DAMAGES = {
    "empty": lambda content: b"",
    "cut in the middle": lambda content: content[: len(content) // 2],
    "a byte is missing": lambda content: content[:-1],
    "a flipped byte": lambda content: content[:-3] + bytes([content[-3] ^ 1]) + content[-2:],
    "random bytes": lambda content: random.Random(0).randbytes(500),
    "pickled code": lambda content: npy(np.array([os.system], dtype=object)),
    "NaN": lambda content: npy(np.full((10, 10), np.nan, np.float32)),
    "an empty mapping": lambda content: b"{}",
    "an array without end": lambda content: npy(np.zeros(3)).replace(b"(3,), ", b"(9000000000000,), "),
    "a network with code": lambda content: archive(
        "config.json", b'{"config": {"layers": [{"class_name": "Lambda"}]}}'
    ),
    "a bomb": lambda content: archive("model.weights.h5", bytes(10**7)),
    "a path outside": lambda content: archive("../../outside", b""),
}


def idx_faults(folder: Path) -> Iterator[Fault]:
    """Every bit of the headers, lengths, and packed files."""
    rng = random.Random(0)
    cases = [(f"bit {bit} of labels", IMAGES, flip(LABELS, bit)) for bit in range(64)]
    cases += [(f"bit {bit} of images", flip(IMAGES, bit), LABELS) for bit in range(128)]
    cases += [(f"labels cut to {n}", IMAGES, LABELS[:n]) for n in (0, 1, 4, 7, 8, 57)]
    cases += [("labels with a byte more", IMAGES, LABELS + b"\0"), ("a label of 10", IMAGES, LABELS[:-1] + b"\x0a")]
    for name, images, labels in cases:
        (folder / "images.idx").write_bytes(images)
        (folder / "labels.idx").write_bytes(labels)
        pair = str(folder / "images.idx"), str(folder / "labels.idx")
        yield try_fault("IDX file", name, 2, lambda pair=pair: None if len(read_pair(*pair, 10)) == 2 else "no arrays")
    packed = gzip.compress(LABELS)
    for name in ("train_images", "test_images", "train_labels", "test_labels"):
        (folder / f"{name}.gz").write_bytes(gzip.compress(IMAGES if "images" in name else LABELS))
    dataset = {"files": {n: {"name": n} for n in ("train_images", "train_labels", "test_images", "test_labels")}}
    dataset["labels"] = list("0123456789")
    for number in range(40):
        content = bytearray(packed)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (folder / "test_labels.gz").write_bytes(content[: rng.choice([len(content), len(content), 20, 5])])
        yield try_fault("packed IDX file", str(number), 2, lambda: check_folder(folder, dataset))


def flip(content: bytes, bit: int) -> bytes:
    """The content with one bit changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def result_faults(run: Path, step: int) -> Iterator[Fault]:
    """Every `step`-th kind of damage in each result of a finished run that another job read."""
    records = read_records(run)
    read = {path for record in records.values() for path in record["input_checksums"]}
    paths = sorted(path for path in records if path in read and path.startswith("results/"))
    for number, path in enumerate(paths):
        content = (run / path).read_bytes()
        for name, damage in list(DAMAGES.items())[number % step :: step]:
            (run / path).write_bytes(damage(content))
            yield try_fault("damaged result", f"{path}: {name}", 5, lambda path=path: found(run, path))
        (run / path).write_bytes(content)
        os.utime(run / path, (0, records[path]["starttime"]))


def found(run: Path, path: str) -> str | None:
    """Whether planning refuses a damaged file, or else a job that fails would name it."""
    before = Path.cwd()
    os.chdir(run)
    try:
        if path.endswith("provenance.json"):
            read_provenance()
        check_unchanged(Path())
        return None if find_damage([path]) else "it passes unnoticed"
    finally:
        os.chdir(before)


def metadata_faults(run: Path, step: int) -> Iterator[Fault]:
    """Damaged manifests, and every `step`-th damaged record: one line from verify and explain, and no minute of work."""
    folder = Path(tempfile.mkdtemp())
    many = json.dumps({"reproducible": {f"results/{i}": "a" for i in range(200_000)}})
    for number, text in enumerate([*JSON, many]):
        (folder / "manifest.json").write_text(text)
        yield try_fault(
            "manifest", str(number), 5, lambda: read_manifest(folder / "manifest.json") and "it was accepted"
        )
    record = next(path for path in (run / RECORDS).iterdir())
    content, path = record.read_text(), "results/manifest.json"
    broken = [
        json.dumps(json.loads(content) | {key: value}) for key in json.loads(content) for value in (None, 5, ["("])
    ]
    for number, text in enumerate([*JSON, *broken][::step]):
        record.write_text(text)
        yield try_fault("record", str(number), 5, lambda: explained(run, path))
    record.write_text(content)
    shutil.rmtree(folder)


def explained(run: Path, path: str) -> str | None:
    """Run explain; what is wrong with its message if it refuses."""
    before, arguments = Path.cwd(), sys.argv
    os.chdir(run)
    sys.argv = ["explain", path]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            explain.main()
    except SystemExit as end:
        return check_line(str(end.code))
    finally:
        sys.argv = arguments
        os.chdir(before)
    return None


def faults(short: bool, run: Path) -> Iterator[Fault]:
    """Try all, on a copy of a finished run; the short form damages each result once or twice."""
    with tempfile.TemporaryDirectory() as folder:
        yield from idx_faults(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copytree(run, Path(folder) / "run", ignore=shutil.ignore_patterns(".retrial", "log", "imports"))
        yield from result_faults(copy, 8 if short else 2)
        yield from metadata_faults(copy, 4 if short else 1)
