"""Every interval and test, in one place."""

from typing import NamedTuple

import numpy as np
from scipy import stats


class Interval(NamedTuple):
    """A value and its 95 % interval; both bounds are NaN where there is none."""

    value: float
    low: float
    high: float


def interval_of_mean(values: np.ndarray, level: float = 0.95) -> Interval:
    """Mean of independent values, shape (n,), with its interval by Student's t; one value has no interval."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, np.nan, np.nan)
    quantile = stats.t.ppf((1 + level) / 2, len(values) - 1)
    half_width = float(quantile * np.std(values, ddof=1) / len(values) ** 0.5)
    return Interval(mean, mean - half_width, mean + half_width)


def interval_of_next(values: np.ndarray, more: int = 1) -> Interval:
    """Mean of independent normal values, shape (n,), with the interval that one more falls into in 95 % of cases.

    It is mean ± t · sd · sqrt(1 / more + 1 / n); with `more`, it is for the mean of so many. One value has no interval.
    """
    mean, low, high = interval_of_mean(values)
    half_width = (high - low) / 2 * (len(values) / more + 1) ** 0.5
    return Interval(mean, mean - half_width, mean + half_width)


def p_of_larger_mean(values: np.ndarray, bound: float) -> float:
    """The p-value of Student's one-sided test that the mean of values, shape (n,), is larger than a bound; n >= 2."""
    error = np.std(values, ddof=1) / len(values) ** 0.5
    difference = np.mean(values) - bound
    if error == 0:
        return 0.0 if difference > 0 else 1.0
    return float(stats.t.sf(difference / error, len(values) - 1))


def p_of_next(values: np.ndarray, figure: float, more: int = 1) -> float:
    """The p-value of the two-sided test that a figure comes from where values, shape (n,), come from; n >= 2.

    It is below 0.05 where the figure is outside `interval_of_next`.
    """
    error = np.std(values, ddof=1) * (1 / more + 1 / len(values)) ** 0.5
    return float(2 * stats.t.sf(abs(figure - np.mean(values)) / error, len(values) - 1))


def p_of_equivalence(values: np.ndarray, target: float, margin: float) -> float:
    """The p-value of two one-sided tests that the mean of values, shape (n,), is target ± margin; n >= 2.

    It is below 0.05 where the 90 % interval of the mean lies within target ± margin. Of a mean outside, it is that of
    the two-sided test that it is outside: below 0.05 where the 95 % interval is.

    Source: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987.
    """
    values = np.asarray(values)
    if abs(np.mean(values) - target) > margin:
        return 2 * min(p_of_larger_mean(values, target + margin), p_of_larger_mean(-values, margin - target))
    return max(p_of_larger_mean(values, target - margin), p_of_larger_mean(-values, -target - margin))


def seeds_needed(sd: float, distance: float) -> float:
    """With how many values of this standard deviation the 95 % interval of their mean is ± distance; inf above 100."""
    n = np.arange(2, 101)
    enough = stats.t.ppf(0.975, n - 1) * sd / n**0.5 < distance
    return int(n[enough.argmax()]) if enough.any() else np.inf


def interval_of_median(values: np.ndarray) -> Interval:
    """Median of independent values, shape (n,), with its interval by order statistics (the sign test).

    The bounds are two of the sorted values, [x(k), x(n + 1 - k)], with the largest k whose interval covers the true
    median in 95 % of cases or more, whatever the distribution. With n = 9, k is 2 and the coverage 96.1 %: one wild
    value on either side does no harm. Fewer than 6 values have no such interval.

    Source: David and Nagaraja, Order Statistics, third edition, 2003, section 7.1.
    """
    values = np.sort(values)
    k = int(stats.binom.ppf(0.025, len(values), 0.5))  # P(B < k) <= 0.025 < P(B <= k)
    bounds = (values[k - 1], values[-k]) if k else (np.nan, np.nan)
    return Interval(float(np.median(values)), *map(float, bounds))


def paired_ratio(baseline: np.ndarray, other: np.ndarray) -> Interval:
    """How many times as long the baseline takes: the median over the processes that measured both.

    A process on a slow machine is slow for both, so its ratio holds where its times do not.
    """
    return interval_of_median(baseline / other)


# A process is quiet when its baseline takes at most this share longer than that of the fastest process.
QUIET = 0.1


def quiet_ratio(baseline: np.ndarray, other: np.ndarray) -> tuple[Interval, int]:
    """`paired_ratio` of the quiet processes alone, and how many they are.

    The other time does not select: where it depends on the layout of memory, the fastest layouts would move the ratio.
    """
    quiet = baseline <= (1 + QUIET) * baseline.min()
    return paired_ratio(baseline[quiet], other[quiet]), int(quiet.sum())


