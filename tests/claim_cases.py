"""The verdicts of claims on changed results, as tests."""

import numpy as np
import pytest
from model_results import table

from retrial.notebook.registry import judge

REPLAY = "timings/replay.csv"
CASES: dict[str, dict[str, list]] = {}  # of all parts whose tests were imported


def verdict_test(cases: dict[str, dict[str, list]]):
    """A test of each verdict: for the id of a claim, changes after which it is `confirmed`, `refuted`, `inconclusive`.

    Of a claim with a threshold, one change is just on each side of it. That each is confirmed on the unchanged results
    is tested for all in test_registry.py.
    """
    CASES.update(cases)
    flat = [
        pytest.param(id, change, verdict, id=f"{id}-{verdict}-{number}")
        for id, verdicts in cases.items()
        for verdict, changes in verdicts.items()
        for number, change in enumerate(changes)
    ]

    @pytest.mark.parametrize(("id", "change", "verdict"), flat)
    def test_the_verdict_changes_with_the_numbers(results, id, change, verdict):
        change(results)
        row = judge(results, [id]).iloc[0]
        assert row["verdict"] == verdict, row["measured"]
        assert verdict != "inconclusive" or "needs " in row["measured"].rpartition("; ")[2]

    return test_the_verdict_changes_with_the_numbers


def reading_cases(name: str, ticks: int) -> dict:
    """The prediction interval of a cold call, in ms, just on each side of what so many ticks of a clock can stand for."""

    def takes(low: float, high: float):
        return table(REPLAY, f"reading == '{name}'", low=low / 1000, high=high / 1000)

    return {
        "confirmed": [takes(ticks - 0.99, ticks + 0.99)],
        "not reproduced": [takes(ticks + 1.01, ticks + 2), takes(ticks - 2, ticks - 1.01)],
        "inconclusive": [takes(ticks, ticks + 1.01), takes(ticks - 1.01, ticks), takes(np.nan, np.nan)],
    }
