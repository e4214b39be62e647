"""The weights of a trained network, read without TensorFlow."""

import io
import zipfile
from pathlib import Path

import numpy as np

from retrial.errors import InputError
from retrial.network.npz import load_weights


def read_layers(path: str | Path, n_layers: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The weights, shape (inputs, units), and the bias, shape (units,), of each dense layer in a .keras or .npz file.

    Raises:
        InputError: the file does not have them.
    """
    try:
        if Path(path).suffix == ".npz":
            arrays = load_weights(path)
            return list(zip(arrays[::2], arrays[1::2], strict=True))
        import h5py

        with zipfile.ZipFile(path) as archive:
            file = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
        groups = [file[f"layers/dense{f'_{k}' if k else ''}/vars"] for k in range(n_layers)]
        return [(group["0"][:], group["1"][:]) for group in groups]
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path}: found no weights of {n_layers} dense layers, expected a network trained by this workflow: delete "
            "the file and run again"
        ) from error
