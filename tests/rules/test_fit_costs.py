"""aggregate_timings: what a call and a step cost, and the throughput compared with the ceilings."""

import numpy as np
import pandas as pd
import pytest
from made_up_slices import make_slices

from retrial.operations.table import OPERATIONS, format_shapes
from retrial.timing.costs import ceiling_row, cost_row, merge_levels, throughput_row
from retrial.timing.machine import PRODUCTS, USUAL_CACHES, Ceiling, ceilings

TARGETS = [f"results/timings/{table}.csv" for table in ("cost_models", "throughput", "limits")]
MAX_STEPS = {"elements": 2**24, "multiply_adds": 2**24}
# Every ceiling is 1 GB/s or 1 GFLOP/s.
CEILINGS = pd.DataFrame(
    [
        (c.name, c.unit, c.level, 1.0, sum(8 * n for (n,) in c.shapes) if c.unit == "GB/s" else None)
        for c in ceilings(USUAL_CACHES)
    ],
    columns=["limit", "unit", "level", "best", "bytes"],
)


def with_best(**best) -> pd.DataFrame:
    """The ceilings with another best bandwidth in some levels."""
    of_memory = CEILINGS["unit"] == "GB/s"
    return CEILINGS.assign(best=CEILINGS["best"].where(~of_memory, CEILINGS["level"].map(best).fillna(1.0)))


def fit_model(seconds_of_work, operation="relu", implementation="numpy", n_sizes=None) -> dict:
    """The cost model of an implementation whose call takes `seconds_of_work`, with 1 % of noise in nine processes."""
    row = OPERATIONS[operation]
    shapes = row.sweep(factor=8, min_steps=10, max_steps=MAX_STEPS)[:n_sizes]
    noise = np.random.default_rng(0).lognormal(sigma=0.01, size=(len(shapes), 9))
    samples = np.array([seconds_of_work(row.work(s)) for s in shapes])[:, None] * noise
    return cost_row(operation, implementation, list(map(format_shapes, shapes)), samples, None)


def test_tables_have_a_row_for_each_model_each_time_and_each_ceiling(tiny_run):
    models, throughput, ceilings = (pd.read_csv(tiny_run / target) for target in TARGETS)
    assert set(models["step"]) == {"element", "multiply-add"}
    assert not {"control", "numpy_float32"} & set(models["implementation"]) | {"control"} & set(
        throughput["implementation"]
    )
    assert (models["cost_s"].notna() == ((models["n_sizes"] >= 6) & (models["residual"] <= 0.1))).all()
    assert (models["compile_s"].notna() == (models["implementation"] == "numba")).all()
    assert (throughput["share_of_limit"] > 0).all()
    assert set(throughput["limit"]) <= {"memory", "multiply-adds"}
    assert ",".join(ceilings.columns) == "limit,unit,median,ci_low,ci_high,stable,level,best,bytes"
    assert "memory" in set(ceilings["level"])
    assert ceilings["median"].between(ceilings["ci_low"], ceilings["ci_high"]).all()
    assert (ceilings["best"] >= ceilings["median"]).all()


def test_a_model_has_intervals_and_says_where_each_regime_begins():
    row = fit_model(lambda work: (6e-7 + 5e-10 * work.steps) * (4 if work.steps > 1e7 else 1))
    assert row["overhead_s"] == pytest.approx(6e-7, rel=0.1)
    assert row["cost_s"] == pytest.approx(5e-10, rel=0.1)
    assert row["overhead_ci_low_s"] < row["overhead_s"] < row["overhead_ci_high_s"]
    assert row["cost_ci_low_s"] < row["cost_s"] < row["cost_ci_high_s"]
    assert row["overhead_until"] == pytest.approx(1200, rel=0.2)
    assert (row["n_sizes"], row["residual"] < 0.05) == (7, True)
    assert row["memory_from"] > 1e7


def test_a_hand_written_product_pays_for_each_element_of_its_result():
    row = fit_model(lambda work: 1e-6 + 5e-7 * work.results + 1e-7 * work.steps, "matrix_dot", "naive")
    assert row["result_s"] == pytest.approx(5e-7, rel=0.1)
    assert row["cost_s"] == pytest.approx(1e-7, rel=0.05)
    assert row["result_ci_low_s"] < row["result_s"] < row["result_ci_high_s"]


