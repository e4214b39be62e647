"""Fetch a file from a mirror that may be slow, silent, endless, or wrong: bounded in bytes, redirects and time.

The work is done by a thread, because neither DNS nor a server that sends a byte now and then ends by a timeout. A
thread that is late is left alone: it ends with the process.
"""

import hashlib
import threading
import time
import zlib
from collections.abc import Callable
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit, urlunsplit

from retrial.errors import InputError, shorten

MAX_REDIRECTS = 5
CHUNK = 2**16
SLOW_S, SLOW_BYTES = 60, 600_000  # a mirror must send as many bytes in this time, or the rest of the file


class FetchError(Exception):
    """A mirror did not deliver a file."""


def fetch(url: str, max_bytes: int, progress: Callable[[int, int], None] = lambda n, total: None, **limits) -> bytes:
    """Fetch what is at an address.

    Args:
        url: http or https.
        max_bytes: the largest answer.
        progress: called with the bytes that arrived, and with all of them, or 0 if the mirror does not say.
        limits: `deadline_s`, the time for everything, and `slow_s`, the time in which SLOW_BYTES must arrive.

    Raises:
        FetchError: for every reason there is.
    """
    deadline = time.monotonic() + limits.get("deadline_s", float("inf"))
    slow_s = limits.get("slow_s", SLOW_S)
    queue, stop = SimpleQueue(), threading.Event()
    threading.Thread(target=_download, args=(url, max_bytes, queue, stop), daemon=True).start()
    chunks, received, total = [], 0, 0
    checked, checked_bytes = time.monotonic(), 0
    try:
        while True:
            now = time.monotonic()
            if received - checked_bytes >= SLOW_BYTES:
                checked, checked_bytes = now, received
            patience = min(deadline, checked + slow_s) - now
            try:
                kind, value = queue.get(timeout=max(patience, 0.001))
            except Empty:
                raise FetchError(f"too slow: {received} bytes arrived in time") from None
            if kind == "error":
                raise FetchError(value)
            if kind == "end":
                return b"".join(chunks)
            if kind == "total":
                total = value
                continue
            chunks.append(value)
            received += len(value)
            progress(received, total)
            if time.monotonic() > min(deadline, checked + slow_s) and received - checked_bytes < SLOW_BYTES:
                raise FetchError(f"too slow: {received} bytes arrived in time")
    finally:
        stop.set()


def _download(url: str, max_bytes: int, queue: SimpleQueue, stop: threading.Event) -> None:
    try:
        import requests

        with requests.Session() as session:
            session.max_redirects = MAX_REDIRECTS
            # A packed answer may be any size when it is unpacked: ask for the bytes of the file itself, and count them.
            headers = {"Accept-Encoding": "identity"}
            with session.get(url, headers=headers, stream=True, timeout=SLOW_S) as response:
                response.raise_for_status()
                length = response.headers.get("Content-Length", "0")
                length = int(length) if length.isdecimal() else 0
                queue.put(("total", length))
                received = 0
                while chunk := response.raw.read1(CHUNK):
                    received += len(chunk)
                    if received > max_bytes:
                        raise ValueError(f"more than {max_bytes} bytes, see dataset.max_file_mb")
                    if stop.is_set():
                        return
                    queue.put(("chunk", chunk))
                if received < length:
                    raise ValueError(f"the connection was cut after {received} of {length} bytes")
        queue.put(("end", None))
    except Exception as error:  # whatever a mirror does, the next one is asked
        queue.put(("error", f"{type(error).__name__}: {shorten(' '.join(str(error).split()), 120)[1:-1]}"))


def unpack(content: bytes, max_bytes: int, where: str) -> bytes:
    """Decompress gzip.

    Raises:
        InputError: `content` is another format, damaged, or larger than `max_bytes` when unpacked.
    """
    stream, parts, size = zlib.decompressobj(wbits=31), [], 0
    try:
        while content and size <= max_bytes:
            parts.append(stream.decompress(content, max_bytes - size + 1))
            size += len(parts[-1])
            if stream.eof:
                content, stream = stream.unused_data, zlib.decompressobj(wbits=31)  # .gz files may have several parts
                if size <= max_bytes and not content.strip(b"\0"):
                    return b"".join(parts)
            else:
                content = stream.unconsumed_tail
    except zlib.error as error:
        raise InputError(f"{where}: gzip cannot decompress it ({error}), expected a .gz file; get it again") from error
    if size > max_bytes:
        raise InputError(
            f"{where}: more than {max_bytes} bytes when unpacked, expected at most dataset.max_file_mb in config.yaml: "
            "get it again, or set a larger number there"
        )
    raise InputError(f"{where}: gzip cannot decompress it (it ends too early), expected a .gz file; get it again")


def check_sha256(content: bytes, expected: str, where: str, key: str) -> None:
    """Raise InputError unless `content` has the sha256 `expected`; `key` names it in config.yaml."""
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise InputError(
            f"{where}: sha256 is {found}, expected {expected}; the file is damaged, or another one: get it "
            f"again, or correct {key} in config.yaml"
        )


def without_password(url: str) -> str:
    """An address as it may be shown: without `user:password@`, and without what follows `?` or `#`."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
