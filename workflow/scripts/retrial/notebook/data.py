"""In [3]: MNIST and its arrays."""

import numpy as np

from retrial.data.sources import EMBEDDED
from retrial.formats import format_percent, format_ratio
from retrial.network import probe_keys as keys
from retrial.notebook.evidence import (
    accuracy_differences,
    listed,
    mean_above_0,
    mean_within,
    probe,
    require_mnist,
    signed,
    with_interval,
)
from retrial.notebook.registry import Cell, NotTestable, Outcome, claim
from retrial.notebook.rules import at_most, equivalent, exact, interval_above, true
from retrial.statistics import p_of_each, p_of_share, paired_ratio

SPLITS = ("train", "test")
TYPES = ("float64", "float16")
TYPE_MARGIN = 0.002  # differences of accuracy up to this are no difference between types of floats
NO_EFFECT = 0.002  # differences of accuracy up to this are no effect

IN_3 = Cell(
    "In [3]",
    "load MNIST, make each image a row of float32 numbers, divide by 255",
    note="It calls the division a reshape, a slip of the pen for “rescale”: the shape of an array stays as it was.",
    code="x = images.reshape(60000, 784).astype('float32') / 255",
)


@claim(
    "implied",
    IN_3,
    text="MNIST has 60,000 training and 10,000 test images of 28 × 28 pixels",
    rule=exact("60,000 of 28 × 28 and 10,000 of 28 × 28"),
)
def images(results):
    provenance = results.json("data/provenance.json")
    measured = " and ".join(
        f"{provenance[split]['n']:,} of {' × '.join(map(str, provenance[split]['image_shape']))}" for split in SPLITS
    )
    require_mnist(results, measured)
    return Outcome(measured, measured)


@claim("book", IN_3, text="The labels are uint8 numbers from 0 to 9", rule=exact("uint8; 0 to 9, 10 labels"))
def labels(results):
    arrays = [results.array(f"data/y_{split}.npy") for split in SPLITS]
    values = np.unique(np.concatenate(arrays))
    measured = f"{listed(y.dtype for y in arrays)}; {values[0]} to {values[-1]}, {len(values)} labels"
    if results.json("data/provenance.json")["dataset"] not in ("mnist", EMBEDDED):
        raise NotTestable("needs MNIST", measured)
    return Outcome(measured, measured)


@claim(
    "stated",
    IN_3,
    text="The preprocessed images are arrays of shape (60000, 784) and (10000, 784)",
    rule=exact("(60000, 784) and (10000, 784)"),
)
def shapes(results):
    measured = " and ".join(str(results.array(f"data/x_{split}.npy").shape) for split in SPLITS)
    require_mnist(results, measured)
    return Outcome(measured, measured)


@claim(
    "stated",
    IN_3,
    text="The raw values lie between 0 and 255",
    rule=true("the arrays times 255 are whole numbers, the smallest 0 and the largest 255"),
)
def raw_values(results):
    lows, highs, are_whole = [], [], True
    for split in SPLITS:
        x = results.array(f"data/x_{split}.npy")
        for start in range(0, len(x), 5000):
            values = np.rint(x[start : start + 5000] * np.float32(255))
            are_whole &= bool((values / np.float32(255) == x[start : start + 5000]).all())
            lows.append(float(values.min()))
            highs.append(float(values.max()))
    measured = f"{min(lows):g} to {max(highs):g}, {'all whole numbers' if are_whole else 'not all whole numbers'}"
    return Outcome(measured, are_whole and (min(lows), max(highs)) == (0, 255))


@claim(
    "stated",
    IN_3,
    text="The division by 255 gives float32 numbers between 0 and 1",
    rule=true("all arrays are float32, and all numbers are from 0 to 1"),
)
def range_(results):
    arrays = [results.array(f"data/x_{split}.npy") for split in SPLITS]
    low, high = min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)
    dtypes = listed(x.dtype for x in arrays)
    return Outcome(f"{dtypes}, {low:g} to {high:g}", dtypes == "float32" and 0 <= low <= high <= 1)


@claim(
    "stated",
    IN_3,
    text="The network is sensitive to the scale of its input: without the division by 255 it is less accurate",
    rule=interval_above(0, "the mean difference of accuracy over seeds", refuted_below=NO_EFFECT),
)
def scale_matters(results):
    return mean_above_0(*accuracy_differences(results, "baseline", "unscaled"), effect=NO_EFFECT)


def gains_of_type(results, name: str) -> np.ndarray:
    """The accuracy in another float type minus that in float32, shape (seeds,)."""
    table = results.csv("probes/training.csv").query("probe == @keys.FLOAT_TYPES.probe")
    accuracies = table.pivot(index="seed", columns="case", values="value")
    return (accuracies[name] - accuracies["float32"]).to_numpy()


@claim(
    "stated",
    IN_3,
    text="Networks prefer float32 input: they convert other types to it",
    rule=at_most(0, "the largest difference of an output for input in float64 instead of float32"),
)
def prefers_float32(results):
    rows = [probe(results, keys.INPUT_TYPES._replace(case=name)) for name in TYPES]
    same = [probe(results, keys.EQUAL_LABELS._replace(case=name)) for name in TYPES]
    measured = "; ".join(
        f"{row.case}: largest difference of an output {row.value:.2g}, {format_percent(equal.value)} of labels equal"
        for row, equal in zip(rows, same, strict=True)
    )
    return Outcome(measured, rows[0].value)


@claim(
    "added",
    IN_3,
    text="On this machine, a training step without fused kernels takes longer in float64 and float16 than in float32",
    rule=interval_above(1, "the median ratio of times for both types, over rounds in turns in one process,"),
)
def slower_steps(results):
    table = results.csv("probes/step_times.csv")
    texts, ratios, p_values = [], [], []
    for name in TYPES:
        of_kernels = {}
        for fused, rows in table.groupby("fused"):
            times = rows.pivot(index="round", columns="type", values="step_s")
            of_kernels[fused] = paired_ratio(times[name].to_numpy(), times["float32"].to_numpy())
            if not fused:
                p_values.append(p_of_share(int((times[name] > times["float32"]).sum()), len(times), 0.5))
        ratios.append(of_kernels[False])
        with_fused = f", with fused kernels {format_ratio(of_kernels[True].value)}" if True in of_kernels else ""
        texts.append(f"{name}: {with_interval(format_ratio, *of_kernels[False])}{with_fused}")
    p_value = p_of_each(np.array(p_values), [ratio.value > 1 for ratio in ratios])
    return Outcome("; ".join(texts), ratios, p_value, "needs a quieter machine")


SAME_ACCURACY = equivalent(0, TYPE_MARGIN, "the mean difference of accuracy over seeds")


@claim("added", IN_3, text="After a short training, float64 is as accurate as float32", rule=SAME_ACCURACY)
def float64_accuracy(results):
    return mean_within(gains_of_type(results, "float64"), 0, TYPE_MARGIN, signed)


@claim("added", IN_3, text="After a short training, float16 is as accurate as float32", rule=SAME_ACCURACY)
def float16_accuracy(results):
    return mean_within(gains_of_type(results, "float16"), 0, TYPE_MARGIN, signed)
