"""Mirrors that misbehave, each on a loopback address."""

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

CONTENT = b"0123456789" * 1000
PACKED = gzip.compress(CONTENT, mtime=0)
FILE = {"name": "labels", "sha256": hashlib.sha256(CONTENT).hexdigest()}
HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
GOOD = [HEADER % len(PACKED) + PACKED]
BOMB = gzip.compress(bytes(10**8))


def drip(data: bytes, times: int = 1000) -> Iterator[bytes]:
    """The same bytes again and again, 20 times a second."""
    for _ in range(times):
        yield data
        time.sleep(0.05)


# What a mirror sends, pieces of bytes or a function of its address that makes them; then it closes the connection.
FAULTS = {
    "nothing": [],
    "silence": lambda _: drip(b""),
    "half, then silence": lambda _: chain([HEADER % len(PACKED) + PACKED[:50]], drip(b"")),
    "half, then the end": [HEADER % len(PACKED) + PACKED[:50]],
    "a header now and then": lambda _: chain([b"HTTP/1.1 200 OK\r\n"], drip(b"A: b\r\n")),
    "an endless body": lambda _: drip(b"x" * 10**6),
    "an endless header": lambda _: chain([b"HTTP/1.1 200 OK\r\nA: "], drip(b"x" * 10**6)),
    "a chunk of a wrong size": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\nx"],
    "a redirect to itself": lambda url: [REDIRECT % url.encode()],
    "a malformed redirect": [REDIRECT % b"http://[::1"],
    "a redirect to a file": [REDIRECT % b"file:///etc/passwd"],
    "a login page": [HEADER % 13 + b"<html></html>"],
    "not found": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"],
    "no HTTP": [b"\x00\xff" * 100],
    "a length below the content": [HEADER % 40 + PACKED],
    "a negative length": [b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"],
    "a flipped byte": [HEADER % len(PACKED) + PACKED[:40] + b"\x55" + PACKED[41:]],
    "the content, not packed": [HEADER % len(CONTENT) + CONTENT],
    "a bomb": [HEADER % len(BOMB) + BOMB],
    "an encoding that is none": [b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"],
}


def start_mirror(pieces: Iterable[bytes] | Callable[[str], Iterable[bytes]]) -> str:
    """Start a mirror that sends these pieces to everybody who asks, while this process lives; return its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client has enough
            connection.recv(10_000)
            for piece in pieces(address) if callable(pieces) else pieces:
                connection.sendall(piece)

    def serve() -> None:
        while True:
            threading.Thread(target=answer, args=[listener.accept()[0]], daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return address
