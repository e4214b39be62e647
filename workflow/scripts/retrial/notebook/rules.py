"""The rules that decide about claims: each states once, with its numbers, what confirms a claim and what refutes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrial.statistics import interval_of_mean, p_of_fewer


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        expected: what would confirm the claim, as text.
        decision: the same in full: confirmed if …; refuted if …; otherwise inconclusive.
        judge: of what was found, True if it confirms the claim, False if it refutes it, None if it cannot tell.
    """

    expected: str
    decision: str
    judge: Callable[[Any], bool | None]


def verdict(agrees: bool, contradicts: bool) -> bool | None:
    """True if the evidence agrees with the claim, False if it contradicts it, None if it cannot tell."""
    return True if agrees else False if contradicts else None


def exact(expected) -> Rule:
    """A value is exactly this one."""
    return Rule(str(expected), "confirmed if it is exactly that; refuted if not", lambda found: found == expected)


def true(statement: str) -> Rule:
    """A statement is true; its truth is a boolean."""
    return Rule(statement, f"confirmed if {statement}; refuted if not", bool)


def at_most(bound: float, what: str) -> Rule:
    """A value, or the largest of several, is at most this bound."""
    text = f"{what} is at most {bound:g}"
    return Rule(text, f"confirmed if {text}; refuted if it is larger", lambda found: bool(np.max(found) <= bound))


def interval_above(bound: float, what: str, refuted_below: float | None = None) -> Rule:
    """A 95 % interval is above a bound; of several, each. Without an interval, its bounds are NaN.

    With `refuted_below`, an interval below that number refutes the claim if it does not confirm it.
    """
    lower = bound if refuted_below is None else refuted_below

    def judge(found):
        intervals = np.reshape(found, (-1, 3))
        return verdict((intervals[:, 1] > bound).all(), (intervals[:, 2] < lower).any())

    decision = f"confirmed if the 95 % interval of {what} is above {bound:g}; refuted if it is below {lower:g}"
    if lower != bound:
        decision = decision.replace("; refuted", "; else refuted")
    return Rule(f"{what} above {bound:g}", f"{decision}; otherwise inconclusive", judge)


def interval_below(bound: float, what: str) -> Rule:
    """A 95 % interval is below a bound; of several, each."""

    def judge(found):
        intervals = np.reshape(found, (-1, 3))
        return verdict((intervals[:, 2] < bound).all(), (intervals[:, 1] > bound).any())

    decision = f"confirmed if the 95 % interval of {what} is below {bound:g}; refuted if it is above {bound:g}"
    return Rule(f"{what} below {bound:g}", f"{decision}; otherwise inconclusive", judge)


def interval_within(margin: float, what: str) -> Rule:
    """The 95 % interval of a difference is within ± margin."""

    def judge(found):
        _, low, high = found
        return verdict(-margin < low and high < margin, low > margin or high < -margin)

    decision = f"confirmed if the 95 % interval of {what} is within ± {margin:g}; refuted if it is outside"
    return Rule(f"{what} within ± {margin:g}", f"{decision}; otherwise inconclusive", judge)


def equivalent(target: float, margin: float, what: str) -> Rule:
    """The mean of values, shape (seeds,), is target ± margin: two one-sided tests confirm it at 5 %."""
    lower, upper = target - margin, target + margin

    def judge(values):
        inner, outer = interval_of_mean(values, 0.9), interval_of_mean(values)
        return verdict(lower < inner.low and inner.high < upper, outer.high < lower or outer.low > upper)

    decision = (
        f"confirmed if the 90 % interval of {what} is within {target:g} ± {margin:g} (two one-sided tests); refuted if "
        "its 95 % interval is outside; otherwise inconclusive"
    )
    return Rule(f"{what} is {target:g} ± {margin:g}", decision, judge)


def interval_holds(
    figure: float | tuple[float, float], widest: float, what: str, figure_text: str, widest_text: str
) -> Rule:
    """A figure, or one of a range of figures, is in an interval that is no wider than `widest`."""
    first, last = np.broadcast_to(figure, 2)

    def judge(found):
        _, low, high = found
        outside = high < first or last < low
        return verdict(not outside and high - low <= widest, outside)

    decision = (
        f"confirmed if {figure_text} is within {what}, which spans at most {widest_text}; refuted if it is outside; "
        "otherwise inconclusive"
    )
    return Rule(f"{figure_text} within {what}", decision, judge)


def every_one(of: str, what: str) -> Rule:
    """Something is so for every one of several; for most of them, it is open. It judges booleans."""

    def judge(found):
        share = np.mean(found)
        return verdict(share == 1, share < 0.5)

    decision = f"confirmed if every {of} {what}; refuted if fewer than half do; otherwise inconclusive"
    return Rule(f"every {of} {what}", decision, judge)


def share_at_least(bound: float, truth: float, what: str) -> Rule:
    """The share of booleans is at least a bound, or not compatible with the share that should be true."""

    def judge(found):
        return verdict(np.mean(found) >= bound, p_of_fewer(np.sum(found), len(found), truth) < 0.05)

    decision = (
        f"confirmed if {what} is at least {bound:.0%}; else refuted if so few would be seen in less than 5 % of cases "
        f"where it is {truth:.0%}; otherwise inconclusive"
    )
    return Rule(f"{what}, at least {bound:.0%}", decision, judge)


def all_of(*rules: Rule) -> Rule:
    """Several rules; each judges its part of what was found."""

    def judge(found):
        verdicts = [rule.judge(part) for rule, part in zip(rules, found, strict=True)]
        return verdict(all(verdicts), False in verdicts)

    parts = ". ".join(f"({number}) {rule.decision}" for number, rule in enumerate(rules, 1))
    return Rule(
        "; ".join(rule.expected for rule in rules), f"confirmed if each part is; refuted if one is. {parts}", judge
    )
