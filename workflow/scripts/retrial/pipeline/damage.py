"""After a job failed: which of its inputs is damaged, and which rule makes it again."""

import csv
import zipfile
from pathlib import Path

import numpy as np

from retrial.pipeline.errors import shorten
from retrial.pipeline.files import read_json
from retrial.pipeline.records import describe_change, read_records

MAX_UNPACKED = 2**31


def find_damage(paths: list[str]) -> str | None:
    """The first of these files that is not what it should be, and what to do; None if no damage is found.

    Nothing in the files is executed, and no array is loaded into memory.
    """
    records = read_records(Path())
    for path in paths:
        try:
            problem = check_format(Path(path))
        except Exception as error:  # libraries raise errors of many kinds for damaged files
            problem = f"{type(error).__name__}: {shorten(' '.join(str(error).split()), 80)[1:-1]}"
        if problem:
            problem = f"{path}: damaged ({problem})"
        elif path in records:
            problem = describe_change(path, records, Path())
        if problem:
            rule = records[path]["rule"] if path in records else None
            again = f"snakemake -c1 -R {rule}" if rule else "remove it and run again"
            return f"{problem}. Make it again: {again}"
    return None


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
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED:
                return "it unpacks to more than 2 GB"
            if broken := archive.testzip():
                return f"{broken} in it is broken"
    return None
