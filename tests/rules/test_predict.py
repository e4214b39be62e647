"""predict: a row of probabilities for each test image."""

import numpy as np

MODEL, X_TEST = "results/models/baseline/0/model.keras", "results/data/x_test.npy"
TARGET = "results/models/baseline/0/probabilities.npy"


def test_rows_are_the_models_probabilities_and_sum_to_one(run_rule):
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
