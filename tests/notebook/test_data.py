"""The claims about MNIST and its arrays."""

import numpy as np
import pandas as pd
import pytest
from claim_cases import verdict_test
from model_results import (
    accuracies,
    drop_label_9,
    edit_array,
    edit_images,
    edit_json,
    gains,
    one_seed,
    probe,
    spread,
    write_images,
    write_step_times,
)

from retrial.files import write_csv
from retrial.network import probe_keys as keys
from retrial.notebook.registry import judge


def differences(mean: float, half_width: float):
    """The 95 % interval of the accuracy that is lost without the division is this mean ± half_width."""
    return accuracies(baseline=[0.98] * 5, unscaled=[0.98 - value for value in spread(mean, half_width)])


def one_seed_of_types(results):
    path = results / "probes/training.csv"
    write_csv(path, pd.read_csv(path).query("probe != 'float_types' or seed == 0"))


def type_cases(name: str) -> dict:
    return {
        "confirmed": [gains(name, [0.00195] * 5), gains(name, [-0.00195] * 5)],
        "refuted": [gains(name, [0.00205] * 5), gains(name, [-0.00205] * 5)],
        "inconclusive": [gains(name, spread(0.001, 0.0014)), gains(name, spread(0.003, 0.0011)), one_seed_of_types],
    }


def scale_pixels(factor: float):
    return lambda results: edit_images(results, lambda x: x * np.float32(factor))


test_verdicts = verdict_test(
    {
        "labels": {
            "refuted": [drop_label_9, lambda r: edit_array(r / "data/y_test.npy", lambda y: y.astype(np.int64))]
        },
        "shapes": {"refuted": [lambda r: write_images(r / "data/x_test.npy", 9999)]},
        "range": {
            "confirmed": [scale_pixels(1), scale_pixels(254 / 255)],
            "refuted": [
                *(scale_pixels(factor) for factor in (256 / 255, 254.9 / 255, -1 / 255)),
                lambda r: edit_images(r, lambda x: x.astype(np.float64)),
            ],
        },
        "scale_matters": {
            "confirmed": [differences(0.01, 0.0079)],
            "refuted": [differences(0.0009, 0.00108), accuracies(baseline=0.98, unscaled=0.981)],
            "inconclusive": [
                differences(0.01, 0.0081),
                differences(0.0009, 0.00112),
                accuracies(baseline=[0.98], unscaled=[0.96]),
            ],
            "not applicable": [accuracies(baseline=0.98)],
        },
        "prefers_float32": {"refuted": [probe(keys.INPUT_TYPES, value=1e-9)]},
        "slower_steps": {
            "confirmed": [lambda r: write_step_times(r, float16=3.001)],
            "refuted": [lambda r: write_step_times(r, float16=2.999)],
            "inconclusive": [lambda r: write_step_times(r, float16=3)],
        },
        "float64_accuracy": type_cases("float64"),
        "float16_accuracy": type_cases("float16"),
    }
)


def test_the_labels_of_another_data_set_are_not_those_of_mnist(results):
    for dataset, verdict in (("mnist-5k", "confirmed"), ("letters", "not applicable")):
        edit_json(results / "data/provenance.json", dataset=dataset)
        assert judge(results, ["labels"])["verdict"][0] == verdict


@pytest.mark.parametrize(
    ("half_width", "needed"), [(0.0025, "about 19 s"), (0.0062, "about 99 s"), (0.0063, "more than 100 s")]
)
def test_a_wider_spread_needs_more_seeds_and_above_100_no_number_is_told(results, half_width, needed):
    gains("float64", spread(0.001, half_width))(results)
    assert f"; needs {needed}" in judge(results, ["float64_accuracy"])["measured"][0]


def test_one_seed_has_no_interval(results):
    one_seed(results)
    assert "nan" not in judge(results, ["scale_matters"])["measured"][0]
