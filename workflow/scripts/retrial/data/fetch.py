"""Fetch a file from a mirror that may be slow, silent, endless, or wrong: bounded in bytes, redirects and time."""

import gzip
import hashlib
import io
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit, urlunsplit

from retrial.errors import InputError

MAX_REDIRECTS = 5
CHUNK = 2**16
SLOW_S, SLOW_BYTES = 60, 600_000  # a mirror must send as many bytes in this time, or the rest of the file


class FetchError(InputError):
    """A mirror did not deliver a file."""


def fetch(url: str, max_bytes: int, progress: Callable[[int, int], None] = lambda n, total: None) -> bytes:
    """Fetch what is at an address.

    Args:
        url: http or https.
        max_bytes: the largest answer.
        progress: called with the bytes that arrived, and with all of them, or 0 if the mirror does not say.

    Raises:
        FetchError: for every reason there is.
    """
    try:
        import requests

        content, enough, deadline = bytearray(), SLOW_BYTES, time.monotonic() + SLOW_S
        with requests.Session() as session:
            session.max_redirects = MAX_REDIRECTS
            # A packed answer may be any size when it is unpacked: ask for the bytes of the file itself, and count them.
            headers = {"Accept-Encoding": "identity"}
            with session.get(url, headers=headers, stream=True, timeout=SLOW_S) as response:
                response.raise_for_status()
                length = response.headers.get("Content-Length", "0")
                total = int(length) if length.isdecimal() else 0
                while chunk := response.raw.read1(CHUNK):
                    content += chunk
                    progress(len(content), total)
                    if len(content) > max_bytes:
                        raise ValueError(f"more than {max_bytes} bytes, see dataset.max_file_mb")
                    if len(content) >= enough:
                        enough, deadline = len(content) + SLOW_BYTES, time.monotonic() + SLOW_S
                    elif time.monotonic() > deadline:
                        raise TimeoutError(f"too slow: {len(content)} bytes arrived in time")
                if len(content) < total:
                    raise ValueError(f"the connection was cut after {len(content)} of {total} bytes")
    except Exception as error:  # whatever a mirror does, the next one is asked
        text = " ".join(str(error).split())
        raise FetchError(f"{type(error).__name__}: {text[:120]}{'…' * (len(text) > 120)}") from error
    return bytes(content)


def unpack(content: bytes, max_bytes: int, where: str) -> bytes:
    """Decompress gzip.

    Raises:
        InputError: `content` is another format, damaged, or larger than `max_bytes` when unpacked.
    """
    unpacked = read_packed(io.BytesIO(content), max_bytes + 1, where)
    if len(unpacked) > max_bytes:
        raise InputError(
            f"{where}: more than {max_bytes} bytes when unpacked, expected at most dataset.max_file_mb in config.yaml: "
            "get it again, or set a larger number there"
        )
    return unpacked


def read_packed(file: BinaryIO, n: int, where: str | Path) -> bytes:
    """The first `n` bytes of what is packed in a file, or fewer if it has fewer.

    Raises:
        InputError: it is no .gz file.
    """
    try:
        return gzip.GzipFile(fileobj=file).read(n)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{where}: gzip cannot decompress it ({error}), expected a .gz file; get it again") from error


def check_sha256(content: bytes, expected: str, where: str, key: str) -> None:
    """Raise InputError unless `content` has the sha256 `expected`; `key` names it in config.yaml."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise InputError(
            f"{where}: the checksum of the unpacked file is {found}, expected {expected}: damaged, or another file: "
            f"get it again, or correct {key} in config.yaml; another data set needs its own dataset.name, too, as in "
            "config.fashion.yaml"
        )


def without_password(url: str) -> str:
    """An address as it may be shown: without `user:password@`, and without what follows `?` or `#`."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
