"""The claims about the layers, the weights and the outputs."""

import numpy as np
import pandas as pd
from claim_cases import verdict_test
from model_results import edit_array, interval, probe, statement

from retrial.files import read_json, write_csv, write_json
from retrial.network import probe_keys as keys
from retrial.notebook.registry import judge

PROBABILITIES = "models/baseline/1/probabilities.npy"


def without_operations(results):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'operations'"))


test_verdicts = verdict_test(
    {
        "two_layers": {"refuted": [statement("layers", "Dense (784, 512)")]},
        "simple_operations": {
            "confirmed": [probe(keys.OPERATIONS, value=0.99e-5)],
            "refuted": [probe(keys.OPERATIONS, value=1.01e-5)],
            "not applicable": [without_operations],
        },
        "weights_hold_information": {
            "confirmed": [interval(keys.SHUFFLED, 0.051, 0.149)],
            "refuted": [probe(keys.COPIED, value=1e-9), interval(keys.SHUFFLED, 0.151, 0.2)],
            "inconclusive": [interval(keys.SHUFFLED, 0.049, 0.1), interval(keys.SHUFFLED, 0.149, 0.151)],
        },
        "softmax": {
            "confirmed": [lambda r: edit_array(r / PROBABILITIES, lambda p: p * np.float32(1 + 0.8e-5))],
            "refuted": [
                lambda r: edit_array(r / PROBABILITIES, lambda p: p * np.float32(1 + 1.2e-5)),
                lambda r: edit_array(r / PROBABILITIES, lambda p: p[:, :9] / p[:, :9].sum(axis=1, keepdims=True)),
            ],
        },
        "outputs_are_probabilities": {
            "confirmed": [interval(keys.CALIBRATION, 0.001, 0.0099, "arrays")],
            "refuted": [interval(keys.CALIBRATION, 0.0101, 0.02, "arrays")],
            "inconclusive": [
                interval(keys.CALIBRATION, 0.0099, 0.0101, "arrays"),
                probe(keys.CALIBRATION, "arrays", n=1, low=np.nan, high=np.nan),
            ],
        },
        "output_units": {"refuted": [lambda r: edit_array(r / PROBABILITIES, lambda p: p[:, :9])]},
        "other_units": {
            "confirmed": [interval(keys.UNUSED_UNITS, 0.001, 0.0099)],
            "refuted": [probe(keys.TOO_FEW_UNITS, value=0), interval(keys.UNUSED_UNITS, 0.0101, 0.02)],
            "inconclusive": [interval(keys.UNUSED_UNITS, 0.0099, 0.0101)],
        },
        "regression_head": {
            "confirmed": [interval(keys.CONSTANT_MINUS_LINEAR, 0.001, 1)],
            "refuted": [interval(keys.CONSTANT_MINUS_LINEAR, -1, -0.001)],
            "inconclusive": [interval(keys.CONSTANT_MINUS_LINEAR, -0.001, 0.001)],
        },
    }
)


def test_claims_about_mnist_are_not_applicable_to_two_labels_of_which_one_has_no_image(results):
    provenance = read_json(results / "data/provenance.json")
    provenance["train"]["n_per_label"] = [60000, 0]
    write_json(results / "data/provenance.json", provenance | {"dataset": "two"})
    for path in results.glob("data/y_*.npy"):
        edit_array(path, lambda y: y * 0)
    for path in results.glob("models/*/*/probabilities.npy"):
        edit_array(path, lambda p: p[:, :2] / p[:, :2].sum(axis=1, keepdims=True))
    verdicts = judge(results).set_index("id")["verdict"]
    of_mnist = ["labels", "shapes", "softmax", "first_prediction", "first_probability", "first_label", "accuracy"]
    assert set(verdicts[of_mnist]) == {"not applicable"}
    assert verdicts["output_units"] == "confirmed"
