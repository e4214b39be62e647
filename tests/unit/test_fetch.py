"""Whatever a mirror does, a download is right or ends within its bounds of bytes, redirects and time."""

import gzip
import hashlib
import io
import socket
import threading
import time
from contextlib import closing
from itertools import chain

import pytest
from download import from_mirrors

from retrial.dataset import fetch as module
from retrial.dataset import sources
from retrial.dataset.fetch import FetchError, fetch, unpack, without_password
from retrial.pipeline.errors import InputError

CONTENT = b"0123456789" * 1000
PACKED = gzip.compress(CONTENT)
HEADER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
GOOD = [HEADER % len(PACKED) + PACKED]


def drip(data: bytes, times: int = 1000):
    for _ in range(times):
        yield data
        time.sleep(0.05)


@pytest.fixture
def mirror():
    """Start a server that sends these pieces of bytes to everybody who asks, and then closes or is silent."""
    listeners = []

    def start(pieces, silent: bool = False) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def answer(connection) -> None:
            try:
                with closing(connection):
                    connection.recv(10_000)
                    for piece in pieces(address) if callable(pieces) else pieces:
                        connection.sendall(piece)
                    if silent:
                        time.sleep(5)
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

    yield start
    for listener in listeners:
        listener.close()


# What a mirror may send, and whether it is silent afterwards.
FAULTS = {
    "nothing": ([], False),
    "silence": ([], True),
    "half, then silence": ([HEADER % len(PACKED) + PACKED[:50]], True),
    "half, then the end": ([HEADER % len(PACKED) + PACKED[:50]], False),
    "a byte now and then": (lambda _: chain([HEADER % len(PACKED)], drip(b"x")), False),
    "a header now and then": (lambda _: chain([b"HTTP/1.1 200 OK\r\n"], drip(b"A: b\r\n")), False),
    "an endless body": (lambda _: drip(b"x" * 10**6), False),
    "endless chunks": (
        lambda _: chain([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], drip(b"1\r\nx\r\n")),
        False,
    ),
    "a redirect to itself": (lambda url: [b"HTTP/1.1 302 Found\r\nLocation: %b\r\n\r\n" % url.encode()], False),
    "a malformed redirect": ([b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n"], False),
    "a redirect to a file": ([b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"], False),
    "a login page": ([HEADER % 12 + b"<html></html"], False),
    "an error": ([b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"], False),
    "no HTTP": ([b"\x00\xff" * 100], False),
    "a wrong length": ([HEADER % (len(PACKED) + 5) + PACKED], False),
    "a length that is no number": ([b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + b"x"], False),
    "a flipped byte": ([HEADER % len(PACKED) + PACKED[:40] + b"\x55" + PACKED[41:]], False),
    "another file": ([HEADER % 30 + gzip.compress(b"another")[:30]], False),
    "a packed bomb": ([HEADER % len(gzip.compress(bytes(10**8))) + gzip.compress(bytes(10**8))], False),
    "an encoded bomb": (
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED],
        False,
    ),
}
FILE = {"name": "labels", "sha256": hashlib.sha256(CONTENT).hexdigest()}
# It is the file itself, although the header calls it packed once more.
RIGHT = {"an encoded bomb"}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    monkeypatch.setattr(module, "SLOW_S", 0.5)
    monkeypatch.setattr(sources, "ASK_S", 0.5)


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_faulty_mirror_the_next_one_delivers(mirror, fault):
    bad, good = mirror(*FAULTS[fault]), mirror(GOOD)
    start = time.monotonic()
    dataset = {"files": {"test_labels": FILE}, "mirrors": [bad, good], "max_file_mb": 1}
    contents, delivered = from_mirrors(dataset, io.StringIO())
    assert contents == {"test_labels": CONTENT}
    assert delivered == [bad if fault in RIGHT else good]
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("fault", FAULTS)
def test_planning_asks_a_faulty_mirror_within_its_bound(mirror, fault, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    bad = mirror(*FAULTS[fault])
    start = time.monotonic()
    assert sources.ask_mirrors([bad, bad], FILE) == (fault in RIGHT)
    assert time.monotonic() - start < 2
    assert capsys.readouterr().err == "asking 2 mirrors for labels, at most 0.5 seconds\n"


def test_an_answer_is_remembered_for_some_minutes(mirror, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    good = mirror(GOOD)
    assert sources.ask_mirrors([good], FILE)
    asked = capsys.readouterr().err
    assert sources.ask_mirrors([good], FILE)
    assert (asked.count("asking"), capsys.readouterr().err) == (1, "")
    assert not sources.ask_mirrors(["http://127.0.0.1:9/"], FILE)  # another question
    monkeypatch.setattr(sources, "REMEMBER_S", 0)
    assert sources.ask_mirrors([good], FILE)
    for damaged in ("", "[]", '{"question": 1}'):
        (tmp_path / ".retrial/mirrors.json").write_text(damaged)
        assert sources.ask_mirrors([good], FILE)


def test_names_that_are_never_resolved_end_within_the_bound(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: time.sleep(5))
    start = time.monotonic()
    with pytest.raises(FetchError, match="too slow: 0 bytes arrived in time"):
        fetch("http://mirror.example/labels.gz", 1000, deadline_s=0.3)
    assert time.monotonic() - start < 2


def test_a_slow_mirror_that_keeps_the_least_rate_is_not_dropped(mirror, monkeypatch):
    monkeypatch.setattr(module, "SLOW_BYTES", 10)
    address = mirror(lambda _: chain([HEADER % 1200], drip(b"x" * 50, 24)))
    assert fetch(address, 10_000) == b"x" * 1200


@pytest.mark.parametrize(
    "content",
    [b"", b"not packed", PACKED[:-1], PACKED[:20], PACKED + b"garbage", bytes(20)],
)
def test_what_is_no_gzip_is_one_line(content):
    with pytest.raises(
        InputError, match=r"^here: gzip cannot decompress it \(.*\), expected a .gz file; get it again$"
    ):
        unpack(content, 10**6, "here")


def test_packed_files_in_parts_with_padding_and_up_to_the_limit_are_unpacked():
    assert unpack(PACKED + gzip.compress(b"more") + bytes(9), 10**6, "") == CONTENT + b"more"
    assert unpack(PACKED, len(CONTENT), "") == CONTENT
    with pytest.raises(InputError, match="more than 9999 bytes when unpacked"):
        unpack(PACKED, len(CONTENT) - 1, "here")


def test_a_password_in_an_address_is_never_shown(mirror, capsys):
    assert without_password("https://user:secret@a.example:1/b/?token=secret#secret") == "https://a.example:1/b/"
    assert without_password("http://[::1") == "an address that is none"
    good, bad = mirror(GOOD), mirror([])
    secret = [url.replace("http://", "http://user:secret@") for url in (bad, good)]
    dataset = {"files": {"test_labels": FILE}, "mirrors": secret, "max_file_mb": 1}
    contents, delivered = from_mirrors(dataset, io.StringIO())
    assert (contents["test_labels"], delivered) == (CONTENT, [good])
    with pytest.raises(InputError) as error:
        from_mirrors(dataset | {"mirrors": secret[:1]}, io.StringIO())
    assert "secret" not in capsys.readouterr().out + str(error.value)
