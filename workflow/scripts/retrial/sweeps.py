"""Sweeps: each is a grid of values for keys of an experiment; a cell of it is an experiment with a generated name."""

import hashlib
import itertools
import json
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

from retrial.config import check_config
from retrial.errors import InputError
from retrial.files import read_json
from retrial.page.points import format_point


class Cell(NamedTuple):
    """A cell of a sweep.

    Attributes:
        point: the value of each key of the grid.
        settings: the complete settings of its experiment.
    """

    point: dict
    settings: dict


def cells_of_sweeps(config: dict, schema: dict) -> dict[str, dict[str, Cell]]:
    """The cells of each sweep by their names, in the order of the grid.

    A cell keeps its name as long as its point is in the grid: the name is a checksum of the point.

    Args:
        config: as `retrial.config.prepare` returns it.
        schema: that of config.yaml.

    Raises:
        InputError: a key of a grid is not one of an experiment, or a cell is no valid experiment.
    """
    sweeps = {name: _cells(config, name, sweep) for name, sweep in config["sweeps"].items()}
    experiments = {"baseline": config["experiments"]["baseline"]}
    experiments |= {f"{sweep}_{name}": cell.settings for sweep, cells in sweeps.items() for name, cell in cells.items()}
    try:
        check_config(config | {"experiments": experiments}, schema)
    except InputError as error:
        message = str(error)
        for sweep, cells in sweeps.items():
            for name, cell in cells.items():
                message = message.replace(f"experiments.{sweep}_{name}", f"sweeps.{sweep}, {format_point(cell.point)}")
        raise InputError(message) from error
    return sweeps


def _cells(config: dict, sweep: str, block: dict) -> dict[str, Cell]:
    base = config["experiments"]["baseline"] | block.get("settings", {})
    base |= {"seeds": block["seeds"]} if "seeds" in block else {}
    cells = {}
    for values in itertools.product(*block["grid"].values()):
        point = dict(zip(block["grid"], values, strict=True))
        settings = deepcopy(base)
        for key, value in point.items():
            _set(settings, key, value, f"config.yaml: sweeps.{sweep}.grid.{key}")
        name = hashlib.sha256(json.dumps(point, sort_keys=True).encode()).hexdigest()[:10]
        cells[name] = Cell(point, settings)
    return cells


def _set(settings: dict, key: str, value, where: str) -> None:
    """Set a dotted key such as `optimizer.learning_rate` or `layers.0.units`."""
    *path, last = (int(part) if part.isdigit() else part for part in key.split("."))
    node = settings
    try:
        for part in path:
            node = node[part]
        if isinstance(node, list) or not path:
            node[last]  # a key of an optimizer may be new, any other must be there
        node[last] = deepcopy(value)
    except (KeyError, IndexError, TypeError) as error:
        known = ", ".join(sorted(settings.keys() - {"seeds"}))
        raise InputError(
            f"{where}: found a key that no experiment has, expected one of {known}, or a part of one, such as "
            "optimizer.learning_rate: correct it"
        ) from error


def parts_of(cells: dict[str, Cell]) -> list[dict[str, Cell]]:
    """The cells of a sweep in parts, each for one job: up to 20 jobs, or more with ten cells each."""
    n_parts = max(min(len(cells), 20), -(-len(cells) // 10))
    return [dict(list(cells.items())[part::n_parts]) for part in range(n_parts)]


def forget_failed_cells(sweeps: dict[str, dict[str, Cell]], folder: Path) -> list[str]:
    """Remove the parts that have a failed cell, so that the next run tries it again; return a line for each such cell.

    Args:
        folder: results/.
    """
    lines = []
    for sweep, cells in sweeps.items():
        for path in sorted((folder / "sweeps" / sweep).glob("part_*.json")):
            failed = {name: record["failed"] for name, record in read_json(path).items() if record["failed"]}
            lines += [
                f"failed: sweep {sweep}: {format_point(cells[name].point)}: {reason}"
                for name, reason in failed.items()
                if name in cells
            ]
            if failed:
                path.unlink()
    if lines:
        lines.append(
            f"Failed cells: {len(lines)}. The next run tries them again; the tables in results/sweeps/ have all others."
        )
    return lines
