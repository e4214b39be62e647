"""The rows of the tables of probes."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from retrial.statistics import Interval, interval_of_mean, interval_of_share


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


def interval_row(probe: str, case: str, statistic: str, interval: Interval, n: int, seed: int | None = None) -> Row:
    """A row with an interval."""
    return Row(probe, case, statistic, *interval, n, seed)


def accuracy_row(probe: str, case: str, correct: np.ndarray, seed: int | None = None) -> Row:
    """The accuracy on the test images, from booleans of shape (images,); its interval is over the images alone."""
    n = len(correct)
    return interval_row(probe, case, "accuracy", interval_of_share(int(correct.sum()), n), n, seed)


def difference_row(probe: str, case: str, statistic: str, first: np.ndarray, second: np.ndarray, seed: int) -> Row:
    """The mean difference of two networks' scores on the same images, shape (images,) each, over the images alone."""
    difference = np.subtract(first, second, dtype=np.float64)
    return interval_row(probe, case, statistic, interval_of_mean(difference), len(difference), seed)


def to_table(rows: list[Row]) -> pd.DataFrame:
    """The rows as a table; all values are floats, and a row without a seed has an empty cell."""
    return pd.DataFrame(rows).astype({"value": float, "seed": "Int64"})
