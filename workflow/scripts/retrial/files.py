"""Files that are complete or absent."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

import psutil


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same suffix; rename it on success, remove it on failure.

    What a killed process left of the same file is removed.
    """
    path = Path(path)
    for left in path.parent.glob(f".{escape(path.stem)}.*.part*{escape(path.suffix)}"):
        pid = left.name.rpartition(".part")[0].rpartition(".")[2]
        if not (pid.isdecimal() and psutil.pid_exists(int(pid))):
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_csv(path: str | Path, table, index: bool = False) -> None:
    """Write a pandas DataFrame as .csv."""
    with atomic_write(path) as part:
        table.to_csv(part, index=index)


def write_array(path: str | Path, array) -> None:
    """Write a NumPy array as .npy."""
    import numpy as np

    with atomic_write(path) as part:
        np.save(part, array, allow_pickle=False)


def write_json(path: str | Path, value) -> None:
    """Write `value` as indented JSON in UTF-8."""
    with atomic_write(path) as part:
        part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: str | Path):
    """Read a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256(path: str | Path) -> str:
    """The sha256 checksum of a file, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
