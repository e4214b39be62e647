"""The most important numbers, at the end of a run and at the top of the report."""

import pandas as pd
import pytest

from retrial.page.headlines import headlines

SUMMARY = {"experiment": ["mse", "baseline"], "n_seeds": 5, "mean": [0.92, 0.97908]}
SUMMARY |= {"ci_low": 0.97718, "ci_high": 0.98098}
SPEEDUPS = {
    "operation": ["relu", "relu", "relu", "relu"],
    "shape": ["(5,25)", "(20,100)", "(20,100)", "(20,100)"],
    "baseline": ["naive", "naive", "naive_list", "naive"],
    "implementation": ["numpy", "numpy", "numpy", "numba"],
    "speedup": [99.0, 330.4, 34.2, 50.0],
    "ci_low": [98.0, 320.4, 33.2, 49.0],
    "ci_high": [99.9, 340.4, 35.2, 51.0],
    "stable": [True, True, False, True],
}
TRAINING_COST = {
    "engine": ["naive", "naive_list", "numba", "numpy", "keras"],
    "seconds_per_step": [10.0, 5.0, 0.3, 0.003, 0.002],
    "seconds_per_epoch": [4687.5, 2343.75, 140.625, 1.40625, 0.9375],
    "ci_low": [9.5, 4.0, 0.29, 0.003, 0.002],
    "ci_high": [10.5, 6.0, 0.31, 0.003, 0.002],
}
VERDICTS = {
    "verdict": ["confirmed", "confirmed", "refuted", "inconclusive", "confirmed", "confirmed", "refuted"],
    "kind": ["stated", "printed", "implied", "stated", "book", "added", "added"],
}


@pytest.fixture
def results(tmp_path):
    (tmp_path / "timings").mkdir()
    for name, table in {"accuracy_summary": SUMMARY, "timings/speedups": SPEEDUPS, "claims": VERDICTS}.items():
        pd.DataFrame(table).to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_they_are_the_accuracy_the_speedup_and_the_verdicts(results):
    assert [tuple(headline) for headline in headlines(results)] == [
        (
            "0.9791 [0.9772, 0.9810]",
            "test accuracy of the notebook's network: mean of 5 trainings and its 95 % interval",
            "accuracy_summary.csv",
        ),
        (
            "330× [320×, 340×]",
            "as fast as loops over ndarrays: relu in NumPy, for an array of 20 × 100; "
            "compared with loops over lists, 34× [33×, 35×], not stable",
            "timings/speedups.csv",
        ),
        (
            "2 of 4",
            "claims of the notebook are confirmed, 1 refuted, 1 inconclusive; of its book's, 1 of 1; of those added here, 1 of 2",
            "claims.csv",
        ),
    ]


def test_the_speedup_is_that_of_add_relu_if_it_was_timed(results):
    table = pd.DataFrame(SPEEDUPS)
    add_relu = table.assign(operation="add_relu", shape=table["shape"] + " " + table["shape"], speedup=387.0)
    pd.concat([table, add_relu]).to_csv(results / "timings/speedups.csv", index=False)
    assert "add and relu in NumPy, for two arrays of 20 × 100" in headlines(results)[1].text


def test_the_hours_by_loops_are_estimated_and_the_fast_training_is_not_called_fit(results):
    table = pd.DataFrame(TRAINING_COST)
    table.to_csv(results / "timings/training_cost.csv", index=False)
    _, _, (value, text, _), _ = headlines(results)
    assert value == "6.5 h [6.2 h, 6.8 h]"
    assert text == (
        "estimated for the notebook's training in Python loops over ndarrays; over lists, 3.3 h [2.6 h, 3.9 h], not stable; "
        "in Retrial's own training loop, Keras's layers take 4.69 s [4.69 s, 4.69 s]"
    )
    table[table["engine"] != "keras"].to_csv(results / "timings/training_cost.csv", index=False)
    assert headlines(results)[2].text.endswith("; NumPy takes 7.03 s [7.03 s, 7.03 s]")


def test_one_seed_has_no_interval(results):
    table = pd.DataFrame({"experiment": ["baseline"], "n_seeds": 1, "mean": 0.98, "ci_low": None, "ci_high": None})
    table.to_csv(results / "accuracy_summary.csv", index=False)
    assert headlines(results)[0].value == "0.9800"
    assert "one training" in headlines(results)[0].text


def test_a_missing_file_is_skipped(results):
    (results / "timings/speedups.csv").unlink()
    assert [headline.file for headline in headlines(results)] == ["accuracy_summary.csv", "claims.csv"]
