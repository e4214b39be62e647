"""Sweeps: each is a grid of values for keys of an experiment; each grid point is an experiment of its own."""

import hashlib
import itertools
import json
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

from retrial.errors import InputError
from retrial.files import read_json


class GridPoint(NamedTuple):
    """A point in the grid of a sweep.

    Attributes:
        values: the value of each key of the grid.
        settings: the complete settings of its experiment.
    """

    values: dict
    settings: dict


def points_of_sweeps(config: dict) -> dict[str, dict[str, GridPoint]]:
    """The grid points of each sweep by their names, in the order of the grid.

    A point keeps its name as long as it is in the grid: the name is a checksum of its values.

    Raises:
        InputError: a key of a grid is not one of an experiment.
    """
    return {name: _points(config["experiments"]["baseline"], name, sweep) for name, sweep in config["sweeps"].items()}


def _points(baseline: dict, sweep: str, block: dict) -> dict[str, GridPoint]:
    base = baseline | block.get("settings", {}) | ({"seeds": block["seeds"]} if "seeds" in block else {})
    points = {}
    for combination in itertools.product(*block["grid"].values()):
        values, settings = dict(zip(block["grid"], combination, strict=True)), deepcopy(base)
        for key, value in values.items():
            _set(settings, key, value, f"config.yaml: sweeps.{sweep}.grid.{key}")
        name = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:10]
        points[name] = GridPoint(values, settings)
    return points


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


def parts_of(points: dict[str, GridPoint]) -> list[dict[str, GridPoint]]:
    """The points of a sweep in parts, each for one job: up to 20 jobs, or more with ten points each."""
    n_parts = max(min(len(points), 20), -(-len(points) // 10))
    return [dict(list(points.items())[part::n_parts]) for part in range(n_parts)]


def forget_failed(sweeps: dict[str, dict[str, GridPoint]], folder: Path) -> list[str]:
    """Remove parts in a results folder that have a failed point: the next run tries it again. A line for each point."""
    lines = []
    for sweep, points in sweeps.items():
        for path in sorted((folder / "sweeps" / sweep).glob("part_*.json")):
            failed = {name: record["failed"] for name, record in read_json(path).items() if record["failed"]}
            lines += [
                f"failed: sweep {sweep}: {format_point(points[name].values)}: {reason}"
                for name, reason in failed.items()
                if name in points
            ]
            if failed:
                path.unlink()
    if lines:
        lines.append(
            f"Failed grid points: {len(lines)}. The next run tries them again; the tables in results/sweeps/ have all "
            "others."
        )
    return lines


def format_point(values: dict) -> str:
    """A grid point as text: `batch_size 64, optimizer.learning_rate 0.001`."""
    return ", ".join(f"{key} {format_value(value)}" for key, value in values.items())


def format_value(value) -> str:
    """A value of a grid as text: of a list of layers `512 relu + 10 softmax`."""
    if isinstance(value, list):
        return " + ".join(map(format_value, value))
    if isinstance(value, dict):
        return " ".join(format_value(value[key]) for key in sorted(value, key=lambda key: key not in ("name", "units")))
    return f"{value:g}" if isinstance(value, float) or (isinstance(value, int) and value > 1e9) else str(value)
