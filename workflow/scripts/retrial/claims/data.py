"""What the notebook says about MNIST and its arrays."""

import numpy as np

from retrial.claims.registry import NotTestable, claim, require_mnist
from retrial.dataset.sources import EMBEDDED

SOURCE = "notebook: the data"
SPLITS = ("train", "test")


@claim(
    "images",
    "MNIST has 60,000 training and 10,000 test images of 28 × 28 pixels",
    source=SOURCE,
    expected="60000 and 10000 of [28, 28]",
)
def _(results):
    provenance = results.json("data/provenance.json")
    counts = [provenance[split]["n"] for split in SPLITS]
    shapes = [provenance[split]["image_shape"] for split in SPLITS]
    measured = f"{counts[0]} and {counts[1]} of {shapes[0]}"
    require_mnist(results, measured)
    return measured, counts == [60000, 10000] and shapes == [[28, 28]] * 2


@claim(
    "labels",
    "Pixels and labels are uint8, and the labels are the numbers from 0 to 9",
    source=SOURCE,
    expected="uint8; 0 to 9, 10 labels",
)
def _(results):
    provenance = results.json("data/provenance.json")
    arrays = [results.array(f"data/y_{split}.npy") for split in SPLITS]
    dtypes = {provenance[split]["dtype"] for split in SPLITS} | {str(labels.dtype) for labels in arrays}
    labels = np.unique(np.concatenate(arrays)).tolist()
    measured = f"{', '.join(sorted(dtypes))}; {labels[0]} to {labels[-1]}, {len(labels)} labels"
    if provenance["dataset"] not in ("mnist", EMBEDDED):
        raise NotTestable("needs MNIST", measured)
    return measured, dtypes == {"uint8"} and labels == list(range(10))


@claim(
    "shapes",
    "After preprocessing, each image is a row of 784 numbers",
    source=SOURCE,
    expected="(60000, 784) and (10000, 784)",
)
def _(results):
    train, test = (results.array(f"data/x_{split}.npy").shape for split in SPLITS)
    measured = f"{train} and {test}"
    require_mnist(results, measured)
    return measured, (train, test) == ((60000, 784), (10000, 784))


@claim(
    "range", "After preprocessing, the numbers are float32 between 0 and 1", source=SOURCE, expected="float32, 0 to 1"
)
def _(results):
    arrays = [results.array(f"data/x_{split}.npy") for split in SPLITS]
    dtypes = {str(x.dtype) for x in arrays}
    low, high = min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)
    return f"{', '.join(sorted(dtypes))}, {low:g} to {high:g}", dtypes == {"float32"} and 0 <= low <= high <= 1
