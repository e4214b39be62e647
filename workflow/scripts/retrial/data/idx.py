"""The IDX format of MNIST's files, as its authors describe it: http://yann.lecun.com/exdb/mnist/.

A big-endian header (two zero bytes, the type code 8 for unsigned bytes, the number of dimensions, then each dimension
as a 32-bit integer), and the values in C order.
"""

import math
from pathlib import Path

import numpy as np

from retrial.errors import InputError

UNSIGNED_BYTE = 8
TYPES = {
    8: "unsigned bytes",
    9: "signed bytes",
    11: "16-bit integers",
    12: "32-bit integers",
    13: "floats",
    14: "doubles",
}


def read_idx(path: str | Path, ndim: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes.

    Returns:
        A read-only array of dtype uint8 with `ndim` dimensions.

    Raises:
        InputError: the magic number, a dimension or the length of the file is wrong.
    """
    content = Path(path).read_bytes()
    shape = read_header(content, ndim, path)
    if len(content) != (expected := file_size(shape)):
        raise InputError(f"{path}: {len(content)} bytes, expected {expected} for the dimensions {shape} in its header")
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)


def read_header(content: bytes, ndim: int, path: str | Path) -> tuple[int, ...]:
    """The dimensions that the header of an IDX file names; `content` is at least its start.

    Raises:
        InputError: the magic number or a dimension is wrong.
    """
    magic = bytes([0, 0, UNSIGNED_BYTE, ndim])
    zeros, code, n_dimensions = content[:2], *content[2:4].ljust(2, b"\xff")
    if content[:4] != magic and zeros == b"\0\0" and code in TYPES.keys() - {UNSIGNED_BYTE}:
        raise InputError(
            f"{path}: an IDX file of {TYPES[code]} in {n_dimensions} dimensions, which is not supported (as QMNIST's "
            f"extended labels), expected {TYPES[UNSIGNED_BYTE]} in {ndim}: convert it, and set its sha256"
        )
    if content[:4] != magic:
        raise InputError(
            f"{path}: magic number is 0x{content[:4].hex()}, expected 0x{magic.hex()} "
            f"(unsigned bytes in {ndim} dimensions); this is another file, or damaged: get it again"
        )
    header = 4 + 4 * ndim
    if len(content) < header:
        raise InputError(f"{path}: {len(content)} bytes, expected a header of {header}: get it again")
    shape = tuple(int(n) for n in np.frombuffer(content, ">u4", ndim, offset=4))
    if 0 in shape:
        raise InputError(f"{path}: its header says {shape}, expected every dimension to be 1 or more: get it again")
    return shape


def file_size(shape: tuple[int, ...]) -> int:
    """The bytes of an IDX file of unsigned bytes with these dimensions."""
    return 4 + 4 * len(shape) + math.prod(shape)


def to_idx(values: np.ndarray) -> bytes:
    """The content of an IDX file that holds `values`, an array of dtype uint8."""
    return bytes([0, 0, UNSIGNED_BYTE, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.tobytes()
