"""Made-up tables of slices."""

import pandas as pd

from retrial.timing.plan import Slice


def make_slices(samples, implementation="numpy", operation="relu", shape="(20,100)", n=3, **columns) -> pd.DataFrame:
    """The slices of processes with these samples, in seconds: `n` equal ones from each, on a quiet machine."""
    quiet = {"cpu_share": 1.0, "page_faults": 0.0, "context_switches": 0, "loops": 1}
    quiet |= {"busy_cores": 0.0, "blas_threads": 1} | columns
    rows = [
        Slice(operation, shape, implementation, process, number, float(sample), **quiet)
        for process, sample in enumerate(samples)
        for number in range(n)
    ]
    return pd.DataFrame(rows)
