"""show_tensors: views and copies, a relu with nothing to clip."""

import pandas as pd
import pytest


@pytest.fixture
def tables(tiny_run):
    return {name: pd.read_csv(tiny_run / f"results/tensors/{name}.csv") for name in ("views", "relu")}


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
