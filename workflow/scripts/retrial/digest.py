"""A digest of the code behind a rule.

Snakemake reruns a rule when its params change, but it does not look into modules that a script imports, nor into the
lock file, and takes a touched script for a changed one. With this digest among its params, a rule reruns when, and only
when, its code or the locked environment changes. Comments, docstrings and layout are no code.

What counts as used by a file: the modules of this package that it imports, anywhere in it, and those that a string in
it names, as `import_module(f"retrial.operations.{name}")` or `python -m retrial.timing.worker` do; of a name that ends
in a dot, all modules there. And each file below workflow/ whose path is a string in it: "report/style.mplstyle".
"""

import ast
import hashlib
import json
import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from retrial.files import read_json, write_json

PACKAGE = "retrial"
SCRIPTS = Path(__file__).parents[1]
ROOT = SCRIPTS.parents[1]
LOCK = ROOT / "envs/requirements.lock"
KEPT = Path(".retrial/code.json")

MODULE_NAME = re.compile(rf"{PACKAGE}(\.\w+)*\.?")
FILE_NAME = re.compile(r"(\w+/)+\w+(\.\w+)+")


class _Module:
    """What counts of a module.

    Attributes:
        code: its syntax tree as nested lists, without positions, docstrings and empty fields: the same on every Python.
        strings: the text of its string constants.
        imports: the names that it imports.
    """

    def __init__(self, text: str):
        self.strings, self.imports = set(), set()
        self.code = self._simplify(ast.parse(text))

    def _simplify(self, node):
        if isinstance(node, list):
            return [self._simplify(item) for item in node if not _is_docstring(item)]
        if not isinstance(node, ast.AST):
            return repr(node)
        if isinstance(node, ast.JoinedStr):  # Python 3.12 sees empty text at the end of some
            return ["f", [self._simplify(part) for part in node.values if getattr(part, "value", None) != ""]]
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.strings.add(node.value)
        elif isinstance(node, ast.Import):
            self.imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            self.imports.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        fields = ((name, getattr(node, name, None)) for name in node._fields)
        return [type(node).__name__, [[name, self._simplify(v)] for name, v in fields if v is not None and v != []]]


def _is_docstring(node) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache  # by text: Snakemake asks for the same files for each rule
def _parse(text: str) -> tuple[str, frozenset[str], frozenset[str]]:
    """Of a module's text: its syntax tree as text, the names of modules in it, the names of files in it."""
    module = _Module(text)
    names = {name for name in module.imports | module.strings if name and MODULE_NAME.fullmatch(name)}
    return json.dumps(module.code), frozenset(names), frozenset(filter(FILE_NAME.fullmatch, module.strings))


def used_files(path: Path, scripts: Path) -> set[Path]:
    """The files that the file `path` uses itself, as the module's docstring tells."""
    if path.suffix != ".py":
        return set()
    _, modules, files = _parse(path.read_text(encoding="utf-8"))
    found = {scripts.parent / name for name in files}
    for name in modules:
        if name.endswith("."):
            found.update((scripts / name.replace(".", "/")).glob("*.py"))
        else:
            found.add(scripts / f"{name.replace('.', '/')}.py")
    return {file for file in found if file.is_file()}


def code_files(scripts: Path, script: str) -> list[Path]:
    """The script in the folder `scripts`, and all files that it uses, directly or not, sorted."""
    found, waiting = set(), {scripts / script}
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= used_files(path, scripts) - found
    return sorted(found)


def code_digest(lock: Path, scripts: Path, script: str) -> str:
    """sha256 of the lock file and of `code_files`: their names, and their code or, of other formats, their bytes."""
    digest = hashlib.sha256(lock.read_bytes())
    for path in code_files(scripts, script):
        content = path.read_bytes()
        if path.suffix == ".py":
            content = _parse(content.decode())[0].encode()
        digest.update(path.relative_to(scripts.parent).as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def code_digests(lock: Path, scripts: Path) -> dict[str, str]:
    """The `code_digest` of each script, by its name.

    They take half a second, and each job asks for them. So they are kept in the working folder, with a checksum of all
    that they may depend on: Python, the lock file, each file of the workflow. A file that does not fit is made again.
    """
    made_from = _checksum(sys.version, lock.read_bytes(), *_workflow_files(scripts.parent))
    with suppress(OSError, ValueError, RecursionError, KeyError, TypeError):
        kept = read_json(KEPT)
        if kept["checksum"] == _checksum(made_from, kept["digests"]):
            return kept["digests"]
    digests = {path.name: code_digest(lock, scripts, path.name) for path in scripts.glob("[!.]*.py")}
    with suppress(OSError):  # a folder that cannot be written: the next plan computes them again
        KEPT.parent.mkdir(exist_ok=True)
        write_json(KEPT, {"checksum": _checksum(made_from, digests), "digests": digests})
    return digests


def _workflow_files(workflow: Path) -> list[tuple[str, bytes]]:
    """The paths in the folder and the bytes of all files in it, compiled code excepted."""
    found = (Path(folder, name) for folder, _, names in os.walk(workflow, followlinks=True) for name in names)
    files = sorted(path for path in found if path.suffix != ".pyc" and path.is_file())
    return [(path.relative_to(workflow).as_posix(), path.read_bytes()) for path in files]


def _checksum(*values) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()
