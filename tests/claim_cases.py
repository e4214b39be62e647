"""The verdicts of claims on changed results, as tests."""

import pytest

from retrial.notebook.registry import judge

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
