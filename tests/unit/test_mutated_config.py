"""Whatever stands in config.yaml, it is accepted or refused in one short line."""

import random

import yaml
from conftest import ROOT

from retrial.config import prepare
from retrial.errors import InputError

VALUES = [
    None, True, 0, -1, 10**30, 10**400, 0.5, 1e308, -1e-308, float("nan"), float("inf"), "", " ", "x" * 200, "a\nerror: b",
    "\x1b[2J", "</script>", "../../x", "1e-3", [], [[]], [None], [1, "a"], {}, {"name": "adam"}, {1: 2}, {None: None}, b"x",
]  # fmt: skip


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


def test_random_slips_are_accepted_or_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    default, rng, refused = yaml.safe_load((ROOT / "config.yaml").read_text()), random.Random(0), 0
    for _ in range(300):
        config = {key: mutate(value, rng) if rng.random() < 0.2 else value for key, value in default.items()}
        try:
            prepare(config, [], ROOT)
        except InputError as error:
            refused += 1
            assert str(error).isprintable() and len(str(error)) <= 1500, config
    assert refused > 100
