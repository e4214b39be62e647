"""In [3]: MNIST and its arrays."""

import numpy as np

from retrial.data.sources import EMBEDDED
from retrial.formats import format_percent, format_ratio
from retrial.network import probe_keys as keys
from retrial.notebook.evidence import (
    accuracy_differences,
    listed,
    mean_above,
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


@claim("book", IN_3, rule=exact("uint8; 0 to 9, 10 labels"))
def labels(results):
    """The labels are uint8 numbers from 0 to 9"""
    arrays = [results.array(f"data/y_{split}.npy") for split in SPLITS]
    values = np.unique(np.concatenate(arrays))
    measured = f"{listed(y.dtype for y in arrays)}; {values[0]} to {values[-1]}, {len(values)} labels"
    if results.json("data/provenance.json")["dataset"] not in ("mnist", EMBEDDED):
        raise NotTestable("needs MNIST", measured)
    return Outcome(measured, measured)


@claim("stated", IN_3, rule=exact("(60000, 784) and (10000, 784)"))
def shapes(results):
    """The images are arrays of shape (60000, 784) for training and (10000, 784) for testing"""
    measured = " and ".join(str(results.array(f"data/x_{split}.npy").shape) for split in SPLITS)
    require_mnist(results, measured)
    return Outcome(measured, measured)


@claim(
    "stated",
    IN_3,
    rule=true("all arrays are float32, from 0 to 1, and hold nothing but the quotients of 0, 1, …, 255 by 255"),
)
def range_(results):
    """The raw values lie between 0 and 255; the division by 255 makes them float32 numbers between 0 and 1"""
    arrays = [results.array(f"data/x_{split}.npy") for split in SPLITS]
    parts = [x[start : start + 5000] for x in arrays for start in range(0, len(x), 5000)]
    low, high = min(float(x.min()) for x in parts), max(float(x.max()) for x in parts)
    dtypes = listed(x.dtype for x in arrays)
    are_quotients = all((np.rint(x * np.float32(255)) / np.float32(255) == x).all() for x in parts)
    measured = f"{dtypes}, {low:g} to {high:g}, {'all' if are_quotients else 'not all'} quotients of whole numbers"
    return Outcome(measured, dtypes == "float32" and 0 <= low <= high <= 1 and are_quotients)


@claim("stated", IN_3, rule=interval_above(NO_EFFECT, "the mean difference of accuracy over seeds"))
def scale_matters(results):
    """The network is sensitive to the scale of its input: without the division by 255 it is less accurate"""
    return mean_above(*accuracy_differences(results, "baseline", "unscaled"), NO_EFFECT)


def gains_of_type(results, name: str) -> np.ndarray:
    """The accuracy in another float type minus that in float32, shape (seeds,)."""
    table = results.csv("probes/training.csv").query("probe == @keys.FLOAT_TYPES.probe")
    accuracies = table.pivot(index="seed", columns="case", values="value")
    return (accuracies[name] - accuracies["float32"]).to_numpy()


@claim("stated", IN_3, rule=at_most(0, "the largest difference of an output for input in float64 instead of float32"))
def prefers_float32(results):
    """Networks prefer float32 input: they convert other types to it"""
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
    rule=interval_above(1, "the median ratio of times for both types, over rounds in turns in one process,"),
)
def slower_steps(results):
    """On this machine, without fused kernels, a training step takes longer in float64 and float16 than in float32"""
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
        texts.append(f"{name}: {with_interval(format_ratio, *of_kernels[False])} the time{with_fused}")
    p_value = p_of_each(np.array(p_values), [ratio.value > 1 for ratio in ratios])
    return Outcome("; ".join(texts), ratios, p_value, "needs a quieter machine")


SAME_ACCURACY = equivalent(0, TYPE_MARGIN, "the mean difference of accuracy over seeds")


@claim("added", IN_3, rule=SAME_ACCURACY)
def float64_accuracy(results):
    """After a short training, float64 is as accurate as float32"""
    return mean_within(gains_of_type(results, "float64"), 0, TYPE_MARGIN, signed)


@claim("added", IN_3, rule=SAME_ACCURACY)
def float16_accuracy(results):
    """After a short training, float16 is as accurate as float32"""
    return mean_within(gains_of_type(results, "float16"), 0, TYPE_MARGIN, signed)
