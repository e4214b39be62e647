"""Downloads from mirrors that misbehave: the next mirror delivers, and planning goes on, each within its bound."""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from download import from_mirrors

from chaos.fault import Fault, try_fault
from chaos.mirrors import CONTENT, FAULTS, FILE, GOOD, Mirrors
from retrial.data import fetch, sources

PATIENCE_S = 0.5  # in place of 60 and 3 seconds


def download(bad: str, good: str) -> str | None:
    """What went wrong in a download from two mirrors; None if nothing did."""
    dataset = {"files": {"test_labels": FILE}, "mirrors": [bad, good], "max_file_mb": 1}
    contents, _ = from_mirrors(dataset, io.StringIO())
    return None if contents == {"test_labels": CONTENT} else "wrong bytes"


def plan(bad: str) -> str | None:
    """What went wrong while a plan asked a mirror; None if nothing did."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            return "a faulty mirror was believed" if sources.ask_mirrors([bad, bad], FILE) else None
        finally:
            os.chdir(before)


def faults(short: bool, run) -> Iterator[Fault]:
    """Try every fault in a download, and while planning."""
    fetch.SLOW_S = sources.ASK_S = PATIENCE_S
    mirrors = Mirrors()
    good = mirrors.start(GOOD)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for name, pieces in FAULTS.items():
            bad = mirrors.start(pieces)
            yield try_fault("download", name, 6 * PATIENCE_S + 2, lambda bad=bad: download(bad, good))
            yield try_fault("plan with a mirror", name, 2 * PATIENCE_S + 2, lambda bad=bad: plan(bad))
    mirrors.close()
