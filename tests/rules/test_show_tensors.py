"""show_tensors: broadcasting and repetition, views and copies, a relu with nothing to clip."""

import numpy as np
import pandas as pd
import pytest

from retrial.operations import numpy as numpy_operations
from retrial.operations import numpy_repetition
from retrial.operations.table import BROADCASTING, OPERATIONS, make_inputs
from retrial.timing.measurement import read_measurements


@pytest.fixture
def tables(tiny_run):
    return {name: pd.read_csv(tiny_run / f"results/tensors/{name}.csv") for name in ("broadcasting", "views", "relu")}


def test_repetition_gives_the_same_result_with_more_memory(tables, tiny_run):
    table = tables["broadcasting"]
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
        own, other = (m.samples for m in read_measurements(str(tiny_run / f"results/tensors/raw/{operation}.json")))
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


def test_a_view_shares_memory_and_a_copy_does_not(tables):
    rows = tables["views"].set_index(["operation", "method"])
    for operation, n_bytes in (("reshape", 3 * 2 * 8), ("transpose", 300 * 20 * 8)):
        view, copy = rows.loc[(operation, "view")], rows.loc[(operation, "copy")]
        assert (view["shares_memory"], view["changes_with_input"], view["new_bytes"]) == (True, True, 0)
        assert (copy["shares_memory"], copy["changes_with_input"], copy["new_bytes"]) == (False, False, n_bytes)
    assert rows.loc["reshape", "same_order"].all()
    assert not rows.loc["transpose", "same_order"].any()


def test_relu_changes_only_signed_numbers(tables):
    changed = tables["relu"].set_index("inputs")["n_changed"]
    assert changed["uniform in [0, 1)"] == 0
    assert 900 < changed["standard normal"] < 1100
