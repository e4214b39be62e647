"""Make a page on which a reader draws a digit and sees what the trained network says.

The page computes with plain loops from the weights that it carries, so it needs no network. Its text, style and script
are workflow/report/try.*.
"""

import base64
import hashlib
import json
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from retrial.data.sources import EMBEDDED
from retrial.files import atomic_write, read_json
from retrial.job import start_log
from retrial.network.weights import read_layers
from retrial.params import settings_of

WORKFLOW = Path(__file__).parents[1]
MAX_BYTES = 3_000_000  # of the page
MAX_WEIGHTS = (MAX_BYTES - 100_000) // 4 * 3 // 4  # float32 in base64; the rest is for text and examples
# Those that the script of the page computes; gelu, as Keras defines it, needs a function that JavaScript lacks.
ACTIVATIONS = ["elu", "leaky_relu", "linear", "relu", "selu", "sigmoid", "silu", "softmax", "softplus", "tanh"]
SIDE = 28  # of MNIST's images, in pixels
EXAMPLES = 6  # of each kind


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


def example_rows(labels: np.ndarray, probabilities: np.ndarray) -> list[dict]:
    """The first test images that are classified correctly, then those that are misclassified most confidently.

    Args:
        labels: integers of shape (n,).
        probabilities: floats of shape (n, classes).
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")]
    chosen = [*np.flatnonzero(predicted == labels)[:EXAMPLES], *wrong[:EXAMPLES]]
    return [{"index": int(i), "label": int(labels[i]), "predicted": int(predicted[i])} for i in chosen]


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
    examples = example_rows(labels, probabilities)
    for example in examples:
        example["pixels"] = to_base64((images[example["index"]] * 255).round(), "u1")
    reason = why_not(settings["layers"], sum(weights.size + bias.size for weights, bias in layers))
    network = {
        "divide_by_255": settings["divide_by_255"],
        "shape": images.shape[1:],
        "labels": settings["labels"],
        "examples": examples,
        "layers": []
        if reason
        else [
            {"activation": layer["activation"], "weights": to_base64(weights, "<f4"), "bias": to_base64(bias, "<f4")}
            for layer, (weights, bias) in zip(settings["layers"], layers, strict=True)
        ],
    }
    script = (WORKFLOW / "report/try.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(WORKFLOW),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report/try.html.j2").render(
        settings=settings,
        network=Markup(json.dumps(network).replace("&", "\\u0026").replace("'", "\\u0027").replace("<", "\\u003c")),
        n_weights=sum(weights.size + bias.size for weights, bias in layers),
        reason=reason,
        can_draw=images.shape[1:] == (SIDE, SIDE),
        shape=images.shape[1:],
        thing="digit" if settings["labels"] == list("0123456789") else "picture",
        accuracy=float((probabilities.argmax(axis=1) == labels).mean()),
        n_test=len(labels),
        EMBEDDED=EMBEDDED,
        style=Markup(
            "".join((WORKFLOW / name).read_text(encoding="utf-8") for name in ("report/page.css", "report/try.css"))
        ),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, settings = snakemake.input, settings_of(snakemake.params)
    provenance = read_json(input.provenance)
    images = np.load(input.x_test, allow_pickle=False, mmap_mode="r")
    page = render(
        read_layers(input.model, len(settings["layers"])),
        images.reshape(-1, *provenance["test"]["image_shape"]),
        np.load(input.y_test, allow_pickle=False),
        np.load(input.probabilities, allow_pickle=False),
        settings | {"dataset": provenance["dataset"]},
    )
    with atomic_write(snakemake.output[0]) as part:
        part.write_text(page, encoding="utf-8")
    print(f"{snakemake.output[0]}: {len(page.encode()) / 1e6:.2f} MB")
