"""Mirrors that misbehave, each on a loopback address."""

import gzip
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain

CONTENT = b"0123456789" * 1000
PACKED = gzip.compress(CONTENT)
FILE = {"name": "labels", "sha256": hashlib.sha256(CONTENT).hexdigest()}
HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
GOOD = [HEADER % len(PACKED) + PACKED]
BOMB = gzip.compress(bytes(10**8))


def drip(data: bytes, times: int = 1000) -> Iterator[bytes]:
    """The same bytes again and again, 20 times a second."""
    for _ in range(times):
        yield data
        time.sleep(0.05)


def redirect(where: bytes) -> list[bytes]:
    """A redirect to an address."""
    return [b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % where]


# What a mirror sends, pieces of bytes or a function of its address that makes them; then it closes the connection.
FAULTS = {
    "nothing": [],
    "silence": lambda _: drip(b""),
    "half, then silence": lambda _: chain([HEADER % len(PACKED) + PACKED[:50]], drip(b"")),
    "half, then the end": [HEADER % len(PACKED) + PACKED[:50]],
    "half of the header": [HEADER[:20]],
    "a byte now and then": lambda _: chain([HEADER % len(PACKED)], drip(b"x")),
    "a header now and then": lambda _: chain([b"HTTP/1.1 200 OK\r\n"], drip(b"A: b\r\n")),
    "a status line now and then": lambda _: drip(b"H"),
    "an endless body": lambda _: drip(b"x" * 10**6),
    "an endless header": lambda _: chain([b"HTTP/1.1 200 OK\r\nA: "], drip(b"x" * 10**6)),
    "endless chunks": lambda _: chain([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], drip(b"1\r\nx\r\n")),
    "a chunk of a wrong size": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\nx"],
    "a redirect to itself": lambda url: redirect(url.encode()),
    "a malformed redirect": redirect(b"http://[::1"),
    "a redirect to a file": redirect(b"file:///etc/passwd"),
    "a redirect to nowhere": redirect(b"http://127.0.0.1:9/"),
    "a redirect without a place": redirect(b""),
    "a login page": [HEADER % 13 + b"<html></html>"],
    "a page for all answers": [b"HTTP/1.1 200 OK\r\n\r\n" + b"<html>" * 1000],
    "not found": [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"],
    "an error": [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"],
    "no HTTP": [b"\x00\xff" * 100],
    "a length above the content": [HEADER % (len(PACKED) + 5) + PACKED],
    "a length below the content": [HEADER % 40 + PACKED],
    "a negative length": [b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"],
    "a flipped byte": [HEADER % len(PACKED) + PACKED[:40] + b"\x55" + PACKED[41:]],
    "the content, not packed": [HEADER % len(CONTENT) + CONTENT],
    "another file": [HEADER % len(gzip.compress(b"another")) + gzip.compress(b"another")],
    "a bomb": [HEADER % len(BOMB) + BOMB],
    "an encoding that is none": [b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"],
}


class Mirrors:
    """Starts mirrors; `close` ends them."""

    def __init__(self):
        self.listeners = []

    def start(self, pieces: Iterable[bytes] | Callable[[str], Iterable[bytes]]) -> str:
        """Start a mirror that sends these pieces to everybody who asks; return its address."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.listeners.append(listener)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def answer(connection) -> None:
            try:
                with closing(connection):
                    connection.recv(10_000)
                    for piece in pieces(address) if callable(pieces) else pieces:
                        connection.sendall(piece)
            except OSError:
                pass  # the client has enough

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=[connection], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return address

    def close(self) -> None:
        """End all mirrors."""
        for listener in self.listeners:
            listener.close()
