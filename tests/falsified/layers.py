"""In [4]: changes of the model results that make its claims false, or leave them open."""

import numpy as np
from model_results import change_array, probe, statement

from retrial.network import probe_keys as keys

OF_SEED_1 = "models/baseline/1/probabilities.npy"
FALSIFIED = {
    "two_layers": [statement("layers", "Dense (784, 512)")],
    "simple_operations": [probe(keys.OPERATIONS, value=1.1e-5)],
    "weights_hold_information": [
        probe(keys.COPIED, value=1e-9),
        probe(keys.SHUFFLED, value=0.98, low=0.151, high=0.99),
    ],
    "softmax": [
        change_array(OF_SEED_1, lambda p: p * np.float32(1.00002)),
        change_array(OF_SEED_1, lambda p: p[:, :8]),
    ],
    "outputs_are_probabilities": [probe(keys.CALIBRATION, "arrays", value=0.02, low=0.011, high=0.03)],
    "output_units": [change_array(OF_SEED_1, lambda p: p[:, :9])],
    "too_few_units": [probe(keys.TOO_FEW_UNITS, value=0)],
    "too_many_units": [probe(keys.UNUSED_UNITS, value=0.05, low=0.011, high=0.06)],
    "regression_head": [probe(keys.SIGMOID_MINUS_LINEAR, value=-1, low=-2, high=-0.01)],
}
UNDECIDED = [
    ("weights_hold_information", probe(keys.SHUFFLED, value=0.14, low=0.1, high=0.151), "needs more shuffles"),
    ("outputs_are_probabilities", probe(keys.CALIBRATION, "arrays", low=0.009, high=0.011), "needs more seeds"),
    ("outputs_are_probabilities", probe(keys.CALIBRATION, "arrays", n=1, low=np.nan, high=np.nan), "two or more seeds"),
    ("too_many_units", probe(keys.UNUSED_UNITS, low=0.009, high=0.011), "needs more test images"),
    ("regression_head", probe(keys.SIGMOID_MINUS_LINEAR, low=-0.01, high=2), "needs a longer training"),
]
