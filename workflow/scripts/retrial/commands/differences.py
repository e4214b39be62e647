"""Find the first value that differs between two files that should be equal."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

import h5py
import numpy as np

NamedArray = tuple[str, np.ndarray]


def named_arrays(name: str, content: bytes) -> Iterator[NamedArray]:
    """The contents of a file as arrays: weights by their path, columns by their name, JSON values by their keys.

    A file of any other format is one array of bytes.
    """
    suffix = Path(name).suffix
    if suffix == ".npy":
        yield "", np.load(io.BytesIO(content), allow_pickle=False)
    elif suffix == ".keras":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in sorted(archive.namelist()):
                for part, array in named_arrays(member, archive.read(member)):
                    yield f"{member} {part}", array
    elif suffix == ".h5":
        with h5py.File(io.BytesIO(content)) as file:
            datasets = []
            file.visititems(lambda path, node: datasets.append(path) if isinstance(node, h5py.Dataset) else None)
            yield from ((path, file[path][()]) for path in datasets)
    elif suffix == ".csv":
        columns = zip_longest(*csv.reader(io.StringIO(content.decode(), newline="")), fillvalue="")
        yield from ((name, np.array(values, dtype=object)) for name, *values in columns)
    elif suffix == ".json":
        yield from ((path, np.array(value, dtype=object)) for path, value in leaves(json.loads(content)))
    else:
        yield "byte", np.frombuffer(content, np.uint8)


def leaves(value, path: str = "") -> Iterator[tuple[str, str]]:
    """The values in a JSON document, each with its dotted path, as JSON writes them."""
    if isinstance(value, dict | list) and value:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, f"{path}.{key}" if path else str(key))
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def first_difference(a: Path, b: Path) -> str:
    """The first value that differs between two files of the same name, with all digits of both values.

    If a file cannot be read, or the values are equal, the first byte that differs.
    """
    contents = a.read_bytes(), b.read_bytes()
    arrays = []
    for which, path, content in zip(("first", "second"), (a, b), contents, strict=True):
        try:
            arrays.append(list(named_arrays(path.name, content)))
        except Exception as error:  # libraries raise errors of many kinds for damaged files
            problem = f"the {which} file cannot be read as {path.suffix} ({type(error).__name__})"
            return f"{problem}, {_first_byte(*contents)}"
    return next(_differences(*arrays), None) or f"the values are equal, {_first_byte(*contents)}"


def _first_byte(a: bytes, b: bytes) -> str:
    return next(_differences(named_arrays("", a), named_arrays("", b)))


def _differences(arrays_a: Iterable[NamedArray], arrays_b: Iterable[NamedArray]) -> Iterator[str]:
    for part_a, part_b in zip_longest(arrays_a, arrays_b):
        if part_a is None or part_b is None:
            yield f"{(part_a or part_b)[0]}: only in one file"
            continue
        (name, a), (name_b, b) = part_a, part_b
        if name != name_b:
            yield f"{name} != {name_b}: names differ"
        elif a.dtype != b.dtype or a.shape[1:] != b.shape[1:] or a.ndim != b.ndim:
            kinds = " != ".join(f"{array.dtype} {list(array.shape)}" for array in (a, b))
            yield f"{name}: {kinds}".removeprefix(": ")
        elif a.ndim == 0:
            if not _equal(a, b):
                yield f"{name}: {a} != {b}"
        else:
            length = min(len(a), len(b))
            if not np.all(equal := _equal(a[:length], b[:length])):
                index = tuple(map(int, np.argwhere(~equal)[0]))
                yield f"{name}{list(index)}: {a[index]!s} != {b[index]!s}"
            elif len(a) != len(b):
                yield f"{name}: {len(a)} != {len(b)} values, the first {length} are equal"


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays are equal, floats by their bits: NaN equals NaN, and 0.0 differs from -0.0."""
    if a.dtype.kind == "f":
        a, b = (np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}") for array in (a, b))
    return np.asarray(a == b, dtype=bool)
