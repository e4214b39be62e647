"""aggregate_timings: every sample, check and measurement has its row, every pair its ratio, every instability its reason."""

import numpy as np
import pandas as pd
import pytest

from retrial.operations.table import OPERATIONS
from retrial.timing.measurement import read_measurements

CASES = [
    (name, implementation) for name in ("relu", "matrix_dot") for implementation in OPERATIONS[name].implementations
]
INPUTS = [f"results/timings/raw/{operation}/{implementation}.json" for operation, implementation in CASES]
TARGETS = [f"results/timings/{table}.csv" for table in ("timings", "speedups", "samples", "unstable", "checks")]


@pytest.fixture
def tables(run_rule):
    folder = run_rule("aggregate_timings", INPUTS, TARGETS)
    return folder, *(pd.read_csv(folder / target) for target in TARGETS)


def test_all_tables_follow_from_the_raw_samples(tables):
    folder, timings, speedups, samples, *_ = tables
    assert ",".join(timings.columns) == (
        "operation,shape,implementation,dtype,n_processes,n_samples,median_s,ci_low_s,ci_high_s,min_s,blas_threads,stable"
    )
    assert ",".join(speedups.columns) == "operation,shape,baseline,implementation,speedup,ci_low,ci_high"
    assert (timings["ci_low_s"] <= timings["median_s"]).all()
    assert (timings["median_s"] <= timings["ci_high_s"]).all()
    assert (timings["min_s"] <= timings["median_s"]).all()
    assert (timings["n_processes"] == 5).all()

    key = ["operation", "shape", "implementation"]
    measured = {
        (m.operation, m.shape, m.implementation): m for path in INPUTS for m in read_measurements(str(folder / path))
    }
    assert set(timings[key].itertuples(index=False, name=None)) == set(measured)
    for row in timings.itertuples():
        m = measured[row.operation, row.shape, row.implementation]
        assert row.median_s == pytest.approx(np.median(m.medians))
        own = samples[(samples[key] == [row.operation, row.shape, row.implementation]).all(axis=1)]
        assert own["seconds"].to_list() == pytest.approx(np.concatenate(m.samples).tolist())

    shapes = timings.groupby("operation")["shape"].unique()
    assert "(20,100)" in shapes["relu"]
    assert "(300,100) (100,200)" in shapes["matrix_dot"]
    assert all(len(of_operation) == 3 for of_operation in shapes)

    for row in speedups.itertuples():
        assert row.baseline != row.implementation
        pair = (measured[row.operation, row.shape, name].medians for name in (row.baseline, row.implementation))
        assert row.speedup == pytest.approx(np.median(np.divide(*pair)))
        assert row.ci_low <= row.speedup <= row.ci_high
    relu = speedups[(speedups["shape"] == "(20,100)") & (speedups["implementation"] == "numpy")].set_index("baseline")
    assert relu.loc["naive", "speedup"] > relu.loc["naive_list", "speedup"] > 1
    assert {"numba", "numpy", "naive_three_loops"} <= set(speedups["implementation"])


def test_every_implementation_has_its_check(tables):
    *_, checks = tables
    assert ",".join(checks.columns) == "operation,implementation,checked_against,max_abs_error,tolerance,compile_s"
    assert list(checks[["operation", "implementation"]].itertuples(index=False, name=None)) == CASES
    assert (checks["checked_against"] == np.where(checks["implementation"] == "numpy", "naive", "numpy")).all()
    assert (checks["max_abs_error"] <= checks["tolerance"]).all()
    assert (checks["compile_s"].notna() == (checks["implementation"] == "numba")).all()


def test_only_rows_that_are_not_stable_have_a_reason(tables):
    _, timings, _, _, unstable, _ = tables
    key = ["operation", "shape", "implementation"]
    assert list(unstable.columns) == [*key, "reason"]
    listed = set(unstable[key].itertuples(index=False, name=None))
    assert listed == set(timings.loc[~timings["stable"], key].itertuples(index=False, name=None))
    assert unstable["reason"].str.match("(spread|drift|load): ").all()
