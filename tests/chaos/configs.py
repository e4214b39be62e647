"""Configurations with mistakes, and files that are none: accepted, or refused in one line before anything runs."""

import copy
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from chaos.fault import Fault, try_fault
from retrial.config import prepare
from retrial.errors import InputError
from retrial.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
BOMB = "\n".join(["a0: &a0 [x, x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10))])
VALUES = [
    None, True, False, 0, 1, -1, 2**31, 10**30, 10**400, -(10**30), 0.5, 1e308, -1e-308, float("nan"), float("inf"), "",
    " ", "x" * 10_000, "a\nerror: b", "\x1b[2J", "</script>", "../../x", "/etc/passwd", "$(id)", "1e-3", "yes", "\ud7ff", [],
    [[]], [None], [1, "a"], {}, {"name": "adam"}, {"a": {"b": {"c": 1}}}, {1: 2}, {None: None}, "2024-01-01", b"bytes",
]  # fmt: skip
FILES = {
    "empty": b"",
    "a comment": b"# nothing\n",
    "a list": b"- a\n",
    "a number": b"42",
    "a text": b"hello",
    "tabs": b"a:\n\tb: 1\n",
    "not UTF-8": b"a: \xff\xfe",
    "zero bytes": bytes(100),
    "a Python object": b"a: !!python/object/apply:os.system [ls]",
    "a tag of its own": b"a: !custom 1",
    "two documents": b"a: 1\n---\nb: 2\n",
    "no end": b"a: [1, 2",
    "a date that does not exist": b"a: 2024-02-31",
    "a list as a key": b"? [1]\n: 2\n",
    "3,000 brackets": b"[" * 3000,
    "300,000 brackets": b"[" * 300_000,
    "an alias of itself": b"a: &a [*a]",
    "a bomb of aliases": BOMB.encode(),
    "a merge of itself": b"a: &a\n  <<: *a\n",
    "two megabytes": b"a: " + b"x" * 2_000_000,
    "a program": b"__use_yte__: true\nepochs: ?__import__('os').system('touch executed')\n",
    "a program in JSON": b'{"__use_yte__": true}',
    "a key twice": b"a: 1\na: 2\n",
    "a key twice in JSON": b'{"a": 1, "a": 2}',
    "an unknown key": b"epochs: 5\n",
    "100,000 keys": b"\n".join(b"k%d: 1" % i for i in range(100_000)),
}


def keys(value, path: tuple = ()) -> Iterator[tuple]:
    """The paths of all values."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from keys(item, (*path, key))


def mutate(config: dict, rng: random.Random) -> tuple[str, dict]:
    """A copy of a configuration with one to three values changed, removed, added or renamed; and what was done."""
    config, done = copy.deepcopy(config), []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        path = rng.choice([path for path in keys(config) if path])
        node = config
        for key in path[:-1]:
            node = node[key]
        kind, key = rng.choice(["replace", "replace", "replace", "remove", "add", "rename"]), path[-1]
        done.append(f"{kind} {'.'.join(map(str, path))}"[:60])
        if kind == "remove":
            del node[key]
        elif kind == "replace" or isinstance(node, list):
            node[key] = copy.deepcopy(rng.choice(VALUES))
        elif kind == "add":
            node[rng.choice(["x", "epochs", "y" * 10_000, "a\nb", "", 5])] = rng.choice(VALUES)
        else:
            node[f"{key}x"] = node.pop(key)
    return ", ".join(done), config


def faults(short: bool, run) -> Iterator[Fault]:
    """Try files that are no configurations, then mutated configurations."""
    default = yaml.safe_load((ROOT / "config.yaml").read_text())
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for name, content in FILES.items():
            Path("bad.yaml").write_bytes(content)
            yield try_fault("configuration file", name, 5, lambda: refused(Path("bad.yaml"), default))
        rng = random.Random(0)
        for number in range(300 if short else 4000):
            name, config = mutate(default, rng)
            yield try_fault("configuration", f"{number}: {name}", 2, lambda config=config: plan(config))
        os.chdir(before)


def refused(path: Path, default: dict) -> str | None:
    """Read a file that is no configuration, and plan with what it says."""
    config = read_yaml(path)
    prepare(default | config, [], ROOT)
    return "it was accepted"


def plan(config: dict) -> str | None:
    """Plan with a configuration, which may happen to be valid."""
    try:
        prepare(config, [], ROOT)
    except InputError as error:
        if ":" not in str(error):
            return f"the message names no file or key: {error}"
        raise
    return None
