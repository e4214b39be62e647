"""fit_costs: overhead and cost per step, and the throughput compared with the limits."""

import numpy as np
import pandas as pd
import pytest
from fit_costs import cost_row, fit, throughput_row

from retrial.operations.table import OPERATIONS, format_shapes

INPUTS = [f"results/timings/{name}" for name in ("samples.csv", "checks.csv", "limits.json")]
TARGETS = [f"results/timings/{table}.csv" for table in ("cost_models", "throughput", "limits")]
RELU = OPERATIONS["relu"]
SIZES = RELU.sweep(below=1, above=3, max_steps={"elements": 2**24, "multiply_adds": 1})


def fit_relu(seconds_of_steps, shapes=SIZES) -> dict:
    """The cost model of a relu whose call takes `seconds_of_steps`, with 2 % of noise in five processes."""
    steps = np.array([RELU.work(s).steps for s in shapes], float)
    noise = np.random.default_rng(0).lognormal(sigma=0.02, size=(len(steps), 5))
    medians = np.array([seconds_of_steps(n) for n in steps])[:, None] * noise
    return cost_row("relu", "numpy", steps, medians, None, resamples=500, seed=0)


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


def test_overhead_and_cost_are_never_negative():
    steps = np.array([1.0, 10.0, 100.0])
    overheads, costs = fit(steps, np.array([[0.5, 10, 100], [3, 3, 1]]))
    assert (overheads >= 0).all()
    assert (costs >= 0).all()
    assert overheads[0] == 0
    assert costs[1] == 0


def test_a_model_has_intervals_and_says_where_each_regime_begins():
    row = fit_relu(lambda n: (6e-7 + 5e-10 * n) * (4 if n > 1e7 else 1))
    assert row["overhead_s"] == pytest.approx(6e-7, rel=0.1)
    assert row["cost_s"] == pytest.approx(5e-10, rel=0.1)
    assert row["overhead_ci_low_s"] < row["overhead_s"] < row["overhead_ci_high_s"]
    assert row["cost_ci_low_s"] < row["cost_s"] < row["cost_ci_high_s"]
    assert row["overhead_until"] == pytest.approx(1200, rel=0.2)
    assert (row["memory_from"], row["n_sizes"]) == (RELU.work(SIZES[-1]).steps, 4)


def test_one_size_is_too_few_for_a_model():
    row = fit_relu(lambda n: 1e-9 * n, shapes=SIZES[:1])
    assert (row["n_sizes"], row["cost_s"]) == (1, None)


def throughput_of_a_second(operation, implementation="numpy", shapes=None, **limits):
    """A row of throughput.csv for a call that takes a second."""
    shape = format_shapes(shapes or OPERATIONS[operation].shapes)
    return throughput_row(operation, shape, implementation, 1.0, **limits)


def test_throughput_is_work_over_time_and_the_limit_is_the_lower_one():
    row = throughput_of_a_second("relu", shapes=SIZES[-1], bandwidth=1e9, rate=1e12)
    work = RELU.work(SIZES[-1])
    assert (row["gb_per_s"], row["gflop_per_s"]) == (work.bytes / 1e9, work.flop / 1e9)
    assert (row["limit"], row["share_of_limit"]) == ("memory", pytest.approx(work.bytes / 1e9))
    row = throughput_of_a_second("matrix_dot", bandwidth=1e12, rate=1e9)
    assert (row["limit"], row["share_of_limit"]) == ("multiply-adds", pytest.approx(12e6 / 1e9))


def test_a_view_moves_no_number_so_it_has_no_throughput():
    row = throughput_of_a_second("reshape", bandwidth=1e9, rate=1e9)
    assert (row["gb_per_s"], row["share_of_limit"], row["limit"]) == (None, None, "none: a view")
    assert throughput_of_a_second("reshape", "naive", bandwidth=1e9, rate=1e9)["gb_per_s"] > 0
