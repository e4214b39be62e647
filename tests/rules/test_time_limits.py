"""time_limits, fit_costs: what this machine allows, measured in the same run."""

import numpy as np
import pandas as pd
import pytest
from fit_costs import limit_row

from retrial.timing.measurement import Measurement


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
    samples, cpu_shares = [np.array([seconds])] * 5, [np.ones(1)] * 5
    rows = [
        limit_row(Measurement(operation, "limits", (), samples, cpu_shares, load, {}), 200, seed=0, max_load=0.25)
        for load in (0.0, 0.5)
    ]
    assert [row["median"] for row in rows] == pytest.approx([value] * 2)
    assert [row["stable"] for row in rows] == [True, False]