def random_effects(values: np.ndarray, variances: np.ndarray) -> Interval:
    """The mean over groups of values that differ by more than their errors; values and variances have shape (groups,).

    The variance between the groups is by DerSimonian and Laird, Controlled Clinical Trials 7, 1986; the interval, by
    Hartung and Knapp, Statistics in Medicine 20, 2001, also allows for not knowing it. It takes three groups.
    """
    k = len(values)
    weights = 1 / variances
    mean = np.average(values, weights=weights)
    excess = weights @ (values - mean) ** 2 - (k - 1)
    spread = weights.sum() - (weights**2).sum() / weights.sum()
    between = max(0.0, excess / spread) if k > 1 else 0.0
    weights = 1 / (variances + between)
    mean = np.average(values, weights=weights)
    if k < 3:
        return Interval(float(mean), np.nan, np.nan)
    error = (weights @ (values - mean) ** 2 / ((k - 1) * weights.sum())) ** 0.5
    half_width = stats.t.ppf(0.975, k - 1) * error
    return Interval(float(mean), float(mean - half_width), float(mean + half_width))


def prediction_interval(values: np.ndarray) -> tuple[float, float]:
    """The interval that one more value falls into in 95 % of cases or more, by order statistics; shape (n,), n >= 39.

    A new value is equally likely to fall into each of the n + 1 gaps between the sorted values.
    """
    values = np.sort(values)
    k = int(0.025 * (len(values) + 1) + 1e-9)
    return (float(values[k - 1]), float(values[-k])) if k else (np.nan, np.nan)


def interval_of_share(k: int, n: int, level: float = 0.95) -> Interval:
    """Share k / n of independent trials, with its exact interval (Clopper and Pearson, 1934)."""
    low, high = stats.binomtest(k, n).proportion_ci(level)
    return Interval(k / n, float(low), float(high))


def interval_over_seeds_and_images(correct: np.ndarray) -> Interval:
    """Mean accuracy with a 95 % interval for other seeds and other test images at once; one seed has no interval.

    The seeds and the images are crossed random factors of a two-way analysis of variance without replication. The
    variance of the mean is (MS_seeds + MS_images - MS_residual) / (seeds · images). Satterthwaite's formula gives the
    degrees of freedom of this combination, for Student's t. The result needs no resampling.

    Source: Searle, Casella and McCulloch, Variance Components, 1992, sections 4.4 (the mean squares) and 5.6.

    Args:
        correct: whether each image is classified correctly, booleans of shape (seeds, images).
    """
    seeds, images = correct.shape
    mean = float(correct.mean())
    if seeds < 2 or images < 2:
        return Interval(mean, np.nan, np.nan)
    by_seed, by_image = correct.mean(axis=1) - mean, correct.mean(axis=0) - mean
    residual = correct - mean - by_seed[:, None] - by_image
    squares = np.array(
        [
            images * np.square(by_seed).sum() / (seeds - 1),
            seeds * np.square(by_image).sum() / (images - 1),
            np.square(residual).sum() / ((seeds - 1) * (images - 1)),
        ]
    )
    freedom = np.array([seeds - 1, images - 1, (seeds - 1) * (images - 1)])
    total = float(squares @ [1, 1, -1])
    if total <= 0:  # the seeds differ less than by chance, or all answers are the same
        return Interval(mean, mean, mean)
    t = stats.t.ppf(0.975, total**2 / (squares**2 / freedom).sum())
    half_width = float(t * (total / correct.size) ** 0.5)
    return Interval(mean, mean - half_width, mean + half_width)


def falls_throughout(losses: np.ndarray) -> bool:
    """Whether the loss, shape (epochs,), falls in every epoch."""
    return bool((np.diff(losses) < 0).all())


def p_of_fewer(k: int, n: int, share: float) -> float:
    """The probability of k successes or fewer in n trials, if this share of all trials succeeds."""
    return float(stats.binom.cdf(k, n, share))


def p_of_share(k: int, n: int, share: float, sides: int = 2) -> float:
    """The p-value of the exact test that k successes in n trials come from another share, on one side or both."""
    return min(1.0, sides * min(p_of_fewer(k, n, share), p_of_fewer(n - k, n, 1 - share)))


def p_of_each(p_values: np.ndarray, agree: np.ndarray) -> float:
    """The p-value of several tests, shape (n,), of what should be so for each, and whether their values agree with it.

    If all agree, all have to be significant; against it, one of those that do not is enough, if n were tested.
    """
    if np.all(agree):
        return float(np.max(p_values))
    return min(1.0, len(p_values) * float(np.min(p_values[~np.asarray(agree)])))


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust the p-values of several tests, shape (n,), so that the chance of any false positive is below the level.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    order = np.argsort(p_values)
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(steps, 1)
    return adjusted
