"""Fetch a file from a mirror that may be slow, silent, endless, or wrong: bounded in bytes, redirects and time.

The work is done by a thread, because neither DNS nor a server that sends a byte now and then ends by a timeout. A
thread that is late is left alone: it ends with the process.
"""

import hashlib
import threading
import time
import zlib
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import urlsplit, urlunsplit

from retrial.errors import InputError, shorten

MAX_REDIRECTS = 5
CHUNK = 2**16
SLOW_S, SLOW_BYTES = 60, 600_000  # a mirror must send as many bytes in this time, or the rest of the file


class FetchError(Exception):
    """A mirror did not deliver a file."""


def fetch(
    url: str,
    max_bytes: int,
    progress: Callable[[int, int], None] = lambda n, total: None,
    deadline_s: float = float("inf"),
) -> bytes:
    """Fetch what is at an address.

    Args:
        url: http or https.
        max_bytes: the largest answer.
        progress: called with the bytes that arrived, and with all of them, or 0 if the mirror does not say.
        deadline_s: the time for everything.

    Raises:
        FetchError: for every reason there is.
    """
    answer = SimpleNamespace(content=bytearray(), total=0, error=None, stop=False)
    thread = threading.Thread(target=_download, args=(url, max_bytes, answer), daemon=True)
    thread.start()
    start = checked = time.monotonic()
    checked_bytes = 0
    while thread.is_alive():
        thread.join(0.05)
        now, received = time.monotonic(), len(answer.content)
        progress(received, answer.total)
        if received - checked_bytes >= SLOW_BYTES:
            checked, checked_bytes = now, received
        if thread.is_alive() and now > min(start + deadline_s, checked + SLOW_S):
            answer.stop = True
            raise FetchError(f"too slow: {received} bytes arrived in time")
    if answer.error:
        raise FetchError(answer.error)
    return bytes(answer.content)


def _download(url: str, max_bytes: int, answer: SimpleNamespace) -> None:
    try:
        import requests

        with requests.Session() as session:
            session.max_redirects = MAX_REDIRECTS
            # A packed answer may be any size when it is unpacked: ask for the bytes of the file itself, and count them.
            headers = {"Accept-Encoding": "identity"}
            with session.get(url, headers=headers, stream=True, timeout=SLOW_S) as response:
                response.raise_for_status()
                length = response.headers.get("Content-Length", "0")
                answer.total = int(length) if length.isdecimal() else 0
                while not answer.stop and (chunk := response.raw.read1(CHUNK)):
                    if len(answer.content) + len(chunk) > max_bytes:
                        raise ValueError(f"more than {max_bytes} bytes, see dataset.max_file_mb")
                    answer.content += chunk
                if len(answer.content) < answer.total:
                    raise ValueError(f"the connection was cut after {len(answer.content)} of {answer.total} bytes")
    except Exception as error:  # whatever a mirror does, the next one is asked
        answer.error = f"{type(error).__name__}: {shorten(' '.join(str(error).split()), 120)[1:-1]}"


def unpack(content: bytes, max_bytes: int, where: str) -> bytes:
    """Decompress gzip.

    Raises:
        InputError: `content` is another format, damaged, or larger than `max_bytes` when unpacked.
    """
    unpacked, problem = bytearray(), "it ends too early"
    try:
        while content and len(unpacked) <= max_bytes:  # .gz files may have several parts
            stream = zlib.decompressobj(wbits=31)
            unpacked += stream.decompress(content, max_bytes - len(unpacked) + 1)
            if not stream.eof:
                break
            content = stream.unused_data
            if len(unpacked) <= max_bytes and not content.strip(b"\0"):
                return bytes(unpacked)
    except zlib.error as error:
        problem = str(error)
    if len(unpacked) > max_bytes:
        raise InputError(
            f"{where}: more than {max_bytes} bytes when unpacked, expected at most dataset.max_file_mb in config.yaml: "
            "get it again, or set a larger number there"
        )
    raise InputError(f"{where}: gzip cannot decompress it ({problem}), expected a .gz file; get it again")


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
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
