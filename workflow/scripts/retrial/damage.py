"""Which file is damaged, and which rule makes it again: asked after a job failed, and before weights are read."""

import csv
import json
import math
import zipfile
from pathlib import Path

import numpy as np

from retrial.errors import InputError, shorten
from retrial.files import read_json
from retrial.snakemake import describe_change, read_records

LAYERS = ("InputLayer", "Dense")  # others, such as Lambda, can hold code


def find_damage(paths: list[str]) -> str | None:
    """The first of these files that is not what it should be, and what to do; None if no damage is found.

    Nothing in the files is executed, and no array is loaded into memory.
    """
    records = read_records(Path())
    for path in paths:
        problem = _describe_damage(path)
        if not problem and path in records:
            problem = describe_change(path, records, Path())
        if problem:
            return f"{problem}. Make it again: {_make_again(path, records)}"
    return None


def refuse_damage(path: str) -> None:
    """Raise InputError, in the words of `find_damage`, for a file that cannot be read, or holds code."""
    if problem := _describe_damage(path):
        raise InputError(f"{problem}. Make it again: {_make_again(path, read_records(Path()))}")


def _describe_damage(path: str) -> str | None:
    try:
        problem = check_format(Path(path))
    except Exception as error:  # libraries raise errors of many kinds for damaged files
        problem = f"{type(error).__name__}: {shorten(' '.join(str(error).split()), 80)[1:-1]}"
    return f"{path}: damaged ({problem})" if problem else None


def _make_again(path: str, records: dict[str, dict]) -> str:
    return f"snakemake -c1 -R {records[path]['rule']}" if path in records else "remove it and run again"


def check_format(path: Path) -> str | None:
    """What is wrong with a file, by its suffix; None if it is readable.

    Raises:
        Exception: of many kinds, if it is not.
    """
    if not path.is_file():
        return "no regular file"
    if path.suffix == ".npy":
        array = np.load(path, allow_pickle=False, mmap_mode="r")
        if array.dtype.kind == "f" and not all(np.isfinite(part).all() for part in np.array_split(array, 100)):
            return "it has numbers that are not finite"
    elif path.suffix == ".json":
        if not read_json(path):
            return "it is empty"
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            columns = {len(row) for row in csv.reader(file, strict=True)}
        if len(columns) != 1:
            return f"its rows have {sorted(columns)} columns"
    elif path.suffix in (".keras", ".npz"):
        with zipfile.ZipFile(path) as archive:
            return _check_archive(archive, path.stat().st_size)
    return None


def _check_archive(archive: zipfile.ZipFile, size: int) -> str | None:
    """What is wrong with a .keras or .npz file of `size` bytes. Neither Keras nor NumPy compresses what it writes."""
    members = archive.infolist()
    if (unpacked := sum(member.file_size for member in members)) > size:
        return f"it unpacks to {unpacked / 1e6:.1f} MB, more than its own size"
    for name in archive.namelist():
        if name.startswith("/") or ".." in Path(name).parts:
            return f"it has a path outside, {shorten(name, 80)[1:-1]}"
    if broken := archive.testzip():
        return f"{broken} in it is broken"
    for member in members:
        if member.filename == "config.json":
            layers = {layer["class_name"] for layer in json.loads(archive.read(member))["config"]["layers"]}
            if unknown := sorted(layers - {*LAYERS}):
                return f"it has a layer {shorten(unknown[0], 80)[1:-1]}, expected {LAYERS[-1]}"
        elif member.filename.endswith(".npy"):
            with archive.open(member) as file:
                np.lib.format.read_magic(file)
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                if dtype.hasobject:
                    return f"{member.filename} in it has pickled objects"
                if math.prod(shape) * dtype.itemsize != member.file_size - file.tell():
                    return f"{member.filename} in it is shorter than its header says"
    return None
