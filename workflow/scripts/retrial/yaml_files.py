"""Read a configuration file without running anything that it holds, and say in one line what is wrong with it.

Snakemake reads the files of `--configfile` before this code can see them, and a file with the key `__use_yte__` may run
code there. So `make run CONFIGFILE=…` reads the file here first: retrial/commands/check_options.py.
"""

import json
import stat
from pathlib import Path

import yaml

from retrial.errors import InputError, shorten

MAX_BYTES = 200_000
MAX_VALUES = 100_000  # after aliases are replaced by what they stand for


class _UniqueKeys(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        found = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in found:
                raise InputError(
                    f"{self.name}: {shorten(key.value)} is defined twice below line {node.start_mark.line + 1}, "
                    "expected once: keep one"
                )
            found.add(key.value if isinstance(key.value, str) else None)
        return super().construct_mapping(node, deep)


def read_yaml(path: str | Path) -> dict:
    """Read a configuration file.

    Raises:
        InputError: it is no mapping in YAML or JSON, or asks Snakemake to run expressions, or is excessively large.
    """
    text = _read_text(Path(path))
    try:
        value = _parse(text, str(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
        raise InputError(
            f"{path}: {line}{problem}; expected YAML of mappings, lists, text and numbers: correct it"
        ) from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deeply, expected a few levels as in config.yaml: correct it") from error
    except (ValueError, TypeError, OverflowError) as error:  # such as the date 2024-02-31, or a list as a key
        raise InputError(f"{path}: found a value that YAML cannot make ({error}): correct it") from error
    if not isinstance(value, dict):
        found = "nothing" if value is None else shorten(value, 60)
        raise InputError(f"{path}: found {found}, expected keys with values as in config.yaml: correct it")
    return value


def _read_text(path: Path) -> str:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path}: not a regular file, expected a configuration in YAML: name another file")
        if status.st_size > MAX_BYTES:
            raise InputError(
                f"{path}: {status.st_size} bytes, expected a configuration of at most {MAX_BYTES}: name another file"
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start} is not UTF-8, expected text in UTF-8: save it as such") from error
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file, expected a configuration in YAML: correct the name") from error
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: {problem}, expected a configuration that can be read: correct it") from error


def _parse(text: str, name: str):
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _unique(pairs, name))  # as Snakemake does first
    except json.JSONDecodeError:
        pass
    loader = _UniqueKeys(text)
    loader.name = name
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if (n := _count_values(node, {}, name)) > MAX_VALUES:
            raise InputError(
                f"{name}: its aliases (*name) make {n:.0e} values, expected at most {MAX_VALUES}: use fewer"
            )
        value = loader.construct_document(node)
    finally:
        loader.dispose()
    if isinstance(value, dict):
        _unique(value.items(), name)
    return value


def _unique(pairs, name: str) -> dict:
    pairs = list(pairs)
    result = dict(pairs)
    if len(result) < len(pairs):
        raise InputError(f"{name}: a key is defined twice in {shorten([key for key, _ in pairs])}: keep one")
    if "__use_yte__" in result:
        raise InputError(
            f"{name}: found __use_yte__, with which Snakemake runs code that the file contains; expected settings "
            "alone: remove it"
        )
    return result


def _count_values(node, counted: dict, name: str) -> int:
    """The values below a node of YAML; each alias counts as all that it stands for."""
    if id(node) not in counted:
        counted[id(node)] = None  # until it is known
        children = node.value if isinstance(node.value, list) else []
        children = [part for child in children for part in (child if isinstance(child, tuple) else (child,))]
        counted[id(node)] = 1 + sum(_count_values(child, counted, name) for child in children)
    if counted[id(node)] is None:
        raise InputError(
            f"{name}: line {node.start_mark.line + 1}: an alias stands for itself, expected none: remove it"
        )
    return counted[id(node)]
