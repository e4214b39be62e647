"""In [5], [25] and `compil`: changes of the model results that make the claims false, or leave them open."""

from model_results import MEANT, SEEDS, accuracies, change_json, disagreement, probe, statement, table

from retrial.network import probe_keys as keys


def binary_accuracy(value: float, seeds=SEEDS):
    """The binary accuracy of seeds of mse is another."""

    def change(results) -> None:
        for seed in seeds:
            change_json(f"models/mse/{seed}/metrics.json", binary_accuracy=value)(results)

    return change


FALSIFIED = {
    "loss_is_the_feedback": [probe(keys.WITHOUT_LOSS, value=1e-9), probe(keys.WITH_LOSS, value=0)],
    "sparse_loss": [probe(keys.SPARSE_LOSS_ON_ONE_HOT, value=0), probe(keys.CATEGORICAL_LOSS, value=1.1e-6)],
    "another_loss_another_model": [disagreement(0.012)],
    "loss_costs_accuracy": [accuracies(baseline=0.96, mse_same_rate=0.98)],
    "rate_costs_more": [accuracies(mse_same_rate=0.95, low_rate=0.96)],
    "metrics_change_no_weight": [
        probe(keys.NO_METRIC, value=1e-9),
        probe(keys.OTHER_METRICS, value=1e-9),
        probe(keys.ACCURACY_CHANGES, value=1),
    ],
    "loss_falls": [
        table("models/baseline/1/history.csv", "epoch == 2", loss=9),
        table("models/baseline/1/history.csv", "epoch == 3", loss=0.25),
    ],
    "type_of_model": [statement("type", "keras.Sequential")],
    "model_is_sequential": [statement("type", "False", MEANT)],
    "compil_as_written": [statement("compil", "no attribute", outcome="AttributeError")],
    "compil_as_meant": [statement("compil", "x", MEANT, "ValueError")],
    "compil_integer_labels": [statement("integer labels", "binary_accuracy 0.9, loss 0.1", MEANT)],
    "metric_class": [
        statement("metric class", "x", outcome="TypeError"),
        statement("metric class", "binary_accuracy 0.8, loss 0.1"),
    ],
    "metric_flatters": [binary_accuracy(0.978)],
}
UNDECIDED = [
    ("another_loss_another_model", disagreement(0.0185, spread=0.003), "seeds"),
    ("loss_costs_accuracy", accuracies(baseline=[0.97, 0.98, 0.96], mse_same_rate=[0.97] * 3), "seeds"),
    ("rate_costs_more", accuracies(mse_same_rate=[0.95] * 3, low_rate=[0.95, 0.96, 0.94]), "seeds"),
    ("metrics_change_no_weight", probe(keys.LOSS_CHANGES, value=19), "needs larger steps"),
    ("metric_flatters", binary_accuracy(0.9, [0]), "needs more seeds"),
]
