"""In [7] to [10]: changes of the model results that make the claims false, or leave them open."""

import numpy as np
from model_results import MEANT, TWO_SEEDS, accuracies, change_array, digits, one_seed, rests, statement

FALSIFIED = {
    "first_prediction": [digits(7, 7, 1, 2, 3), digits(1, 1, 1, 1, 1)],
    "first_probability": [rests(*[2e-4, 3e-4] * 2, 2e-4), rests(*[2e-8, 3e-8] * 2, 2e-8)],
    "first_probability_again": [rests(*[2e-4, 3e-4] * 2, 2e-4)],
    "one_probability_as_meant": [statement("probability", "False", MEANT)],
    "first_label": [change_array("data/y_test.npy", lambda y: y + np.uint8(1))],
    "accuracy": [accuracies(baseline=0.97), accuracies(baseline=0.99)],
    "mean_accuracy": [accuracies(baseline=0.97), accuracies(baseline=0.99)],
}
UNDECIDED = [
    ("first_prediction", digits(7, 7, 7, 1, 2), "needs more seeds"),
    ("first_probability", one_seed, TWO_SEEDS),
    ("first_probability", rests(1e-7, 1e-6, 1e-5, 1e-4, 1e-3), "needs more seeds"),
    ("first_probability_again", one_seed, TWO_SEEDS),
    ("accuracy", one_seed, TWO_SEEDS),
    ("accuracy", accuracies(baseline=[0.93, 0.99, 0.98, 0.99, 0.99]), "needs more seeds"),
    ("mean_accuracy", one_seed, TWO_SEEDS),
    ("mean_accuracy", accuracies(baseline=[0.974, 0.976, 0.978]), "needs about 18 seeds"),
]
