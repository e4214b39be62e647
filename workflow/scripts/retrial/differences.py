"""Where two files that should be the same bytes differ first, in the terms of what they hold."""

import io
import json
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

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
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        yield from ((column, table[column].to_numpy(dtype=object)) for column in table)
    elif suffix == ".json":
        yield from _leaves("", json.loads(content))
    else:
        yield "byte", np.frombuffer(content, np.uint8)


def _leaves(path: str, value) -> Parts:
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{path}.{key}" if path else str(key), item)
    else:
        yield path, np.array(value, dtype=object)


def first_difference(a: Path, b: Path) -> str:
    """The first value that differs in two files of the same name, and both its values, all digits of them."""
    for of_a, of_b in zip_longest(*(parts(path.name, path.read_bytes()) for path in (a, b))):
        if of_a is None or of_b is None:
            return f"{(of_a or of_b)[0]} is in one of them only"
        (name, x), (_, y) = of_a, of_b
        if (of_a[0], x.shape, x.dtype) != (of_b[0], y.shape, y.dtype):
            p, q = (f"{part} {z.dtype} {list(z.shape)}".strip() for part, z in (of_a, of_b))
            return f"{p} against {q}"
        same = x == y if x.dtype == object else _bits(x) == _bits(y)
        if not np.all(same):
            index = tuple(map(int, np.argwhere(~np.atleast_1d(same))[0]))[: x.ndim]
            place = f"{name}{list(index) if x.ndim else ''}"
            return f"{place} is {x[index]!s} against {y[index]!s}".strip()
    return "the values are the same, but not the bytes around them"


def _bits(x: np.ndarray) -> np.ndarray:
    """`x` as integers of its bits, so that NaN equals NaN and 0.0 differs from -0.0."""
    return np.ascontiguousarray(x).view(f"u{x.dtype.itemsize}") if x.dtype.kind == "f" else x
