"""What the claims about probes share: see retrial/network/probes.py."""

import numpy as np

from retrial.notebook.registry import NotTestable
from retrial.statistics import seeds_needed

NEEDS_SEEDS = "needs two or more seeds"


def probe_row(results, probe: str, case: str, statistic: str = "", file: str = "training"):
    """The first row of a table in probes/ about this case; its statistic begins with `statistic`.

    Raises:
        NotTestable: there is none.
    """
    table = results.csv(f"probes/{file}.csv")
    rows = table[(table["probe"] == probe) & (table["case"] == case) & table["statistic"].str.startswith(statistic)]
    if rows.empty:
        raise NotTestable(f"not measured for this network: {probe}, {case}")
    return next(rows.itertuples())


def verdict_of(agrees: bool, contradicts: bool) -> bool | None:
    """True if the evidence agrees with the claim, False if it contradicts it, None if it cannot tell."""
    return True if agrees else False if contradicts else None


def needed_seeds(values: np.ndarray, distance: float) -> str:
    """About how many seeds make the 95 % interval of a mean ± distance, as text for `Outcome.needed`."""
    n = seeds_needed(float(np.std(values, ddof=1)), distance) if distance > 0 else np.inf
    return f"needs about {n} seeds" if np.isfinite(n) else "needs more than 1,000 seeds"
