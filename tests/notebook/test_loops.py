"""The claims about loops and NumPy, and their times."""

import numpy as np
import pandas as pd
import pytest
from claim_cases import reading_cases, verdict_test
from model_results import edit, statement, table

from retrial.files import write_csv
from retrial.notebook.registry import judge


def speedup(operation: str, low: float, high: float, baseline: str = "naive"):
    """The interval of NumPy's speed-up is another."""
    rows = f"operation == '{operation}' and baseline == '{baseline}'"
    return table("timings/speedups.csv", rows, ci_low=low, ci_high=high)


def above_1(operation: str, baseline: str = "naive") -> dict:
    return {
        "confirmed": [speedup(operation, 1.01, 2, baseline)],
        "refuted": [speedup(operation, 0.5, 0.99, baseline)],
        "inconclusive": [speedup(operation, 0.99, 1.01, baseline), speedup(operation, np.nan, np.nan, baseline)],
    }


def prints(low: float, high: float):
    """The intervals of NumPy's reading with print, 1 ms, and without, on a fine clock."""

    def change(results):
        path = results / "timings/replay.csv"
        edit(path, "reading == 'add_relu NumPy'", low=0.001, median=0.001, high=0.001)
        edit(path, "reading == 'add_relu NumPy, print not timed'", low=low, high=high)

    return change


def covers(n_covering: int, n: int):
    """So many of n intervals of the control cover 1."""
    values = [True] * n_covering + [False] * (n - n_covering)
    return lambda results: write_csv(results / "timings/control.csv", pd.DataFrame({"covers_1": values}))


test_verdicts = verdict_test(
    {
        "reading_by_hand": reading_cases("add_relu by hand", 9),
        "reading_numpy": reading_cases("add_relu NumPy", 1),
        "print_timed": {
            "confirmed": [prints(1e-4, 4.99e-4)],
            "refuted": [prints(5.01e-4, 9e-4)],
            "inconclusive": [prints(4.99e-4, 5.01e-4)],
        },
        "results_printed": {"refuted": [statement("print r", "the result of the loops")]},
        "add_relu_numpy_faster": above_1("add_relu"),
        # The book's rounded times allow 97.8 to 163.7.
        "book_speedup": {
            "confirmed": [
                speedup("add_relu", 80, 97.9),
                speedup("add_relu", 163.6, 200),
                speedup("add_relu", 100, 149),
            ],
            "not reproduced": [speedup("add_relu", 80, 97.7), speedup("add_relu", 163.8, 200)],
            "inconclusive": [speedup("add_relu", 100, 151), speedup("add_relu", np.nan, np.nan)],
        },
        "numpy_faster": above_1("add") | {"refuted": above_1("transpose", "naive_list")["refuted"]},
        "control": {
            "confirmed": [covers(18, 20)],
            "refuted": [covers(60, 67)],  # p = 0.0497
            "inconclusive": [covers(48, 54)],  # p = 0.052
        },
    }
)


@pytest.mark.parametrize("id", ["add_relu_numpy_faster", "numpy_faster"])
def test_a_claim_about_operations_that_were_not_timed_is_not_applicable(results, id):
    path = results / "timings/speedups.csv"
    write_csv(path, pd.read_csv(path).query("operation == 'none'"))
    row = judge(results, [id]).iloc[0]
    assert row["verdict"] == "not applicable"
    assert row["measured"].endswith("in timing.operations")


def test_the_range_of_speedups_names_the_slowest_and_the_fastest(results):
    edit(results / "timings/speedups.csv", "operation == 'reshape' and baseline == 'naive_list'", speedup=5.0)
    edit(results / "timings/speedups.csv", "operation == 'transpose' and baseline == 'naive'", speedup=2000.0)
    measured = judge(results, ["numpy_faster"])["measured"][0]
    assert measured.startswith("5×")
    assert "(reshape compared with loops over lists) to 2,000×" in measured
    assert "(transpose compared with loops over an ndarray)" in measured
