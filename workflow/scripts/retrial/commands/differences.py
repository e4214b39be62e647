"""Where two files that should be the same bytes differ first, in the terms of what they hold."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import h5py
import numpy as np

Parts = Iterator[tuple[str, np.ndarray]]


def parts(name: str, content: bytes) -> Parts:
    """The named arrays that a file holds: weights by their path, columns by their name, JSON values by their keys.

    What is in no known format is an array of bytes.
    """
    suffix = Path(name).suffix
    if suffix == ".npy":
        yield "", np.load(io.BytesIO(content), allow_pickle=False)
    elif suffix == ".keras":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.namelist()):
                for part, array in parts(member, archive.read(member)):
                    yield f"{member} {part}", array
    elif suffix == ".h5":
        with h5py.File(io.BytesIO(content)) as file:
            datasets = []
            file.visititems(lambda path, item: datasets.append(path) if isinstance(item, h5py.Dataset) else None)
            yield from ((path, file[path][()]) for path in datasets)
    elif suffix == ".csv":
        columns = zip_longest(*csv.reader(io.StringIO(content.decode(), newline="")), fillvalue="")
        yield from ((name, np.array(values, dtype=object)) for name, *values in columns)
    elif suffix == ".json":
        yield from ((path, np.array(value, dtype=object)) for path, value in leaves(json.loads(content)))
    else:
        yield "byte", np.frombuffer(content, np.uint8)


def leaves(value, path: str = "") -> Iterator[tuple[str, str]]:
    """The values in a JSON document, each by its dotted path, as JSON writes them."""
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def first_difference(a: Path, b: Path) -> str:
    """The first value that differs in two files of the same name, and both its values, all digits of them.

    Where a file cannot be read, or the values are the same, the first byte that differs.
    """
    contents = a.read_bytes(), b.read_bytes()
    held = []
    for which, path, content in zip(("the first", "the second"), (a, b), contents, strict=True):
        try:
            held.append(list(parts(path.name, content)))
        except Exception as error:  # whatever a library says of bytes that are damaged in whatever way
            return f"{which} cannot be read as {path.suffix} ({type(error).__name__}), {_byte(*contents)}"
    return next(_differences(*held), None) or f"the values are the same, {_byte(*contents)}"


def _byte(a: bytes, b: bytes) -> str:
    return next(_differences(parts("", a), parts("", b)))


def _differences(a: Parts, b: Parts) -> Iterator[str]:
    for of_a, of_b in zip_longest(a, b):
        if of_a is None or of_b is None:
            yield f"{(of_a or of_b)[0]} is in one of them only"
            continue
        (name, x), (other, y) = of_a, of_b
        if name != other:
            yield f"{name} stands where the other has {other}"
        elif x.dtype != y.dtype or x.shape[1:] != y.shape[1:] or x.ndim != y.ndim:
            yield " against ".join(f"{name} {z.dtype} {list(z.shape)}".strip() for z in (x, y))
        elif x.ndim == 0:
            if not _same(x, y):
                yield f"{name} is {x} against {y}"
        else:
            both = min(len(x), len(y))
            if not np.all(same := _same(x[:both], y[:both])):
                index = tuple(map(int, np.argwhere(~same)[0]))
                yield f"{name}{list(index)} is {x[index]!s} against {y[index]!s}"
            elif len(x) != len(y):
                yield f"{name}[{both}] is in one of them only, which has {max(len(x), len(y))}"


def _same(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Where two arrays are equal, floats by their bits: NaN equals NaN, and 0.0 differs from -0.0."""
    if x.dtype.kind == "f":
        x, y = (np.ascontiguousarray(z).view(f"u{z.dtype.itemsize}") for z in (x, y))
    return np.asarray(x == y, dtype=bool)
