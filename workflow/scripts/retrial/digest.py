"""A digest of the code behind a rule.

Snakemake reruns a rule when its params change, but looks neither into modules that a script imports nor into the lock
file, and takes a touched script for a changed one. With this digest among its params, a rule reruns when, and only
when, the text of its code or of the locked environment changes.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

PACKAGE = "retrial"
SCRIPTS = Path(__file__).parents[1]
ROOT = SCRIPTS.parents[1]
LOCK = ROOT / "envs/requirements.lock"


@cache  # by text: Snakemake asks for the same files for each rule
def imported_names(text: str) -> set[str]:
    """The dotted names of the shared package that a module's text imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in names if name and name.startswith(PACKAGE + ".")}


def imported_modules(path: Path, scripts: Path) -> set[Path]:
    """The files of the shared package that the file `path` imports itself."""
    names = imported_names(path.read_text(encoding="utf-8"))
    files = {scripts / f"{name.replace('.', '/')}.py" for name in names}
    return {file for file in files if file.is_file()}


def code_files(scripts: Path, *names: str) -> list[Path]:
    """The named files below the folder `scripts` and what they import of the shared package, directly or not, sorted.

    What is imported by a name computed at run time, or read as a template or style, must be named.
    """
    found, waiting = set(), {scripts / name for name in names}
    while waiting:
        path = waiting.pop()
        found.add(path)
        if path.suffix == ".py":
            waiting |= imported_modules(path, scripts) - found
    return sorted(found)


def code_digest(lock: Path, scripts: Path, *names: str) -> str:
    """sha256 over the lock file and `code_files`: names relative to `scripts`, and contents."""
    digest = hashlib.sha256(lock.read_bytes())
    for path in code_files(scripts, *names):
        digest.update(path.relative_to(scripts).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
