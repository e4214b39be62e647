"""fit_costs: the ceilings of this machine, measured in the same run."""

import numpy as np
import pandas as pd
import pytest
from fit_costs import limit_row

from retrial.timing.limits import Limit
from retrial.timing.measurement import Measurement


def test_each_ceiling_has_a_value_an_interval_and_a_best(tiny_run):
    table = pd.read_csv(tiny_run / "results/timings/limits.csv")
    assert ",".join(table.columns) == "limit,unit,median,ci_low,ci_high,stable,level,best"
    assert dict(zip(table["limit"], table["unit"], strict=True)) == {
        "read_bandwidth": "GB/s",
        "copy_bandwidth": "GB/s",
        "triad_bandwidth": "GB/s",
        "multiply_add_rate": "GFLOP/s",
        "empty_call": "ns",
    }
    assert (table["ci_low"] > 0).all()
    assert table["median"].between(table["ci_low"], table["ci_high"]).all()
    assert "memory" in set(table["level"])


@pytest.mark.parametrize(
    ("amount", "seconds", "value", "best"),
    [(0.25, 0.01, 25, 50), (2.0, 0.1, 20, 40), (0, 5e-8, 50, 25)],
)
def test_a_ceiling_follows_from_the_seconds_of_a_call_and_its_best_from_the_fastest_slice(amount, seconds, value, best):
    limit = Limit("any", (), "name", "unit", "L2", amount)
    slices = [np.full(3, seconds) for _ in range(9)]
    slices[4][1] = seconds / 2
    ones, zeros = [np.ones(3)] * 9, [np.zeros(3)] * 9
    rows = [
        limit_row(limit, Measurement("any", "limits", (), slices, ones, zeros, zeros, busy, {}), max_busy_cores=0.5)
        for busy in (0.0, 1.0)
    ]
    assert [row["median"] for row in rows] == pytest.approx([value] * 2)
    assert rows[0]["best"] == pytest.approx(best)
    assert [row["stable"] for row in rows] == [True, False]
