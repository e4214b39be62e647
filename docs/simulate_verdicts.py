"""Repeat a finished run many times with drawn numbers, and count the verdicts of each rule.

PYTHONPATH=workflow/scripts .venv/bin/python docs/simulate_verdicts.py results

In a repetition, the values of a claim, one for each seed, process or call, are drawn with the mean and the deviation
of the run: normal, on a log scale for times and for 1 - p, or yes and no. The truth is the verdict on that mean itself.
A verdict is wrong if it is the opposite; inconclusive is not wrong. Then the mean is moved to where the truth changes:
wrong verdicts are most frequent there. Of what the notebook printed, the figure is drawn too, from where the values
come from, and `not reproduced` is wrong.
"""

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from retrial.notebook.predict import NOTEBOOK_ACCURACY, PRINTED, interval_of_rest, rests
from retrial.notebook.registry import all_claims
from retrial.operations.table import at_notebook_shapes
from retrial.results import Results
from retrial.statistics import interval_of_mean, interval_of_median, interval_of_next, interval_of_share

REPETITIONS, AT_THRESHOLD = 200, 4000


class Case(NamedTuple):
    """What a claim is judged by: n values with a mean and a deviation, or n times yes with that share, if it has none.

    found: what the rule judges, of the values. edges: one or two means at which the truth changes.
    figure: what was printed, as the mean of `more` values.
    """

    id: str
    mean: float
    sd: float
    n: int
    found: Callable
    edges: tuple = ()
    figure: float | None = None
    more: int = 1

    def draw(self, rng, mean: float) -> np.ndarray:
        """The values of a repetition."""
        if self.figure is not None:  # moved so that the drawn figure is the printed one
            values = rng.normal(mean, self.sd, self.n)
            return values + self.figure - rng.normal(mean, self.sd / self.more**0.5)
        return rng.random(self.n) < mean if self.sd == 0 else rng.normal(mean, self.sd, self.n)

    def verdicts(self, rng, mean: float, n: int) -> pd.Series:
        """The share of each verdict in n repetitions: True, False or None."""
        rule = all_claims()[self.id].rule
        found = [rule.judge(self.found(self.draw(rng, mean))).agrees for _ in range(n)]
        return pd.Series(found, dtype=object).value_counts(normalize=True, dropna=False)


def of_values(id: str, values, found=interval_of_mean, **options) -> Case:
    """A case with the mean and the deviation of values, one for each seed."""
    return Case(id, np.mean(values), np.std(values, ddof=1), len(values), found, **options)


def of_row(id: str, row, found=interval_of_mean, shift: float = 0, **options) -> Case:
    """A case of a row of a probe: its deviation follows from its interval, by Student's t."""
    sd = (row.high - row.low) / 2 / stats.t.ppf(0.975, row.n - 1) * row.n**0.5
    return Case(id, row.value - shift, sd, int(row.n), found, **options)


def cases(results: Results) -> list[Case]:
    """Every claim that is judged by an interval, with the numbers of a run."""
    accuracy = results.csv("accuracy.csv").pivot(index="seed", columns="experiment", values="test_accuracy")
    types = results.csv("probes/training.csv").query("probe == 'float_types'")
    types = types.pivot(index="seed", columns="case", values="value")
    probes = {(row.probe, row.case): row for row in results.csv("probes/training.csv").itertuples()}
    calibration = next(results.csv("probes/arrays.csv").query("case == 'baseline'").itertuples())
    speedup = at_notebook_shapes(results.csv("timings/speedups.csv").query("operation == 'add_relu'"))
    speedup = next(speedup.query("implementation == 'numpy' and baseline == 'naive'").itertuples())
    # Of 18 normal values, the fifth and the fourteenth are 1.330 deviations apart.
    log_ratio = np.log(speedup.speedup), np.log(speedup.ci_high / speedup.ci_low) / 1.330, 18
    ratio = lambda values: np.exp(interval_of_median(values))  # noqa: E731
    share = lambda level: lambda is_so: interval_of_share(int(is_so.sum()), len(is_so), level)  # noqa: E731
    given = lambda values: values  # noqa: E731
    surer = rests(results, "from_scratch") - rests(results, "old_rmsprop")
    binary = [results.json(t.file("metrics.json")) for t in results.trainings("mse")]
    binary = np.array([m["binary_accuracy"] - 1 + 0.2 * (1 - m["test_accuracy"]) for m in binary])
    chance = probes["weights", "chance"].value
    return [
        of_values("scale_matters", accuracy["baseline"] - accuracy["unscaled"], edges=(0.002,)),
        of_values("loss_costs_accuracy", accuracy["baseline"] - accuracy["mse_same_rate"], edges=(0,)),
        of_values("rate_costs_more", accuracy["mse_same_rate"] - accuracy["low_rate"], edges=(0,)),
        of_values("old_rule_is_surer", surer, edges=(0,)),
        of_values("mean_accuracy", accuracy["baseline"], given, edges=(0.975, 0.985)),
        of_values("from_scratch_accuracy", accuracy["from_scratch"] - accuracy["baseline"], given, edges=(0.005,)),
        of_values("float64_accuracy", types["float64"] - types["float32"], given, edges=(0.002,)),
        of_values("float16_accuracy", types["float16"] - types["float32"], given, edges=(-0.002,)),
        of_values("metric_flatters", binary, given, edges=(0.005,)),
        of_row("outputs_are_probabilities", calibration, edges=(0.01,)),
        of_row("another_loss_another_model", probes["unrelated_loss", "shuffled labels"], shift=chance, edges=(0.1,)),
        of_row(
            "weights_hold_information",
            probes["weights", "shuffled"],
            lambda values: (0, interval_of_mean(values)),
            shift=chance,
            edges=(0.05,),
        ),
        Case("first_prediction", 1, 0, 5, share(0.9), edges=(0.5,)),
        Case("step_lowers_its_batch", probes["step", "after the last epoch"].value, 0, 100, share(0.95), edges=(0.9,)),
        Case("other_units", 0, 0, 10000, lambda given: (True, share(0.95)(given)), edges=(0.01,)),
        Case("add_relu_numpy_faster", *log_ratio, ratio, edges=(0,)),
        Case("control", 0.95, 0, 80, given),
        of_values("accuracy", accuracy["baseline"], interval_of_next, figure=NOTEBOOK_ACCURACY),
        *(
            of_values(id, rests(results, name), interval_of_rest, figure=PRINTED.mean(), more=2)
            for id, name in (("first_probability", "baseline"), ("old_rule_probability", "old_rmsprop"))
        ),
    ]


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    print("| claim | of 200: confirmed | against | inconclusive | wrong | at the threshold: confirmed | against |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case in cases(Results(sys.argv[1])):
        found = case.verdicts(rng, case.mean, REPETITIONS)
        exact = np.full(case.n, case.mean) if case.sd else np.arange(case.n) < round(case.mean * case.n)
        truth = case.figure is not None or all_claims()[case.id].rule.judge(case.found(exact)).agrees
        shares = [found.get(True, 0), found.get(False, 0), found.get(None, 0), found.get(not truth, 0)]
        # Where the truth changes in two steps, `confirmed` is wrong below the first, and the opposite above the last.
        for edge, verdict in zip(case.edges[:1] + case.edges[-1:], (True, False), strict=False):
            shares.append(case.verdicts(rng, edge, AT_THRESHOLD).get(verdict, 0))
        texts = [f"{100 * share:.3g} %" for share in shares]
        print(f"| `{case.id}` |", " | ".join(texts + ["–"] * (6 - len(texts))), "|")
