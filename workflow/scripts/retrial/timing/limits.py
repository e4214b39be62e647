"""The ceilings of this machine: how fast it reads, copies and adds numbers at each level of its memory, and multiplies.

An operation is compared with the ceiling of its own mix of reads and writes at the level where its arrays fit.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from retrial.operations.table import Shapes

# Of the data caches, where the system does not tell.
USUAL_CACHES = {"L1": 2**15, "L2": 2**20, "L3": 2**25}
# The arrays that are measured beyond the caches, at least: far larger than those.
MEMORY_BYTES = 2**29


class Limit(NamedTuple):
    """A ceiling, measured by the function `function` below.

    shapes: of the inputs.
    name, unit: in results/timings/limits.csv.
    level: `L1`, `L2`, `L3` or `memory`; of the products, their size.
    amount: what a call does, in units times seconds; of the empty call the seconds themselves count.
    """

    function: str
    shapes: Shapes
    name: str
    unit: str
    level: str
    amount: float


def cache_bytes() -> dict[str, int]:
    """The size of each data cache of the first processor in bytes, by level."""
    caches = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction" and size.endswith("K"):
            caches[f"L{level}"] = int(size[:-1]) * 1024
    return caches or USUAL_CACHES


def level_of(n_bytes: int, caches: dict[str, int]) -> str:
    """The level of memory that holds this many bytes.

    Arrays up to four times the last cache are partly in it, so they count to its level, as in STREAM's rule for arrays.
    """
    *_, (last, size) = caches.items()
    beyond = "memory" if n_bytes > 4 * size else last
    return next((level for level, size in caches.items() if n_bytes <= size), beyond)


def limits(caches: dict[str, int]) -> list[Limit]:
    """The ceilings of a machine with these caches; at each level the arrays together take half of it."""
    levels = {level: size // 2 for level, size in caches.items()} | {
        "memory": max(MEMORY_BYTES, 4 * max(caches.values()))
    }
    rows = []
    for level, n_bytes in levels.items():
        for function, n_arrays in (("read", 2), ("copy", 2), ("triad", 3)):
            n = n_bytes // 8 // n_arrays
            gigabytes = 8 * n * n_arrays / 1e9
            rows.append(Limit(function, ((n,),) * n_arrays, f"{function}_bandwidth", "GB/s", level, gigabytes))
    for n in (256, 1024):
        shapes = ((n, n), (n, n))
        rows.append(Limit("multiply_add", shapes, "multiply_add_rate", "GFLOP/s", f"{n} × {n}", 2 * n**3 / 1e9))
    return [*rows, Limit("empty_call", ((1,), (1,)), "empty_call", "ns", "", 0)]


def read(x, y):
    """The scalar product of two vectors: BLAS reads both and writes nothing."""
    return np.dot(x, y)


def copy(x, y):
    """x copied into y: a write for each read."""
    np.copyto(y, x)


def triad(x, y, z):
    """x + y written into z: a write for two reads, as in McCalpin's STREAM benchmark."""
    np.add(x, y, out=z)


def multiply_add(x, y):
    """The product of two square matrices: the fastest way to multiply and add."""
    return np.dot(x, y)


def empty_call(x, y):
    """Nothing: what it costs to call a Python function, and to time the call."""
