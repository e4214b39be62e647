"""aggregate_timings: every measurement has its row, every pair its ratio."""

import numpy as np
import pandas as pd
import pyperf
import pytest

from retrial.operations import IMPLEMENTATIONS

OPERATIONS = ("relu", "matrix_dot")
INPUTS = [
    f"results/timings/raw/{operation}/{name}.json" for operation in OPERATIONS for name in IMPLEMENTATIONS[operation]
]
TARGETS = ["results/timings/timings.csv", "results/timings/speedups.csv"]


@pytest.fixture
def tables(run_rule):
    folder = run_rule("aggregate_timings", INPUTS, TARGETS)
    return folder, *(pd.read_csv(folder / target) for target in TARGETS)


def test_both_tables_follow_from_the_raw_samples(tables):
    folder, timings, speedups = tables
    assert ",".join(timings.columns) == (
        "operation,shape,implementation,dtype,n_processes,n_samples,median_s,ci_low_s,ci_high_s,min_s,blas_threads,stable"
    )
    assert ",".join(speedups.columns) == "operation,shape,baseline,implementation,speedup,ci_low,ci_high"

    assert len(timings) == 7
    assert (timings["ci_low_s"] <= timings["median_s"]).all()
    assert (timings["median_s"] <= timings["ci_high_s"]).all()
    assert (timings["min_s"] <= timings["median_s"]).all()
    raw = pyperf.Benchmark.load(str(folder / INPUTS[2]))
    medians = [np.median(run.values) for run in raw.get_runs() if run.values]
    row = timings[(timings["operation"] == "relu") & (timings["implementation"] == "numpy")].iloc[0]
    assert row["median_s"] == pytest.approx(np.median(medians))
    assert (row["shape"], row["dtype"], row["n_processes"], row["n_samples"]) == ("(20,100)", "float64", 5, 10)

    assert len(speedups) == 2 * 2 + 2 * 3
    seconds = timings.set_index(["operation", "implementation"])["median_s"]
    for row in speedups.itertuples():
        assert row.baseline != row.implementation
        ratio = seconds[row.operation, row.baseline] / seconds[row.operation, row.implementation]
        assert row.speedup == pytest.approx(ratio)
        assert row.ci_low <= row.speedup <= row.ci_high
    numpy = speedups[(speedups["operation"] == "relu") & (speedups["implementation"] == "numpy")].set_index("baseline")
    assert numpy.loc["naive", "speedup"] > numpy.loc["naive_list", "speedup"] > 1
