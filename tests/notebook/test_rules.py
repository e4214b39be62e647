"""A rule says at which threshold its verdict would be another one."""

import numpy as np
import pytest

from retrial.notebook.rules import (
    all_of,
    at_most,
    equivalent,
    interval_above,
    interval_below,
    interval_holds,
    interval_within,
    share_at_least,
    true,
)

VALUES = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
ABOVE, BELOW = (lambda bound: interval_above(bound, "it")), (lambda bound: interval_below(bound, "it"))
WITHIN, EQUAL = (lambda bound: interval_within(bound, "it")), (lambda bound: equivalent(0, bound, "it"))


@pytest.mark.parametrize(
    ("make", "threshold", "found"),
    [
        (ABOVE, 1, (2, 1.5, 3)),
        (ABOVE, 1, (0.5, 0.3, 0.8)),
        (ABOVE, 1, [(1, 0.9, 1.2), (2, 1.5, 3)]),
        (BELOW, 1, (0.5, 0.3, 0.8)),
        (BELOW, 1, (2, 1.5, 3)),
        (BELOW, 1, (1, 0.9, 1.05)),
        (WITHIN, 1, (0.1, -0.7, 0.9)),
        (WITHIN, 1, (-2, -3, -1.5)),
        (WITHIN, 1, (0, -0.7, 1.2)),
        (EQUAL, 1, VALUES),
        (EQUAL, 0.1, VALUES),
        (EQUAL, 0.2, VALUES),
        (lambda bound: at_most(bound, "it"), 1, [0.2, 0.5]),
        (lambda bound: at_most(bound, "it"), 1, 3),
        (lambda widest: interval_holds(5, widest, "it", "5", "so much"), 3, (5, 4, 6)),
        (lambda widest: interval_holds(5, widest, "it", "5", "so much"), 1, (5, 4, 6)),
        (lambda widest: interval_holds(5, widest, "it", "5", "so much", ratio=True), 2, (5, 4, 6)),
        (lambda share: share_at_least(share, 0.95, "it"), 0.9, [True] * 19 + [False]),
        (lambda share: share_at_least(share, 0.95, "it"), 0.9, [True] * 10 + [False] * 10),
        (lambda bound: all_of(true("it"), ABOVE(bound), BELOW(9)), 1, (True, (2, 1.5, 3), (1, 1, 2))),
    ],
)
def test_at_a_threshold_just_beyond_flips_at_the_verdict_is_another_one(make, threshold, found):
    judgement = make(threshold).judge(found)
    assert judgement.threshold == threshold
    sides = [make(judgement.flips_at * factor).judge(found).agrees for factor in (1 - 1e-9, 1 + 1e-9)]
    assert judgement.agrees == sides[threshold > judgement.flips_at]
    assert sides[0] != sides[1]


def test_without_a_threshold_and_where_no_single_one_decides_there_is_none():
    both = all_of(ABOVE(1), BELOW(9)).judge(((0, 0, 0.5), (10, 10, 11)))
    for judgement in (true("it").judge(True), at_most(0, "it").judge(0), ABOVE(1).judge((2, np.nan, np.nan)), both):
        assert np.isnan(judgement.flips_at)
