"""What claims of several parts read and measure in the same way."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from retrial.formats import format_accuracy, format_name, format_percent
from retrial.network.probe_keys import Key
from retrial.notebook.registry import NotTestable, Outcome
from retrial.notebook.rules import Rule
from retrial.results import Results
from retrial.statistics import interval_of_mean, p_of_equivalence, p_of_larger_mean, seeds_needed

MOST_COMPARED = 20  # seeds: 15,504 sets of five


def require_mnist(results: Results, measured: str) -> None:
    """Raise NotTestable, with what was measured, unless the results come from all of MNIST."""
    if results.json("data/provenance.json")["dataset"] != "mnist":
        raise NotTestable("needs all of MNIST", measured)


def with_interval(format: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value and its interval, if it has one, as text: `2.5× [2×, 3×]`."""
    return format(value) if np.isnan(low) else f"{format(value)} [{format(low)}, {format(high)}]"


def signed(value: float) -> str:
    """A difference: `+0.0012`."""
    return f"{value:+.4f}"


def over_seeds(n: int) -> str:
    """`over 5 seeds`, or `from one seed`."""
    return f"over {n} seeds" if n > 1 else "from one seed"


def listed(values) -> str:
    """Different values as text, sorted: `1, 2`."""
    return ", ".join(map(str, sorted(set(values))))


def probe(results: Results, key: Key, file: str = "training"):
    """The row of a table in probes/ with this key.

    Raises:
        NotTestable: there is none.
    """
    table = results.csv(f"probes/{file}.csv")
    found = (table["probe"] == key.probe) & (table["case"] == key.case)
    if key.statistic:
        found &= table["statistic"] == key.statistic
    if not found.any():
        raise NotTestable(f"not measured for this network: {key.probe}, {key.case}")
    return next(table[found].itertuples())


def interval_of(row) -> tuple[float, float, float]:
    """The value of a probe and its interval."""
    return row.value, row.low, row.high


def needed_seeds(values: np.ndarray, distance: float) -> str:
    """About how many seeds make the 95 % interval of a mean ± distance, as text for `Outcome.needed`."""
    if len(values) < 2:
        return "needs two or more seeds"
    n = seeds_needed(float(np.std(values, ddof=1)), distance) if distance > 0 else np.inf
    return f"needs about {n} seeds" if np.isfinite(n) else "needs more than 100 seeds: it is too near the threshold"


def sets_of_five(values: np.ndarray, rule: Rule, found: Callable[[np.ndarray], Any]) -> str:
    """How a verdict depends on the seeds: that of every five of the first 20, as text; `found` makes what is judged."""
    if len(values) <= 5:
        return ""
    sets = [found(values[list(five)]) for five in combinations(range(min(len(values), MOST_COMPARED)), 5)]
    counts = Counter(rule.verdict(rule.judge(one).agrees) for one in sets)
    shares = ", ".join(f"{verdict} {format_percent(n / len(sets))}" for verdict, n in counts.most_common())
    return f" (of {len(sets):,} sets of five seeds: {shares})"


def mean_above(measured: str, differences: np.ndarray, bound: float = 0) -> Outcome:
    """The interval of the mean of differences, shape (seeds,), and the two-sided test that it is not a bound.

    `measured` is what was measured beside it, as text.
    """
    interval = interval_of_mean(differences)
    needed = needed_seeds(differences, abs(interval.value - bound))
    if len(differences) < 2:
        return Outcome(measured, interval, needed=needed)
    measured += f"; difference {with_interval(format_accuracy, *interval)} {over_seeds(len(differences))}"
    p_value = p_of_larger_mean(differences, bound)
    return Outcome(measured, interval, 2 * min(p_value, 1 - p_value), needed)


def mean_within(values: np.ndarray, target: float, margin: float, form: Callable, measured: str = "") -> Outcome:
    """The 90 % interval of the mean of values, shape (seeds,), and two one-sided tests that it is target ± margin.

    Args:
        form: a value as text.
        measured: what was measured beside it, as text.
    """
    interval = interval_of_mean(values, 0.9)
    needed = needed_seeds(values, abs(margin - abs(interval.value - target)))
    if len(values) < 2:
        return Outcome(f"{form(interval.value)} from one seed", values, needed=needed)
    mean = f"mean{'' if target else ' difference'} {with_interval(form, *interval)}"
    text = f"{mean} (90 % interval) {over_seeds(len(values))}"
    p_value = p_of_equivalence(values, target, margin)
    return Outcome("; ".join(filter(None, (measured, text))), values, p_value, needed)


def accuracy_differences(results: Results, more: str, less: str) -> tuple[str, np.ndarray]:
    """The mean accuracies of two experiments, as text, and their difference for each seed of both.

    Raises:
        NotTestable: no seed has both.
    """
    table = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
    pairs = table.reindex(columns=[more, less]).dropna()
    if pairs.empty:
        raise NotTestable(f"no seed has both experiments, {more} and {less}")
    means = "; ".join(f"{format_name(name)}: {format_accuracy(pairs[name].mean())}" for name in pairs)
    return means, (pairs[more] - pairs[less]).to_numpy()


def baseline_accuracies(results: Results) -> np.ndarray:
    """The test accuracy of each seed of `baseline`, shape (seeds,)."""
    return results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"].to_numpy()


def probabilities_of(results: Results, experiment: str) -> list[np.ndarray]:
    """The predictions of each seed of an experiment, shape (n_test, units) each."""
    return [results.array(training.file("probabilities.npy")) for training in results.trainings(experiment)]
