"""Find the first value that differs between two files that should be equal."""

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """What is in a file, by name: an array, weights by their path, the lines of a text, or else bytes."""
    if path.suffix == ".npy":
        return {"": np.load(path, allow_pickle=False)}
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in sorted(archive.namelist())}
        paths = []
        with h5py.File(io.BytesIO(members.pop("model.weights.h5"))) as file:
            file.visititems(lambda name, node: paths.append(name) if isinstance(node, h5py.Dataset) else None)
            weights = {name: file[name][()] for name in paths}
        return weights | {name: np.array(content.decode().split(", "), object) for name, content in members.items()}
    if path.suffix in (".csv", ".json", ".svg", ".html"):
        return {"line": np.array(path.read_text(encoding="utf-8").splitlines(), object)}
    return {"byte": np.fromfile(path, np.uint8)}


def first_difference(a: Path, b: Path) -> str:
    """The first value that differs between two files of the same name, with all digits of both values."""
    arrays = []
    for which, path in (("first", a), ("second", b)):
        try:
            arrays.append(read_arrays(path))
        except Exception as error:  # libraries raise errors of many kinds for damaged files
            return f"the {which} file cannot be read as {path.suffix} ({type(error).__name__})"
    first, second = arrays
    for name in dict.fromkeys([*first, *second]):
        if name not in first or name not in second:
            return f"{name}: only in one file"
        x, y = np.atleast_1d(first[name], second[name])
        if x.dtype != y.dtype or x.shape[1:] != y.shape[1:]:
            return f"{name}: {x.dtype} {list(x.shape)} != {y.dtype} {list(y.shape)}".removeprefix(": ")
        length = min(len(x), len(y))
        different = np.argwhere(~_equal(x[:length], y[:length]))
        if len(different):
            index = tuple(map(int, different[0]))
            return f"{name}{list(index)}: {x[index]!s} != {y[index]!s}"
        if x.shape != y.shape:
            return f"{name}: {len(x)} != {len(y)} values, the first {length} are equal"
    return "the values are equal, the bytes are not"


def _equal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays are equal, floats by their bits: NaN equals NaN, and 0.0 differs from -0.0."""
    if a.dtype.kind == "f":
        a, b = (np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}") for array in (a, b))
    return np.asarray(a == b, dtype=bool)
