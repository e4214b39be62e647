"""Make a page on which a reader draws a digit and sees what the trained network says.

The page computes with plain loops from the weights that it carries, so it needs no network. Its text, style and script
are workflow/report/try.*.
"""

import base64
import io
import json
import zipfile
from pathlib import Path

import numpy as np
from markupsafe import Markup

from retrial.data.sources import EMBEDDED
from retrial.files import read_json
from retrial.formats import format_name
from retrial.job import start_log
from retrial.page.html import render_page, write_page
from retrial.params import settings_of

MAX_BYTES = 3_000_000  # of the page
MAX_WEIGHTS = (MAX_BYTES - 100_000) // 4 * 3 // 4  # float32 in base64; the rest is for text and examples
# Those that the script of the page computes; gelu, as Keras defines it, needs a function that JavaScript lacks.
ACTIVATIONS = ["elu", "leaky_relu", "linear", "relu", "selu", "sigmoid", "silu", "softmax", "softplus", "tanh"]
SIDE = 28  # of MNIST's images, in pixels
EXAMPLES = 6  # of each kind


def read_layers(path: str | Path, n_layers: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights, shape (inputs, units), and bias, shape (units,), of each dense layer in a .keras or .npz file."""
    if Path(path).suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            return [(file[f"w{k}"], file[f"b{k}"]) for k in range(1, n_layers + 1)]
    import h5py

    with zipfile.ZipFile(path) as archive:
        file = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
    groups = [file[f"layers/dense{f'_{k}' if k else ''}/vars"] for k in range(n_layers)]
    return [(group["0"][:], group["1"][:]) for group in groups]


def to_base64(array: np.ndarray, dtype: str) -> str:
    """The bytes of an array, little-endian."""
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def why_not(layers: list[dict], n_weights: int) -> str:
    """Why the page cannot compute this network; nothing if it can."""
    if unknown := sorted({layer["activation"] for layer in layers} - {*ACTIVATIONS}):
        return f"The page cannot compute the activation {', '.join(unknown)}."
    if n_weights > MAX_WEIGHTS:
        return f"The network has {n_weights:,} weights and biases; a page of 3 MB has space for {MAX_WEIGHTS:,}."
    return ""


def choose_examples(images: np.ndarray, labels: np.ndarray, predicted: np.ndarray, confidence: np.ndarray) -> list:
    """The first test images that are classified correctly, then those that are misclassified most confidently.

    Args: images, floats of shape (n, height, width) from 0 to 1; the others of shape (n,).
    """
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    return [
        {
            "index": int(i),
            "label": int(labels[i]),
            "predicted": int(predicted[i]),
            "pixels": to_base64((images[i] * 255).round(), "u1"),
        }
        for i in [*np.flatnonzero(predicted == labels)[:EXAMPLES], *wrong[:EXAMPLES]]
    ]


def render(
    layers: list[tuple], images: np.ndarray, labels: np.ndarray, probabilities: np.ndarray, settings: dict
) -> str:
    """The page, as HTML.

    Args:
        layers: weights and bias of each layer, as `read_layers` returns them.
        images: the test images, floats of shape (n, height, width) from 0 to 1.
        labels: integers of shape (n,).
        probabilities: of the network for these images, shape (n, classes).
        settings: `dataset` (its name), `labels` (their names), `layers` and `divide_by_255` of the network.
    """
    predicted, n_weights = probabilities.argmax(axis=1), sum(weights.size + bias.size for weights, bias in layers)
    reason = why_not(settings["layers"], n_weights)
    network = {
        "divide_by_255": settings["divide_by_255"],
        "shape": images.shape[1:],
        "labels": settings["labels"],
        "examples": choose_examples(images, labels, predicted, probabilities.max(axis=1)),
        "layers": [
            {"activation": layer["activation"], "weights": to_base64(weights, "<f4"), "bias": to_base64(bias, "<f4")}
            for layer, (weights, bias) in zip(settings["layers"], layers, strict=True)
            if not reason
        ],
    }
    values = {
        "settings": settings,
        "network": Markup(json.dumps(network).replace("&", "\\u0026").replace("'", "\\u0027").replace("<", "\\u003c")),
        "n_weights": n_weights,
        "reason": reason,
        "can_draw": images.shape[1:] == (SIDE, SIDE),
        "shape": images.shape[1:],
        "thing": "digit" if settings["labels"] == list("0123456789") else "picture",
        "accuracy": float((predicted == labels).mean()),
        "n_test": len(labels),
        "EMBEDDED": EMBEDDED,
        "format_name": format_name,
    }
    return render_page("report/try.html.j2", ["report/page.css", "report/try.css"], ["report/try.js"], values)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, settings = snakemake.input, settings_of(snakemake.params)
    provenance = read_json(input.provenance)
    layers, shape = read_layers(input.model, len(settings["layers"])), provenance["test"]["image_shape"]
    images = np.load(input.x_test, allow_pickle=False, mmap_mode="r").reshape(-1, *shape)
    labels, probabilities = (np.load(path, allow_pickle=False) for path in (input.y_test, input.probabilities))
    page = render(layers, images, labels, probabilities, settings | {"dataset": provenance["dataset"]})
    write_page(snakemake.output[0], page)
