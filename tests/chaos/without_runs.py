"""Faults that need no run: mirrors that misbehave, and slips in config.yaml."""

import io
import random
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from unittest import mock

import requests  # noqa: F401 (its first import may take longer than PATIENCE_S)
import yaml
from conftest import ROOT
from download import from_mirrors

from chaos.fault import Fault, attempt
from chaos.mirrors import CONTENT, FAULTS, FILE, GOOD, start_mirror
from retrial.config import prepare
from retrial.data import fetch, sources

PATIENCE_S = 0.5  # with a mirror, in place of 60 and 3 seconds
VALUES = [
    None, True, 0, -1, 10**30, 10**400, 0.5, 1e308, -1e-308, float("nan"), float("inf"), "", " ", "x" * 200, "a\nerror: b",
    "\x1b[2J", "</script>", "../../x", "1e-3", [], [[]], [None], [1, "a"], {}, {"name": "adam"}, {1: 2}, {None: None}, b"x",
]  # fmt: skip


def downloads(run: Path) -> Iterator[Fault]:
    """After a faulty mirror the next one delivers, and planning goes on."""

    def download(bad: str) -> str | None:
        dataset = {"files": {"test_labels": FILE}, "mirrors": [bad, good], "max_file_mb": 1}
        return None if from_mirrors(dataset, io.StringIO())[0] == {"test_labels": CONTENT} else "wrong bytes"

    def plan(bad: str) -> str | None:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):  # where the answer is remembered
            return "a faulty mirror was believed" if sources.ask_mirrors([bad, bad], FILE) else None

    good = start_mirror(GOOD)
    with mock.patch.object(fetch, "SLOW_S", PATIENCE_S), mock.patch.object(sources, "ASK_S", PATIENCE_S):
        for name, pieces in FAULTS.items():
            for action in (download, plan):
                yield attempt(f"{action.__name__}: {name}", action, start_mirror(pieces), bound_s=20)


def mutate(value, rng: random.Random):
    """A copy of a configuration in which something was replaced, removed, added or renamed."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.2:
        return rng.choice(VALUES)
    copy = dict(value) if isinstance(value, dict) else dict(enumerate(value))
    key, kind = rng.choice(list(copy)), rng.random()
    if kind < 0.7:
        copy[key] = mutate(copy[key], rng)
    elif kind < 0.8:
        copy[rng.choice(["x", "epochs", "y" * 10_000, "a\nb", "", 5])] = rng.choice(VALUES)
    else:
        removed = copy.pop(key)
        copy |= {f"{key}x": removed} if kind < 0.9 else {}
    return copy if isinstance(value, dict) else list(copy.values())


def configurations(run: Path, number: int = 4000) -> Iterator[Fault]:
    """A mutated configuration is accepted, or refused in one line."""
    default, rng = yaml.safe_load((ROOT / "config.yaml").read_text()), random.Random(0)
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for i in range(number):
            config = {key: mutate(value, rng) if rng.random() < 0.2 else value for key, value in default.items()}
            yield attempt(f"number {i}", lambda config=config: prepare(config, [], ROOT) and None, bound_s=20)
