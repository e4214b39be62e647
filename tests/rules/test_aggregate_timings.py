"""aggregate_timings: every sample, check and measurement has its row, every pair its ratio, every instability its reason."""

import numpy as np
import pandas as pd
import pytest

from retrial.operations import numpy as numpy_operations
from retrial.operations import numpy_repetition
from retrial.operations.table import BROADCASTING, IMPLEMENTATIONS, OPERATIONS, make_inputs
from retrial.timing.measurement import read_measurements

CASES = [
    (name, implementation)
    for name in ("relu", "vector_dot", "matrix_vector_dot")
    for implementation in OPERATIONS[name].implementations
]
INPUTS = [f"results/timings/raw/{operation}/{implementation}.json" for operation, implementation in CASES]
RAW_BROADCASTING = [f"results/tensors/raw/{operation}.json" for operation in BROADCASTING]
TABLES = ("timings", "speedups", "samples", "unstable", "checks", "control", "crossovers")
PATHS = {table: f"results/timings/{table}.csv" for table in TABLES} | {
    "broadcasting": "results/tensors/broadcasting.csv"
}
TARGETS = list(PATHS.values())


@pytest.fixture
def tables(run_rule):
    folder = run_rule("aggregate_timings", INPUTS + RAW_BROADCASTING, TARGETS)
    return folder, {name: pd.read_csv(folder / path) for name, path in PATHS.items()}


def test_all_tables_follow_from_the_raw_samples(tables):
    folder, tables = tables
    timings, speedups, samples = (tables[name] for name in ("timings", "speedups", "samples"))
    assert ",".join(timings.columns) == (
        "operation,shape,implementation,dtype,n_processes,n_samples,median_s,ci_low_s,ci_high_s,min_s,blas_threads,stable,"
        "sd_within_s,sd_between_s,page_faults,context_switches"
    )
    assert ",".join(speedups.columns) == "operation,shape,baseline,implementation,speedup,ci_low,ci_high"
    assert (timings["ci_low_s"] <= timings["median_s"]).all()
    assert (timings["median_s"] <= timings["ci_high_s"]).all()
    assert (timings["min_s"] <= timings["median_s"]).all()
    assert (timings["n_processes"] == 6).all()

    key = ["operation", "shape", "implementation"]
    measured = {
        (m.operation, m.shape, m.implementation): m for path in INPUTS for m in read_measurements(str(folder / path))
    }
    assert set(timings[key].itertuples(index=False, name=None)) == {k for k in measured if k[2] != "control"}
    for row in timings.itertuples():
        m = measured[row.operation, row.shape, row.implementation]
        assert row.median_s == pytest.approx(np.median(m.samples))
        own = samples[(samples[key] == [row.operation, row.shape, row.implementation]).all(axis=1)]
        assert own["seconds"].to_list() == pytest.approx(np.concatenate(m.slices).tolist())

    shapes = timings.groupby("operation")["shape"].unique()
    assert "(20,100)" in shapes["relu"]
    assert "(300,100) (100,)" in shapes["matrix_vector_dot"]
    assert all(len(shapes_of_operation) >= 3 for shapes_of_operation in shapes)

    for row in speedups.itertuples():
        assert row.baseline != row.implementation
        pair = (measured[row.operation, row.shape, name].samples for name in (row.baseline, row.implementation))
        assert row.speedup == pytest.approx(np.median(np.divide(*pair)))
        assert row.ci_low <= row.speedup <= row.ci_high
    relu = speedups[(speedups["shape"] == "(20,100)") & (speedups["implementation"] == "numpy")].set_index("baseline")
    assert relu.loc["naive", "speedup"] > relu.loc["naive_list", "speedup"] > 1
    assert {"numba", "numpy", "naive_list_max"} <= set(speedups["implementation"])


