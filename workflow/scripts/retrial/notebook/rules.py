"""The rules that decide about claims: each states once, with its numbers, what confirms a claim and what refutes it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from retrial.statistics import Interval, interval_of_mean, p_of_fewer


class Judgement(NamedTuple):
    """What a rule decides.

    agrees: True if the evidence agrees with the claim, False if it contradicts it, None if it cannot tell.
    flips_at: the threshold of the rule at which this would be another one; NaN without a threshold.
    threshold: the rule's own, in the same unit.
    """

    agrees: bool | None
    flips_at: float = np.nan
    threshold: float = np.nan

    @property
    def distance(self) -> float:
        """The logarithm of the ratio of the two, without its sign; infinite where there is none."""
        ratio = self.flips_at / self.threshold if self.threshold else np.nan
        return abs(np.log(ratio)) if ratio > 0 else np.inf


@dataclass(frozen=True)
class Rule:
    """A rule.

    Attributes:
        expected: what would confirm the claim, as text.
        decision: the same in full: confirmed if …; refuted if …; otherwise inconclusive.
        judge: of what was found.
        against: the verdict where the evidence contradicts the claim.
    """

    expected: str
    decision: str
    judge: Callable[[Any], Judgement]
    against: str = "refuted"

    def verdict(self, agrees: bool | None) -> str:
        """The verdict where it judges so."""
        return {True: "confirmed", False: self.against, None: "inconclusive"}[agrees]


def reproduced(rule: Rule) -> Rule:
    """The rule for what was printed on another machine, with other libraries: it is not wrong if it differs here."""
    return replace(rule, decision=rule.decision.replace("refuted", "not reproduced"), against="not reproduced")


def decide(agrees: bool, contradicts: bool, confirms_from: float, contradicts_from: float, threshold: float):
    """The judgement of a rule with a threshold.

    Args:
        confirms_from, contradicts_from: the thresholds at which the evidence just agrees, and just contradicts.
    """
    if agrees or contradicts:
        return Judgement(bool(agrees), float(confirms_from if agrees else contradicts_from), threshold)
    nearer = min(confirms_from, contradicts_from, key=lambda value: abs(value - threshold))
    return Judgement(None, float(nearer), threshold)


def exact(expected) -> Rule:
    """A value is exactly this one."""
    decision = "confirmed if it is exactly that; refuted if not"
    return Rule(str(expected), decision, lambda found: Judgement(bool(found == expected)))


def true(statement: str) -> Rule:
    """A statement is true; its truth is a boolean."""
    return Rule(statement, f"confirmed if {statement}; refuted if not", lambda found: Judgement(bool(found)))


def at_most(bound: float, what: str) -> Rule:
    """A value, or the largest of several, is at most this bound; 0 is no threshold, but exactly 0."""
    text = f"{what} is at most {bound:g}"

    def judge(found):
        largest = np.max(found)
        return (
            decide(largest <= bound, largest > bound, largest, largest, bound)
            if bound
            else Judgement(bool(largest <= 0))
        )

    return Rule(text, f"confirmed if {text}; refuted if it is larger", judge)


def interval_above(bound: float, what: str, level: int = 95) -> Rule:
    """An interval, at 95 % or another level, is above a bound; of several, each. Without one, its bounds are NaN."""

    def judge(found):
        _, lows, highs = np.reshape(found, (-1, 3)).T
        return decide((lows > bound).all(), (highs < bound).any(), lows.min(), highs.min(), bound)

    decision = f"confirmed if the {level} % interval of {what} is above {bound:g}; refuted if it is below {bound:g}"
    return Rule(f"{what} above {bound:g}", f"{decision}; otherwise inconclusive", judge)


def interval_below(bound: float, what: str) -> Rule:
    """A 95 % interval is below a bound; of several, each."""

    def judge(found):
        _, lows, highs = np.reshape(found, (-1, 3)).T
        return decide((highs < bound).all(), (lows > bound).any(), highs.max(), lows.max(), bound)

    decision = f"confirmed if the 95 % interval of {what} is below {bound:g}; refuted if it is above {bound:g}"
    return Rule(f"{what} below {bound:g}", f"{decision}; otherwise inconclusive", judge)


def judge_margin(inner: Interval, outer: Interval, target: float, margin: float) -> Judgement:
    """Whether the inner interval is within target ± margin, or the outer one outside."""
    farthest = max(target - inner[1], inner[2] - target)
    nearest = max(outer[1] - target, target - outer[2])
    return decide(farthest < margin, nearest > margin, farthest, nearest, margin)


def interval_within(margin: float, what: str, target: float = 0) -> Rule:
    """A 95 % interval is within target ± margin."""
    bounds = f"{target:g} ± {margin:g}" if target else f"± {margin:g}"
    decision = f"confirmed if the 95 % interval of {what} is within {bounds}; refuted if it is outside"
    return Rule(
        f"{what} within {bounds}",
        f"{decision}; otherwise inconclusive",
        lambda found: judge_margin(found, found, target, margin),
    )


def equivalent(target: float, margin: float, what: str) -> Rule:
    """The mean of values, shape (seeds,), is target ± margin: two one-sided tests confirm it at 5 %."""
    decision = (
        f"confirmed if the 90 % interval of {what} is within {target:g} ± {margin:g} (two one-sided tests); refuted if "
        "its 95 % interval is outside; otherwise inconclusive"
    )
    return Rule(
        f"{what} is {target:g} ± {margin:g}",
        decision,
        lambda values: judge_margin(interval_of_mean(values, 0.9), interval_of_mean(values), target, margin),
    )


def interval_holds(
    figure: float | tuple[float, float], widest: float, what: str, figure_text: str, widest_text: str, ratio=False
) -> Rule:
    """A figure, or one of a range of figures, is in an interval that is no wider than `widest`.

    The width is the difference of the bounds or, with `ratio`, their ratio.
    """
    first, last = np.broadcast_to(figure, 2)

    def judge(found):
        _, low, high = found
        if high < first or last < low:
            return Judgement(False)
        width = high / low if ratio else high - low
        return decide(width <= widest, False, width, width, widest)

    decision = (
        f"confirmed if {figure_text} is within {what}, which spans at most {widest_text}; refuted if it is outside; "
        "otherwise inconclusive"
    )
    return Rule(f"{figure_text} within {what}", decision, judge)


def share_at_least(bound: float, truth: float, what: str) -> Rule:
    """The share of booleans is at least a bound, or not compatible with the share that should be true."""

    def judge(found):
        share = np.mean(found)
        unlikely = share < bound and p_of_fewer(np.sum(found), len(found), truth) < 0.05
        return decide(share >= bound, unlikely, share, share, bound)

    decision = (
        f"confirmed if {what} is at least {bound:.0%}; else refuted if so few would be seen in less than 5 % of cases "
        f"where it is {truth:.0%}; otherwise inconclusive"
    )
    return Rule(f"{what}, at least {bound:.0%}", decision, judge)


def all_of(*rules: Rule) -> Rule:
    """Several rules; each judges its part of what was found. Of their thresholds, the one closest to a flip counts."""

    def judge(found):
        parts = [rule.judge(part) for rule, part in zip(rules, found, strict=True)]
        verdicts = [part.agrees for part in parts]
        agrees = True if all(verdicts) else False if False in verdicts else None
        deciding = [part for part in parts if part.agrees is agrees]
        if agrees is False and len(deciding) > 1:  # no single threshold makes it another verdict
            return Judgement(False)
        return min(deciding, key=lambda part: part.distance)._replace(agrees=agrees)

    parts = ". ".join(f"({number}) {rule.decision}" for number, rule in enumerate(rules, 1))
    return Rule(
        "; ".join(rule.expected for rule in rules), f"confirmed if each part is; refuted if one is. {parts}", judge
    )
