"""Files that are complete or absent."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path

from retrial.errors import InputError
from retrial.processes import is_orphan, runs


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same suffix; rename it on success, remove it on failure.

    Raises:
        InputError: Snakemake, which started this job, is gone: another run may have made the file since.
    """
    path = Path(path)
    for left in path.parent.glob(f".{escape(path.stem)}.*.part{escape(path.suffix)}"):
        pid = left.name.removesuffix(f".part{path.suffix}").rpartition(".")[2]
        if not (pid.isdecimal() and runs(int(pid))):
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    part.unlink(missing_ok=True)
    try:
        yield part
        if is_orphan():
            raise InputError(f"{path}: not written, because Snakemake, which started this job, has ended: run again")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_csv(path: str | Path, table, index: bool = False) -> None:
    """Write a pandas DataFrame as .csv."""
    with atomic_write(path) as part:
        table.to_csv(part, index=index)


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
