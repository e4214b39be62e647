"""The rows of the tables in probes/: what the probes measured, each under a key of probe_keys.py."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from retrial.statistics import interval_of_mean, interval_of_share


class Row(NamedTuple):
    """A value of a probe: its 95 % interval, NaN if it has none, the number n of things it is from, and its seed."""

    probe: str
    case: str
    statistic: str
    value: float
    low: float = np.nan
    high: float = np.nan
    n: int = 1
    seed: int | None = None


def share_row(probe: str, case: str, statistic: str, is_so: np.ndarray, seed: int | None = None) -> Row:
    """The share of booleans of shape (n,) that are true; its interval is over the n alone."""
    n = len(is_so)
    return Row(probe, case, statistic, *interval_of_share(int(np.sum(is_so)), n), n, seed)


def mean_row(probe: str, case: str, statistic: str, values: np.ndarray, seed: int | None = None) -> Row:
    """The mean of values of shape (n,); its interval is over the n alone."""
    return Row(probe, case, statistic, *interval_of_mean(values), len(values), seed)


def to_table(rows: list[Row]) -> pd.DataFrame:
    """The rows as a table; all values are floats, and a row without a seed has an empty element."""
    return pd.DataFrame(rows).astype({"value": float, "seed": "Int64"})
