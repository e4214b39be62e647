"""Files that are complete or absent."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with the same suffix; rename it on success, remove it on failure."""
    path = Path(path)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
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
