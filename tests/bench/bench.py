"""What the benchmarks share: a row of their table, and the table."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).parents[2]


class Row(NamedTuple):
    """A value measured in several rounds, and the limits that its median should keep."""

    name: str
    rounds: list[float]
    at_most: float = math.inf
    at_least: float = 0


def report(rows: list[Row]) -> int:
    """Print the rows; return how many miss a limit."""
    missed = 0
    print(f"{'':<56}{'median':>8}{'lowest':>8}{'highest':>9}  wanted")
    for name, rounds, at_most, at_least in rows:
        median = float(np.median(rounds))
        wanted = f"≤ {at_most:g}" if at_most < math.inf else f"≥ {at_least:g}" if at_least else ""
        missed += (is_missed := not at_least <= median <= at_most)
        print(f"{name:<56}{median:8.2f}{min(rounds):8.2f}{max(rounds):9.2f}  {wanted}{' missed' if is_missed else ''}")
    return missed
