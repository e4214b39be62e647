"""predict: a row of probabilities for each test image."""

import numpy as np
from preprocess import scale

from retrial.network.inputs import network_inputs

MODEL, X_TEST = "results/models/baseline/0/model.keras", "results/data/x_test.npy"
TARGET = "results/models/baseline/0/probabilities.npy"


def test_rows_are_the_probabilities_of_the_network(run_rule):
    folder = run_rule("predict", [MODEL, X_TEST], [TARGET])
    probabilities = np.load(folder / TARGET, allow_pickle=False)
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (1000, 10))
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)

    import keras

    (w1, b1, w2, b2) = keras.models.load_model(folder / MODEL).get_weights()
    logits = np.maximum(np.load(folder / X_TEST) @ w1 + b1, 0) @ w2 + b2
    by_hand = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(probabilities, by_hand / by_hand.sum(axis=1, keepdims=True), atol=1e-5)


def test_a_network_trained_on_raw_pixels_predicts_from_raw_pixels(tiny_run):
    import keras

    model = keras.models.load_model(tiny_run / "results/models/unscaled/0/model.keras")
    (w1, b1, w2, b2) = model.get_weights()
    pixels = np.rint(np.load(tiny_run / X_TEST)[:10] * 255)
    logits = np.maximum(pixels @ w1 + b1, 0) @ w2 + b2
    by_hand = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = np.load(tiny_run / "results/models/unscaled/0/probabilities.npy")[:10]
    np.testing.assert_allclose(probabilities, by_hand / by_hand.sum(axis=1, keepdims=True), atol=1e-4)


def test_the_256_pixel_values_are_restored_exactly():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(network_inputs(scale(values), divide_by_255=False), values)
    np.testing.assert_array_equal(network_inputs(scale(values), divide_by_255=True), scale(values))
