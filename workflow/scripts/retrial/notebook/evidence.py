"""What claims of several parts read and measure in the same way."""

from collections.abc import Callable

import numpy as np

from retrial.formats import format_accuracy
from retrial.network.probe_keys import Key
from retrial.notebook.registry import NotTestable, Outcome
from retrial.results import Results
from retrial.statistics import interval_of_mean, p_of_larger_mean, seeds_needed


def require_mnist(results: Results, measured: str) -> None:
    """Raise NotTestable, with what was measured, unless the results come from all of MNIST."""
    if results.json("data/provenance.json")["dataset"] != "mnist":
        raise NotTestable("needs all of MNIST", measured)


def with_interval(format: Callable[[float], str], value: float, low: float, high: float) -> str:
    """A value and its interval as text: `2.5× [2×, 3×]`."""
    return f"{format(value)} [{format(low)}, {format(high)}]"


def signed(value: float) -> str:
    """A difference: `+0.0012`."""
    return f"{value:+.4f}"


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
    return f"needs about {n} seeds" if np.isfinite(n) else "needs more than 1,000 seeds"


def mean_above_0(measured: str, differences: np.ndarray, form=format_accuracy, effect: float = 0) -> Outcome:
    """The interval of the mean of differences, shape (seeds,), and the test that it is above 0.

    Args:
        measured: what was measured beside it, as text.
        form: a difference as text.
        effect: a mean closer to 0 than this is looked for with as many seeds as this one.
    """
    interval = interval_of_mean(differences)
    needed = needed_seeds(differences, max(abs(interval.value), effect))
    if len(differences) < 2:
        return Outcome(measured, interval, needed=needed)
    measured += f"; difference {with_interval(form, *interval)} over {len(differences)} seeds"
    return Outcome(measured, interval, p_of_larger_mean(differences, 0), needed)


def accuracy_differences(results: Results, more: str, less: str) -> tuple[str, np.ndarray]:
    """The mean accuracies of two experiments, as text, and their difference for each seed of both.

    Raises:
        NotTestable: no seed has both.
    """
    table = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
    pairs = table.reindex(columns=[more, less]).dropna()
    if pairs.empty:
        raise NotTestable(f"no seed has both experiments, {more} and {less}")
    means = ", ".join(f"{name} {format_accuracy(pairs[name].mean())}" for name in pairs)
    return means, (pairs[more] - pairs[less]).to_numpy()


def baseline_accuracies(results: Results) -> np.ndarray:
    """The test accuracy of each seed of `baseline`, shape (seeds,)."""
    return results.csv("accuracy.csv").query("experiment == 'baseline'")["test_accuracy"].to_numpy()


def baseline_probabilities(results: Results) -> list[np.ndarray]:
    """The predictions of each seed of `baseline`, shape (n_test, units) each."""
    return [results.array(training.file("probabilities.npy")) for training in results.trainings("baseline")]
