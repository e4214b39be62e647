"""Whatever a mirror does, a download is right or ends within its bounds of bytes, redirects and time."""

import gzip
import io
import re
import socket
import time
from itertools import chain

import pytest
import requests  # noqa: F401 (its first import may take longer than the patience below)
from download import from_mirrors
from mirrors import CONTENT, FAULTS, FILE, GOOD, HEADER, PACKED, drip, start_mirror

from retrial.data import fetch as module
from retrial.data import sources
from retrial.data.fetch import fetch, unpack, without_password
from retrial.errors import InputError


@pytest.fixture
def short_patience(monkeypatch):
    """Seconds; a mirror that misbehaves goes on for 50."""
    monkeypatch.setattr(module, "SLOW_S", 3)
    monkeypatch.setattr(sources, "ASK_S", 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_faulty_mirror_the_next_one_delivers_and_planning_ends_in_time(
    short_patience, fault, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    bad, good = start_mirror(FAULTS[fault]), start_mirror(GOOD)
    start = time.monotonic()
    dataset = {"files": {"test_labels": FILE}, "mirrors": [bad, good], "max_file_mb": 1}
    assert from_mirrors(dataset, io.StringIO()) == ({"test_labels": CONTENT}, [good])
    assert not sources.ask_mirrors([bad, bad], FILE)
    assert time.monotonic() - start < 30
    assert re.match(r"asking 2 mirrors for labels, at most 1 seconds\nmirror http\S+: \w", capsys.readouterr().err)


def test_names_that_are_never_resolved_end_within_the_bound(short_patience, monkeypatch, capsys):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: time.sleep(60))
    start = time.monotonic()
    assert not sources.ask_mirrors(["http://mirror.example/"], FILE)
    assert time.monotonic() - start < 30
    assert "mirror http://mirror.example/labels.gz: no answer in time" in capsys.readouterr().err


def test_a_slow_mirror_that_keeps_the_least_rate_is_not_dropped(short_patience, monkeypatch):
    monkeypatch.setattr(module, "SLOW_BYTES", 10)
    address = start_mirror(lambda _: chain([HEADER % 5000], drip(b"x" * 50, 100)))
    assert fetch(address, 10_000) == b"x" * 5000


@pytest.mark.parametrize(
    "content",
    [b"not packed", PACKED[:-1], PACKED + b"garbage"],
    ids=["not packed", "a byte is missing", "garbage at the end"],
)
def test_what_is_no_gzip_is_one_line(content):
    with pytest.raises(InputError, match=r"^here: gzip cannot decompress it \(.*\), expected a .gz file; get it again"):
        unpack(content, 10**6, "here")


def test_packed_files_in_parts_with_padding_and_up_to_the_limit_are_unpacked():
    assert unpack(PACKED + gzip.compress(b"more", mtime=0) + bytes(9), 10**6, "") == CONTENT + b"more"
    assert unpack(PACKED, len(CONTENT), "") == CONTENT
    with pytest.raises(InputError, match="more than 9999 bytes when unpacked"):
        unpack(PACKED, len(CONTENT) - 1, "here")


def test_a_password_in_an_address_is_never_shown(capsys):
    assert without_password("https://user:secret@a.example:1/b/?token=secret#secret") == "https://a.example:1/b/"
    good, bad = start_mirror(GOOD), start_mirror([])
    secret = [url.replace("http://", "http://user:secret@") for url in (bad, good)]
    dataset = {"files": {"test_labels": FILE}, "mirrors": secret, "max_file_mb": 1}
    contents, delivered = from_mirrors(dataset, io.StringIO())
    assert (contents["test_labels"], delivered) == (CONTENT, [good])
    with pytest.raises(InputError) as error:
        from_mirrors(dataset | {"mirrors": secret[:1]}, io.StringIO())
    assert not sources.ask_mirrors(secret[:1], FILE)
    assert sources.ask_mirrors(secret, FILE)
    captured = capsys.readouterr()
    assert "mirror http://127.0.0.1" in captured.err
    assert "secret" not in captured.out + captured.err + str(error.value)


def test_a_file_whose_header_calls_it_packed_once_more_is_the_file_itself():
    encoded = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED)
    assert fetch(start_mirror([encoded + PACKED]), 10**6) == PACKED
