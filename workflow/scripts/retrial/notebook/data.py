"""What the notebook says about MNIST and its arrays."""

import numpy as np

from retrial.data.sources import EMBEDDED
from retrial.notebook.registry import NotTestable, Outcome, claim, require_mnist
from retrial.notebook.written import run_of

CELL = "In [3]"
SPLITS = ("train", "test")


@claim(
    "images",
    "MNIST has 60,000 training and 10,000 test images of 28 × 28 pixels",
    kind="implied",
    cell=CELL,
    expected="60000 and 10000 of [28, 28]",
    decision="confirmed if the numbers and shapes are these; refuted if not",
)
def _(results):
    provenance = results.json("data/provenance.json")
    counts = [provenance[split]["n"] for split in SPLITS]
    shapes = [provenance[split]["image_shape"] for split in SPLITS]
    measured = f"{counts[0]} and {counts[1]} of {shapes[0]}"
    require_mnist(results, measured)
    return Outcome(measured, counts == [60000, 10000] and shapes == [[28, 28]] * 2)


@claim(
    "labels",
    "The labels are uint8 numbers from 0 to 9",
    kind="book",
    expected="uint8; 0 to 9, 10 labels",
    decision="confirmed if dtype and labels are these; refuted if not",
)
def _(results):
    arrays = [results.array(f"data/y_{split}.npy") for split in SPLITS]
    dtypes = {str(labels.dtype) for labels in arrays}
    labels = np.unique(np.concatenate(arrays)).tolist()
    measured = f"{', '.join(sorted(dtypes))}; {labels[0]} to {labels[-1]}, {len(labels)} labels"
    if results.json("data/provenance.json")["dataset"] not in ("mnist", EMBEDDED):
        raise NotTestable("needs MNIST", measured)
    return Outcome(measured, dtypes == {"uint8"} and labels == list(range(10)))


@claim(
    "shapes",
    "The preprocessed images are arrays of shape (60000, 784) and (10000, 784)",
    kind="stated",
    cell=CELL,
    expected="(60000, 784) and (10000, 784)",
    decision="confirmed if the shapes are these; refuted if not",
)
def _(results):
    train, test = (results.array(f"data/x_{split}.npy").shape for split in SPLITS)
    measured = f"{train} and {test}"
    require_mnist(results, measured)
    return Outcome(measured, (train, test) == ((60000, 784), (10000, 784)))


@claim(
    "range",
    "The division by 255 gives float32 numbers between 0 and 1",
    kind="stated",
    cell=CELL,
    expected="float32, 0 to 1",
    decision="confirmed if the dtype is float32 and all numbers are from 0 to 1; refuted if not",
)
def _(results):
    arrays = [results.array(f"data/x_{split}.npy") for split in SPLITS]
    dtypes = {str(x.dtype) for x in arrays}
    low, high = min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)
    measured = f"{', '.join(sorted(dtypes))}, {low:g} to {high:g}"
    return Outcome(measured, dtypes == {"float32"} and 0 <= low <= high <= 1)


@claim(
    "division_is_reshape",
    "As written: the division by 255 is a reshape",
    kind="stated",
    cell=CELL,
    expected="another shape after the division than before",
    decision="confirmed if the division changes the shape of an array; refuted if it does not",
)
def _(results):
    run = run_of(results, "division")
    before, after = run.message.split(";")[0].removeprefix("shape ").split(" before, ")
    return Outcome(run.message, before != after.removesuffix(" after"))
