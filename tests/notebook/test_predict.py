"""The claims about the predictions and the accuracy."""

import numpy as np
from claim_cases import verdict_test
from model_results import SEEDS, accuracies, edit_array, one_seed, spread, statement, write_probabilities

from retrial.notebook.registry import judge


def digits(*predicted: int):
    """The seeds of baseline predict these digits for the first test image."""

    def change(results):
        for seed, digit in zip(SEEDS, predicted, strict=True):
            write_probabilities(results, "baseline", seed, digit)

    return change


def rests(mean: float, half_width: float, experiment: str = "baseline"):
    """The prediction interval of log10 of the probability that the first image is not a 7 is mean ± half_width."""

    def change(results):
        for seed, log in zip(SEEDS, spread(mean, half_width / 3.5**0.5), strict=True):
            write_probabilities(results, experiment, seed, rest=10**log)

    return change


def probability_cases(experiment: str) -> dict:
    figure = np.log10((1 - 0.99999297) * (1 - 0.99999386)) / 2
    return {
        "confirmed": [rests(figure + shift, 1.02, experiment) for shift in (1, -0.6)]
        + [rests(figure, 1.995, experiment)],
        "not reproduced": [rests(figure + 1, 0.98, experiment), rests(figure - 0.6, 0.58, experiment)],
        "inconclusive": [rests(figure, 2.005, experiment), one_seed],
    }


def surer(mean: float, half_width: float):
    """The 95 % interval of log10(1 - p) by Keras 3's rule minus that by the old rule is mean ± half_width."""

    def change(results):
        for seed, difference in zip(SEEDS, spread(mean, half_width), strict=True):
            write_probabilities(results, "old_rmsprop", seed, rest=1e-4 / 10**difference)
            write_probabilities(results, "from_scratch", seed, rest=1e-4)

    return change


def next_seed(mean: float, half_width: float):
    """The prediction interval of the accuracy is mean ± half_width."""
    return accuracies(baseline=spread(mean, half_width / 6**0.5))


test_verdicts = verdict_test(
    {
        "first_prediction": {
            "confirmed": [digits(7, 7, 7, 7, 7)],
            "refuted": [digits(1, 2, 3, 1, 2)],
            "inconclusive": [digits(7, 1, 2, 1, 2), digits(7, 7, 7, 7, 1)],
        },
        "first_probability": probability_cases("baseline"),
        "old_rule_probability": probability_cases("old_rmsprop") | {"not applicable": [accuracies(baseline=0.98)]},
        "old_rule_is_surer": {
            "confirmed": [surer(0.5, 0.49)],
            "refuted": [surer(-0.5, 0.49)],
            "inconclusive": [surer(0.5, 0.51), surer(-0.5, 0.51), one_seed],
            "not applicable": [accuracies(baseline=0.98)],
        },
        "one_probability_as_meant": {"refuted": [statement("probability", "False", "as meant")]},
        "first_label": {"refuted": [lambda r: edit_array(r / "data/y_test.npy", lambda y: y + np.uint8(1))]},
        "accuracy": {
            "confirmed": [next_seed(0.975, 0.0051), next_seed(0.98, 0.0099)],
            "not reproduced": [next_seed(0.975, 0.0049), next_seed(0.985, 0.0049)],
            "inconclusive": [next_seed(0.98, 0.0101), one_seed],
        },
        # The 90 % interval is 0.768 of the 95 % interval.
        "mean_accuracy": {
            "confirmed": [accuracies(baseline=spread(0.98, 0.0064)), accuracies(baseline=[0.97505, 0.97505])],
            "refuted": [accuracies(baseline=[0.97495, 0.97495]), accuracies(baseline=spread(0.987, 0.0019))],
            "inconclusive": [
                accuracies(baseline=spread(0.98, 0.0066)),
                accuracies(baseline=spread(0.987, 0.0021)),
                one_seed,
            ],
        },
    }
)


def test_with_more_than_five_seeds_the_verdict_of_every_five_is_counted(results):
    accuracies(baseline=[*spread(0.98, 0.004), 0.9])(results)
    assert "(of 6 sets of five seeds: inconclusive 83 %, confirmed 17 %)" in judge(results, ["accuracy"])["measured"][0]