def test_every_implementation_has_its_check(tables):
    checks = tables[1]["checks"]
    assert ",".join(checks.columns) == "operation,implementation,checked_against,max_abs_error,tolerance,compile_s"
    assert list(checks[["operation", "implementation"]].itertuples(index=False, name=None)) == [
        case for case in CASES if case[1] != "control"
    ]
    is_numpy = checks["implementation"].map(lambda name: IMPLEMENTATIONS[name].module == "numpy")
    assert (checks["checked_against"] == np.where(is_numpy, "naive", "numpy")).all()
    assert (checks["max_abs_error"] <= checks["tolerance"]).all()
    assert (checks["compile_s"].notna() == (checks["implementation"] == "numba")).all()


def test_only_rows_that_are_not_stable_have_a_reason(tables):
    timings, unstable = tables[1]["timings"], tables[1]["unstable"]
    key = ["operation", "shape", "implementation"]
    assert list(unstable.columns) == [*key, "reason"]
    listed = set(unstable[key].itertuples(index=False, name=None))
    assert listed == set(timings.loc[~timings["stable"], key].itertuples(index=False, name=None))
    assert unstable["reason"].str.match("(spread|drift|load): ").all()


def test_numpy_under_a_second_name_is_compared_with_itself_at_every_size(tables):
    timings, control = tables[1]["timings"], tables[1]["control"]
    assert ",".join(control.columns) == "operation,shape,ratio,ci_low,ci_high,covers_1"
    numpy = timings[timings["implementation"] == "numpy"]
    assert list(zip(control["operation"], control["shape"], strict=True)) == list(
        zip(numpy["operation"], numpy["shape"], strict=True)
    )
    assert (control["covers_1"] == ((control["ci_low"] <= 1) & (control["ci_high"] >= 1))).all()
    assert control["ratio"].between(0.5, 2).all()


def test_each_loop_has_its_crossover(tables):
    crossovers = tables[1]["crossovers"]
    assert ",".join(crossovers.columns) == "operation,baseline,slower_up_to,faster_from"
    assert set(zip(crossovers["operation"], crossovers["baseline"], strict=True)) == {
        (operation, baseline)
        for operation in ("relu", "vector_dot", "matrix_vector_dot")
        for baseline in ("naive", "naive_list")
    }
    assert crossovers["faster_from"].notna().all(), "NumPy wins in the end"


def test_repetition_gives_the_same_result_with_more_memory(tables):
    folder, table = tables[0], tables[1]["broadcasting"]
    assert ",".join(table.columns) == (
        "operation,shape,method,max_abs_error,peak_bytes,median_s,ratio,ratio_ci_low,ratio_ci_high,stable"
    )
    assert list(table["operation"]) == ["add_matrix_vector", "add_matrix_vector", "maximum", "maximum"]
    assert list(table["method"]) == ["broadcasting", "explicit repetition"] * 2
    assert (table["max_abs_error"] == 0).all()
    for operation in BROADCASTING:
        broadcasting, repetition = (row for row in table[table["operation"] == operation].itertuples())
        repeated = make_inputs(OPERATIONS[operation].shapes, 0)[0].nbytes
        assert repetition.peak_bytes > broadcasting.peak_bytes + 0.8 * repeated
        assert (broadcasting.ratio, broadcasting.ratio_ci_low, broadcasting.ratio_ci_high) == (1, 1, 1)
        assert repetition.ratio_ci_low <= repetition.ratio <= repetition.ratio_ci_high
        own, other = (m.samples for m in read_measurements(str(folder / f"results/tensors/raw/{operation}.json")))
        assert repetition.median_s == pytest.approx(np.median(other))
        assert repetition.ratio == pytest.approx(np.median(other / own))


@pytest.mark.parametrize("operation", BROADCASTING)
def test_repetition_and_broadcasting_agree_with_plain_indexing(operation):
    x, y = make_inputs(OPERATIONS[operation].shapes, seed=1)
    combine = np.maximum if operation == "maximum" else np.add
    expected = np.empty_like(x)
    for index in np.ndindex(*x.shape):
        expected[index] = combine(x[index], y[index[-y.ndim :]])
    for module in (numpy_operations, numpy_repetition):
        np.testing.assert_array_equal(getattr(module, operation)(x, y), expected)
