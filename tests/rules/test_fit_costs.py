"""fit_costs: overhead and cost per step, and how near each implementation comes to the limit."""

import numpy as np
import pandas as pd
import pytest
from fit_costs import cost_row, fit, throughput_row

from retrial.operations.table import IMPLEMENTATIONS, SHAPES, sweep, work

INPUTS = [
    f"results/timings/raw/{operation}/{name}.json"
    for operation in ("relu", "matrix_dot")
    for name in IMPLEMENTATIONS[operation]
] + ["results/timings/limits.json"]
TARGETS = [f"results/timings/{table}.csv" for table in ("cost_models", "throughput", "limits")]
SIZES = sweep("relu", below=1, above=3, max_steps={"elements": 2**24, "multiply_adds": 1})


def measurements(seconds_of_steps, operation="relu", implementation="numpy", shapes=SIZES):
    rng = np.random.default_rng(0)
    return [
        {
            "operation": operation,
            "implementation": implementation,
            "shape": str(s),
            "shapes": s,
            "medians": seconds_of_steps(work(operation, s).steps) * rng.lognormal(sigma=0.02, size=5),
        }
        for s in shapes
    ]


def test_tables_have_a_row_for_each_model_and_each_measurement(run_rule):
    folder = run_rule("fit_costs", INPUTS, TARGETS)
    models, throughput, _ = (pd.read_csv(folder / target) for target in TARGETS)
    assert len(models) == 4 + 5
    assert set(models["step"]) == {"element", "multiply-add"}
    relu = models[models["operation"] == "relu"].set_index("implementation")
    assert relu.loc["naive", "cost_s"] > relu.loc["naive_list", "cost_s"] > relu.loc["numpy", "cost_s"]
    assert (models["compile_s"].notna() == (models["implementation"] == "numba")).all()
    assert (throughput["share_of_limit"] > 0).all()
    assert set(throughput["limit"]) == {"memory", "multiply-adds"}


def test_a_fit_finds_overhead_and_cost():
    steps = np.array([10.0, 1000.0, 100000.0])
    overhead, cost = fit(steps, 5e-7 + 2e-9 * steps)
    assert (overhead, cost) == (pytest.approx(5e-7), pytest.approx(2e-9))


def test_neither_overhead_nor_cost_is_below_zero():
    steps = np.array([1.0, 10.0, 100.0])
    overheads, costs = fit(steps, np.array([[0.5, 10, 100], [3, 3, 1]]))
    assert (overheads >= 0).all()
    assert (costs >= 0).all()
    assert overheads[0] == 0
    assert costs[1] == 0


def test_a_model_has_intervals_and_says_where_each_regime_begins():
    row = cost_row(measurements(lambda n: (6e-7 + 5e-10 * n) * (4 if n > 1e7 else 1)), resamples=500, seed=0)
    assert row["overhead_s"] == pytest.approx(6e-7, rel=0.1)
    assert row["cost_s"] == pytest.approx(5e-10, rel=0.1)
    assert row["overhead_ci_low_s"] < row["overhead_s"] < row["overhead_ci_high_s"]
    assert row["cost_ci_low_s"] < row["cost_s"] < row["cost_ci_high_s"]
    assert row["overhead_until"] == pytest.approx(1200, rel=0.2)
    assert (row["memory_from"], row["n_sizes"]) == (work("relu", SIZES[-1]).steps, 4)


def test_one_size_is_too_few_for_a_model():
    row = cost_row(measurements(lambda n: 1e-9 * n, shapes=SIZES[:1]), resamples=500, seed=0)
    assert (row["n_sizes"], row["cost_s"]) == (1, None)


def test_throughput_is_work_over_time_and_the_limit_the_nearer_one():
    (m,) = measurements(lambda n: 1.0, shapes=SIZES[-1:])
    m["medians"] = np.ones(5)
    row = throughput_row(m, bandwidth=1e9, rate=1e12)
    amount = work("relu", SIZES[-1])
    assert (row["gb_per_s"], row["gflop_per_s"]) == (amount.bytes / 1e9, amount.flop / 1e9)
    assert (row["limit"], row["share_of_limit"]) == ("memory", pytest.approx(amount.bytes / 1e9))
    (m,) = measurements(lambda n: 1.0, operation="matrix_dot", shapes=[SHAPES["matrix_dot"]])
    m["medians"] = np.ones(5)
    row = throughput_row(m, bandwidth=1e12, rate=1e9)
    assert (row["limit"], row["share_of_limit"]) == ("multiply-adds", pytest.approx(12e6 / 1e9))


def test_a_view_moves_nothing_so_it_has_no_throughput():
    (m,) = measurements(lambda n: 1.0, operation="reshape", shapes=[SHAPES["reshape"]])
    row = throughput_row(m, bandwidth=1e9, rate=1e9)
    assert (row["gb_per_s"], row["share_of_limit"], row["limit"]) == (None, None, "none: a view")
    m["implementation"] = "naive"
    assert throughput_row(m, bandwidth=1e9, rate=1e9)["gb_per_s"] > 0