@pytest.mark.parametrize(("exponent", "n_sizes", "missed"), [(0.8, 7, True), (1, 5, False), (1, 1, False)])
def test_a_model_that_does_not_hold_has_no_estimate(exponent, n_sizes, missed):
    row = fit_model(lambda work: 6e-7 + 5e-10 * work.steps**exponent, n_sizes=n_sizes)
    assert (row["n_sizes"], row["residual"] is not None and row["residual"] > 0.1) == (n_sizes, missed)
    assert {row[name] for name in ("overhead_s", "cost_s", "cost_ci_low_s", "overhead_until")} == {None}


def throughput_of_a_second(operation, implementation="numpy", limits=CEILINGS):
    """A row of throughput.csv for a call at the notebook's shapes that takes a second."""
    return throughput_row(operation, format_shapes(OPERATIONS[operation].shapes), implementation, 1.0, limits)


def test_an_operation_is_compared_with_the_ceiling_of_its_own_mix_and_level():
    work = OPERATIONS["add"].work()
    row = throughput_of_a_second("add", limits=with_best(L1=2.0))
    assert (row["limit"], row["level"], row["mix"]) == ("memory", "L1", "triad")
    assert row["gb_per_s"] == pytest.approx(work.bytes / 1e9)
    assert row["share_of_limit"] == pytest.approx(work.bytes / 1e9 / 2)
    assert throughput_of_a_second("matrix_dot")["limit"] == "multiply-adds"
    assert throughput_of_a_second("matrix_dot")["share_of_limit"] == pytest.approx(12e6 / 1e9)


def test_a_larger_cache_never_has_a_higher_ceiling_than_a_smaller_one():
    shares = [throughput_of_a_second("relu", limits=c)["share_of_limit"] for c in (with_best(L3=4.0), CEILINGS)]
    assert shares[0] == pytest.approx(shares[1] / 4)


@pytest.mark.parametrize(
    ("best", "levels"),
    [
        ({"L1": 8.0, "L2": 4.0, "L3": 2.0}, {"L1": 2**14, "L2": 2**19, "L3": 2**22, "memory": 2**28}),
        ({"L1": 4.3, "L2": 4.0, "L3": 2.0}, {"L2": 2**14, "L3": 2**22, "memory": 2**28}),
        ({"L1": 8.0, "L2": 4.0, "L3": 1.09}, {"L1": 2**14, "L2": 2**19, "memory": 2**22}),
        ({"L1": 1.0, "L2": 1.05, "L3": 1.0}, {"memory": 2**14}),
    ],
)
def test_levels_that_do_not_differ_are_one_with_the_best_of_both(best, levels):
    merged = merge_levels(with_best(**best))
    copy = merged[merged["limit"] == "copy_bandwidth"].set_index("level")
    assert dict(copy["bytes"]) == pytest.approx(levels, rel=0.01)
    assert copy["best"].max() == max(best.values())
    assert (merged["unit"] == "GFLOP/s").sum() == len(PRODUCTS)


def test_a_view_moves_no_number_so_it_has_no_throughput():
    row = throughput_of_a_second("reshape")
    assert (row["gb_per_s"], row["share_of_limit"], row["limit"]) == (None, None, "none: a view")
    assert throughput_of_a_second("reshape", "naive")["gb_per_s"] > 0


@pytest.mark.parametrize(("amount", "seconds", "value", "best"), [(0.25, 0.01, 25, 50), (2.0, 0.1, 20, 40)])
def test_a_ceiling_follows_from_the_seconds_of_a_call_and_its_best_from_the_fastest_slice(amount, seconds, value, best):
    slices = make_slices([seconds] * 9, "ceiling")
    slices.loc[13, "seconds"] = seconds / 2
    ceiling = Ceiling("any", ((8,),), "name", "unit", "L2", amount)
    quiet, busy = (ceiling_row(ceiling, slices.assign(busy_cores=n), max_busy_cores=0.5) for n in (0.0, 1.0))
    assert (quiet["median"], quiet["best"]) == pytest.approx((value, best))
    assert (quiet["stable"], busy["stable"]) == (True, False)
