"""Digests of the files that a script uses.

Snakemake reruns a rule when its params change, but it does not look into modules that a script imports, nor into the
lock file, and takes a touched script for a changed one. With these digests among its params, a rule reruns when, and
only when, its code or the locked environment changes. Comments, layout and docstrings do not count, except below a
decorator with arguments, such as `@claim(…)`: a claim says what its docstring says.

What counts as used by a file: the modules of this package that it imports, anywhere in it, and those that a string in
it names, as `import_module(f"retrial.operations.{name}")` or `python -m retrial.timing.worker` do; of a name that ends
in a dot, all modules there. And each file below workflow/ whose path is a string in it: "report/style.mplstyle"; of a
folder, "report/parts/", all templates there.
"""

import ast
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).parents[1]
ROOT = SCRIPTS.parents[1]
LOCK = ROOT / "envs/requirements.lock"

MODULE_NAME = re.compile(r"retrial(\.\w+)*\.?")
FILE_NAME = re.compile(r"(\w+/)+(\w+(\.\w+)+)?")


class _Content(NamedTuple):
    """What counts of a file: a digest of it, the names of the modules and of the files that it uses."""

    digest: str
    modules: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()


def code_files(scripts: Path, script: str) -> list[Path]:
    """The script in the folder `scripts`, and all files that it uses, directly or not, sorted."""
    found, waiting = set(), {scripts / script}
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= _used_files(_read(path), scripts) - found
    return sorted(found)


def code_digests(scripts: Path, script: str) -> dict[str, str]:
    """The digest of each file that a script uses, itself and the lock included, by the path that names it.

    Such as `scripts/train.py`, `retrial/statistics.py`, `report/page.css`, `envs/requirements.lock`.
    """
    digests = {
        path.relative_to(scripts.parent).as_posix().replace("scripts/retrial/", "retrial/"): _read(path).digest
        for path in code_files(scripts, script)
    }
    lock = scripts.parents[1] / "envs/requirements.lock"
    return digests | {"envs/requirements.lock": _read(lock).digest}


@cache
def _used_files(content: _Content, scripts: Path) -> frozenset[Path]:
    """The files that a file of this content uses itself."""
    found = set()
    for name in content.files:
        path = scripts.parent / name
        found.update(path.glob("*.j2") if name.endswith("/") else [path])
    for name in content.modules:
        module = name.replace(".", "/")
        found.update((scripts / module).glob("*.py") if name.endswith(".") else [scripts / f"{module}.py"])
    return frozenset(file for file in found if file.is_file())


def _read(path: Path) -> _Content:
    return _parse(path.read_text(encoding="utf-8"), path.suffix == ".py")


@cache  # by text: many scripts use the same modules
def _parse(text: str, is_python: bool) -> _Content:
    if not is_python:
        return _Content(_digest(text))
    tree, names, strings = ast.parse(text), set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.add(node.value)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        with_arguments = any(isinstance(decorator, ast.Call) for decorator in getattr(node, "decorator_list", []))
        if isinstance(body := getattr(node, "body", None), list) and not with_arguments:
            node.body = [part for part in body if not _is_docstring(part)]
    modules = frozenset(filter(MODULE_NAME.fullmatch, names | strings))
    return _Content(_digest(ast.unparse(tree)), modules, frozenset(filter(FILE_NAME.fullmatch, strings)))


def _is_docstring(node) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
