"""Losses and metrics are the same as those of Keras."""

import numpy as np
import pytest

from retrial.network.scores import SCORES, encode_labels

LABELS = np.array([0, 1, 2, 2, 1])
PROBABILITIES = np.array(
    [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.6, 0.3, 0.1], [0.34, 0.33, 0.33]], dtype=np.float32
)


@pytest.mark.parametrize("name", sorted(SCORES))
def test_a_score_is_the_same_as_in_keras(name):
    import keras

    labels = LABELS if name.startswith("sparse") else np.eye(3, dtype=np.float32)[LABELS]
    kind = keras.metrics if "accuracy" in name else keras.losses
    if name == "accuracy":
        metric = keras.metrics.CategoricalAccuracy()
        metric.update_state(labels, PROBABILITIES)
        expected = float(metric.result())
    else:
        expected = float(np.mean(kind.get(name)(labels, PROBABILITIES)))
    assert SCORES[name](LABELS, PROBABILITIES) == pytest.approx(expected, rel=1e-6)


def test_a_probability_of_zero_has_a_finite_loss():
    certain = np.array([[1, 0]], dtype=np.float32)
    assert SCORES["sparse_categorical_crossentropy"](np.array([1]), certain) == pytest.approx(87.34, abs=0.01)


def test_labels_are_encoded_as_the_loss_needs_them():
    assert encode_labels(LABELS, 3, "sparse_categorical_crossentropy") is LABELS
    np.testing.assert_array_equal(encode_labels(np.array([2, 0]), 3, "mean_squared_error"), [[0, 0, 1], [1, 0, 0]])
