"""Losses and metrics of class probabilities, by their Keras names, as means over the samples.

Computed with NumPy, because TensorFlow takes seconds to import; the tests compare each with Keras.
"""

import numpy as np


def one_hot(labels: np.ndarray, n_labels: int) -> np.ndarray:
    """Labels of shape (n,) as float32 rows of shape (n, n_labels) with a 1 at the label."""
    return np.eye(n_labels, dtype=np.float32)[labels]


def encode_labels(labels: np.ndarray, n_labels: int, loss: str) -> np.ndarray:
    """Labels as the loss takes them: integers for the sparse one, one-hot rows for the others."""
    return labels if loss == "sparse_categorical_crossentropy" else one_hot(labels, n_labels)


def categorical_crossentropy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean of -log p(label), with p at least the smallest float32 (Keras has no such bound)."""
    p = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(p, np.finfo(np.float32).tiny), dtype=np.float64).mean())


def mean_squared_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean over samples and classes of the squared distance to the one-hot labels."""
    return float(np.square(probabilities - one_hot(labels, probabilities.shape[1]), dtype=np.float64).mean())


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of samples whose most probable class is the label."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def binary_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Share of outputs on the correct side of 0.5, compared with one-hot labels.

    A model of ten classes whose outputs all stay below 0.5 scores 0.9.
    """
    return float(((probabilities > 0.5) == one_hot(labels, probabilities.shape[1])).mean())


SCORES = {
    "sparse_categorical_crossentropy": categorical_crossentropy,
    "categorical_crossentropy": categorical_crossentropy,
    "mean_squared_error": mean_squared_error,
    "accuracy": accuracy,
    "binary_accuracy": binary_accuracy,
}
