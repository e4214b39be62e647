"""The claims about the loss, the optimizer and the metrics."""

from claim_cases import verdict_test
from model_results import SEEDS, accuracies, edit_json, interval, probe, spread, statement

from retrial.network import probe_keys as keys


def lost(more: str, less: str, mean: float, half_width: float):
    """The 95 % interval of the accuracy of one experiment minus that of another is mean ± half_width."""
    return accuracies(**{more: [0.97] * 5, less: [0.97 - value for value in spread(mean, half_width)]})


def cost_cases(more: str, less: str) -> dict:
    return {
        "confirmed": [lost(more, less, 0.001, 0.00099)],
        "refuted": [lost(more, less, -0.001, 0.00099)],
        "inconclusive": [lost(more, less, 0.001, 0.00101), accuracies(**{more: [0.97], less: [0.96]})],
        "not applicable": [accuracies(other=0.97)],
    }


def binary_accuracy(distance: float, seeds=SEEDS):
    """The binary accuracy of seeds of mse is farther from the prediction, 0.984, by this."""

    def change(results):
        for seed in seeds:
            edit_json(results / f"models/mse/{seed}/metrics.json", binary_accuracy=0.984 + distance)

    return change


test_verdicts = verdict_test(
    {
        "loss_is_the_feedback": {"refuted": [probe(keys.WITHOUT_LOSS, value=1e-9), probe(keys.WITH_LOSS, value=0)]},
        "sparse_loss": {
            "confirmed": [probe(keys.CATEGORICAL_LOSS, value=0.99e-6)],
            "refuted": [probe(keys.CATEGORICAL_LOSS, value=1.01e-6), probe(keys.SPARSE_LOSS_ON_ONE_HOT, value=0)],
        },
        "another_loss_another_model": {
            "confirmed": [interval(keys.UNRELATED_LOSS, 0.001, 0.199)],
            "refuted": [interval(keys.UNRELATED_LOSS, 0.201, 0.3)],
            "inconclusive": [interval(keys.UNRELATED_LOSS, 0.1, 0.201), interval(keys.UNRELATED_LOSS, 0.199, 0.3)],
        },
        "loss_costs_accuracy": cost_cases("baseline", "mse_same_rate"),
        "rate_costs_more": cost_cases("mse_same_rate", "low_rate"),
        "metrics_change_no_weight": {
            "refuted": [
                probe(keys.NO_METRIC, value=1e-9),
                probe(keys.OTHER_METRICS, value=1e-9),
                probe(keys.ACCURACY_CHANGES, value=1),
            ],
            "inconclusive": [probe(keys.LOSS_CHANGES, value=19)],
        },
        "type_of_model": {"not reproduced": [statement("type", "keras.Sequential")]},
        "compil_as_written": {"refuted": [statement("compil", "no attribute", outcome="AttributeError")]},
        "compil_as_meant": {"refuted": [statement("compil", "", "as meant", "AssertionError")]},
        "metric_class": {
            "refuted": [
                statement("metric class", "x", outcome="TypeError"),
                statement("metric class", "binary_accuracy 0.8, loss 0.1"),
            ]
        },
        "metric_flatters": {
            "confirmed": [binary_accuracy(0.0049), binary_accuracy(-0.0049)],
            "refuted": [binary_accuracy(0.0051), binary_accuracy(-0.0051)],
            "inconclusive": [binary_accuracy(0.0051, [0, 1, 2, 3])],
            "not applicable": [accuracies(baseline=0.98)],
        },
    }
)
