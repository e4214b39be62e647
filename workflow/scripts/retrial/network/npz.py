"""The weights of a network as a .npz file: arrays `w1`, `b1`, `w2`, `b2`, … of its layers."""

from pathlib import Path

import numpy as np

from retrial.network.from_scratch import Network


def save_network(path: str | Path, network: Network) -> None:
    """Write the weights; the file has no dates, so the same network gives the same bytes."""
    names = (f"{kind}{k}" for k in range(1, len(network.sizes)) for kind in "wb")
    arrays = (array for layer in network.layers for array in layer)
    np.savez(path, **dict(zip(names, arrays, strict=True)))


def load_weights(path: str | Path) -> list[np.ndarray]:
    """The arrays in the order of the layers, as Keras's `get_weights` returns them."""
    with np.load(path, allow_pickle=False) as file:
        return [file[name] for name in file.files]
