"""time_limits, fit_costs: what this machine allows, measured in the same run."""

import numpy as np
import pandas as pd
import pytest
from fit_costs import limit_row


def test_each_limit_has_a_value_and_an_interval(tiny_run):
    table = pd.read_csv(tiny_run / "results/timings/limits.csv")
    assert ",".join(table.columns) == "limit,unit,median,ci_low,ci_high,stable"
    assert dict(zip(table["limit"], table["unit"], strict=True)) == {
        "copy_bandwidth": "GB/s",
        "multiply_add_rate": "GFLOP/s",
        "empty_call": "ns",
    }
    assert (table["ci_low"] > 0).all()
    assert (table["ci_low"] <= table["median"]).all()
    assert (table["median"] <= table["ci_high"]).all()


@pytest.mark.parametrize(
    ("operation", "seconds", "value"),
    [
        ("copy", 0.01, 2 * 8 * 2**24 / 0.01 / 1e9),
        ("multiply_add", 0.1, 2 * 1024**3 / 0.1 / 1e9),
        ("empty_call", 5e-8, 50),
    ],
)
def test_a_limit_follows_from_the_seconds_of_a_call(operation, seconds, value):
    m = {"operation": operation, "medians": np.full(5, seconds), "cpu_shares": [np.ones(1)] * 5, "others_load": 0.0}
    row = limit_row(m, resamples=200, seed=0, max_load=0.25)
    assert (row["median"], row["stable"]) == (pytest.approx(value), True)
    assert not limit_row(m | {"others_load": 0.5}, resamples=200, seed=0, max_load=0.25)["stable"]
