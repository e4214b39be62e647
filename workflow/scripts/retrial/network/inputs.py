"""Pixels as a network takes them."""

import numpy as np


def network_inputs(x: np.ndarray, divide_by_255: bool) -> np.ndarray:
    """Preprocessed images, float32 of shape (n, pixels) in [0, 1], or with their raw values, 0 to 255, in the same memory.

    The multiplication restores each of the 256 values exactly.
    """
    return x if divide_by_255 else np.multiply(x, np.float32(255), out=x)
