"""What the notebook says about the input of its network, its layers and weights, and its outputs."""

import numpy as np

from retrial.notebook.probes import NEEDS_SEEDS, needed_seeds, probe_row, verdict_of
from retrial.notebook.registry import Outcome, claim, require_mnist, with_interval
from retrial.page.formats import format_accuracy, format_ratio
from retrial.statistics import (
    interval_of_mean,
    p_of_equivalence,
    p_of_fewer,
    p_of_larger_mean,
    paired_ratio,
)

TYPES = ("float64", "float16")
TYPE_MARGIN = 0.002  # differences of accuracy up to this are no difference between types of floats
ROUNDING = 1e-5  # largest difference of an output, from rounding in float32
CHANCE_MARGIN = 0.05  # how far from chance an accuracy may be and still be chance
UNUSED = 0.01  # the largest share of images given to units that no label has
CALIBRATION = 0.01  # the largest calibration error of probabilities


def gains_of_type(results, name: str) -> np.ndarray:
    """The accuracy in another float type minus that in float32, shape (seeds,)."""
    table = results.csv("probes/training.csv").query("probe == 'float_types'")
    accuracies = table.pivot(index="seed", columns="case", values="value")
    return (accuracies[name] - accuracies["float32"]).to_numpy()


@claim(
    "prefers_float32",
    "Networks prefer float32: a step takes longer in float64 and in float16, and neither is more accurate",
    kind="stated",
    cell="In [3]",
    expected=f"for both types, a ratio of times above 1, and a gain of accuracy below {TYPE_MARGIN}",
    decision="confirmed if for both types the 95 % interval of the median ratio of times is above 1 (over rounds in "
    f"turns, in one process), and the 90 % interval of the mean gain of accuracy over seeds is below {TYPE_MARGIN}; "
    f"else refuted if for one type the gain is above {TYPE_MARGIN}, or the ratio is below 1 and the gain above "
    f"-{TYPE_MARGIN}; otherwise inconclusive",
)
def _(results):
    times = (
        results.csv("probes/step_times.csv").query("not fused").pivot(index="round", columns="type", values="step_s")
    )
    texts, agrees, contradicts, p_values = [], [], [], []
    for name in TYPES:
        gains, ratios = gains_of_type(results, name), (times[name] / times["float32"]).to_numpy()
        ratio, gain = paired_ratio(times[name].to_numpy(), times["float32"].to_numpy()), interval_of_mean(gains, 0.9)
        texts.append(f"{name}: step {with_interval(format_ratio, *ratio)}, accuracy {gain.value:+.4f}")
        agrees.append(ratio.low > 1 and gain.high < TYPE_MARGIN)
        contradicts.append(gain.low > TYPE_MARGIN or (ratio.high < 1 and gain.low > -TYPE_MARGIN))
        p_values.append(p_of_fewer(int((ratios <= 1).sum()), len(ratios), 0.5))
        p_values.append(p_of_larger_mean(-gains, -TYPE_MARGIN) if len(gains) > 1 else 1.0)
    needed = "needs more rounds on a quieter machine, or more seeds" if len(gains) > 1 else NEEDS_SEEDS
    measured = f"{'; '.join(texts)}, over {len(gains)} seeds"
    return Outcome(measured, verdict_of(all(agrees), any(contradicts)), max(p_values), needed)


for name in TYPES:

    @claim(
        f"{name}_accuracy",
        f"The network is as accurate in {name} as in float32",
        kind="added",
        expected=f"a difference of 0 ± {TYPE_MARGIN}",
        decision=f"confirmed if the 90 % interval of the mean difference over seeds is within ± {TYPE_MARGIN} (two "
        "one-sided tests); refuted if its 95 % interval is outside; otherwise inconclusive",
    )
    def _(results, name=name):
        gains = gains_of_type(results, name)
        if len(gains) < 2:
            return Outcome(f"{gains[0]:+.4f} from one seed", None, needed=NEEDS_SEEDS)
        mean, low, high = interval_of_mean(gains, 0.9)
        outer = interval_of_mean(gains)
        holds = verdict_of(
            low > -TYPE_MARGIN and high < TYPE_MARGIN, outer.high < -TYPE_MARGIN or outer.low > TYPE_MARGIN
        )
        measured = f"{with_interval('{:+.4f}'.format, mean, low, high)} over {len(gains)} seeds"
        needed = needed_seeds(gains, abs(TYPE_MARGIN - abs(mean)))
        return Outcome(measured, holds, p_of_equivalence(gains, 0, TYPE_MARGIN), needed)


@claim(
    "raw_values",
    "The raw values lie between 0 and 255",
    kind="stated",
    cell="In [3]",
    expected="whole numbers from 0 to 255",
    decision="confirmed if the arrays times 255 are whole numbers, the smallest 0 and the largest 255; refuted if not",
)
def _(results):
    lows, highs, are_whole = [], [], True
    for split in ("train", "test"):
        x = results.array(f"data/x_{split}.npy")
        for start in range(0, len(x), 5000):
            values = np.rint(x[start : start + 5000] * np.float32(255))
            are_whole &= bool((values / np.float32(255) == x[start : start + 5000]).all())
            lows.append(float(values.min()))
            highs.append(float(values.max()))
    measured = f"{min(lows):g} to {max(highs):g}, {'all whole numbers' if are_whole else 'not all whole numbers'}"
    return Outcome(measured, are_whole and (min(lows), max(highs)) == (0, 255))


@claim(
    "simple_operations",
    "Each layer applies a few simple tensor operations to its input",
    kind="stated",
    cell="In [4]",
    expected=f"dot, add, relu and softmax in NumPy give the outputs of the network, within {ROUNDING:g}",
    decision=f"confirmed if no output differs by more than {ROUNDING:g}; refuted if one does",
)
def _(results):
    row = probe_row(results, "operations", "dot, add, relu, softmax")
    return Outcome(f"largest difference of {row.n:,} outputs: {row.value:.2g}", bool(row.value <= ROUNDING))


@claim(
    "weights_hold_information",
    "The weights are where the model keeps its information",
    kind="stated",
    cell="In [4]",
    expected="a new model with these weights has the same outputs; with the weights shuffled, the accuracy is chance",
    decision="confirmed if the outputs are equal, bit by bit, and the 95 % interval of the mean accuracy over shuffles "
    f"is within chance ± {CHANCE_MARGIN}; refuted if an output differs, or the interval is outside; otherwise "
    "inconclusive",
)
def _(results):
    trained, copied, shuffled, chance = (
        probe_row(results, "weights", case) for case in ("the trained network", "copied", "shuffled", "chance")
    )
    low, high = shuffled.low - chance.value, shuffled.high - chance.value
    interval = with_interval(format_accuracy, shuffled.value, shuffled.low, shuffled.high)
    measured = (
        f"copied: largest difference of an output {copied.value:.2g}; accuracy {format_accuracy(trained.value)}, "
    )
    measured += f"shuffled {interval} over {shuffled.n} shuffles"
    is_chance = low > -CHANCE_MARGIN and high < CHANCE_MARGIN
    is_not = low > CHANCE_MARGIN or high < -CHANCE_MARGIN
    return Outcome(
        measured, verdict_of(copied.value == 0 and is_chance, copied.value > 0 or is_not), needed="needs more shuffles"
    )


@claim(
    "outputs_are_probabilities",
    "Each output is the probability of a label",
    kind="stated",
    cell="In [4]",
    expected=f"an expected calibration error of at most {CALIBRATION}",
    decision=f"confirmed if the 95 % interval of its mean over the seeds of baseline is below {CALIBRATION}; refuted "
    "if it is above; otherwise inconclusive",
)
def _(results):
    row = probe_row(results, "calibration", "baseline", file="arrays")
    measured = f"{row.value:.4f} from one seed"
    if row.n > 1:
        measured = f"{with_interval('{:.4f}'.format, row.value, row.low, row.high)} over {row.n} seeds"
    require_mnist(results, measured)
    if row.n < 2:
        return Outcome(measured, None, needed=NEEDS_SEEDS)
    return Outcome(measured, verdict_of(row.high < CALIBRATION, row.low > CALIBRATION), needed="needs more seeds")


@claim(
    "too_few_units",
    "With one unit less than there are labels, the training fails",
    kind="added",
    expected="an error",
    decision="confirmed if the training raises an error; refuted if it does not",
)
def _(results):
    row = probe_row(results, "units", "one too few")
    return Outcome(row.statistic, bool(row.value))


@claim(
    "too_many_units",
    "With six units more than there are labels, the network trains too, and gives them almost no image",
    kind="added",
    expected=f"a share of the test images below {UNUSED}",
    decision=f"confirmed if the exact 95 % interval of the share is below {UNUSED}; refuted if it is above; otherwise "
    "inconclusive",
)
def _(results):
    share = probe_row(results, "units", "6 too many", "share")
    accuracy = probe_row(results, "units", "6 too many", "accuracy").value
    expected = probe_row(results, "batches", "mini-batches").value
    measured = f"{share.value * share.n:.0f} of {share.n:,} images; accuracy {format_accuracy(accuracy)}, with as many "
    measured += f"units as labels {format_accuracy(expected)}, one seed"
    return Outcome(measured, verdict_of(share.high < UNUSED, share.low > UNUSED), needed="needs more test images")


@claim(
    "regression_head",
    "For regression, the last layer has one unit and no activation",
    kind="stated",
    cell="In [4]",
    expected="on a target outside [0, 1], a smaller squared error than with sigmoid",
    decision="confirmed if the 95 % interval of the mean difference, over the test images, is above 0; refuted if it "
    "is below; otherwise inconclusive",
)
def _(results):
    difference = probe_row(results, "regression", "sigmoid, linear")
    linear, sigmoid = (probe_row(results, "regression", case).value for case in ("linear", "sigmoid"))
    interval = with_interval("{:.2f}".format, difference.value, difference.low, difference.high)
    measured = f"mean squared error {linear:.2f}, with sigmoid {sigmoid:.2f}; difference {interval}, one seed"
    holds = verdict_of(difference.low > 0, difference.high < 0)
    return Outcome(measured, holds, needed="needs a longer training")


@claim(
    "broadcasting_copies_nothing",
    "NumPy repeats the vector in its algorithm only, not in memory",
    kind="stated",
    cell="In [17]–[19]",
    expected="0 bytes from a row to the next, in the memory of the vector",
    decision="confirmed if a row of the broadcast vector is 0 bytes after the row before, in the vector's memory; "
    "refuted if not",
)
def _(results):
    stride, shares = (
        probe_row(results, "broadcasting", "broadcasting", statistic, file="arrays").value
        for statistic in ("bytes", "shares")
    )
    copied = probe_row(results, "broadcasting", "explicit repetition", "bytes", file="arrays").value
    measured = f"{stride:g} bytes, {'the' if shares else 'not the'} memory of the vector; repeated: {copied:g} bytes"
    return Outcome(measured, stride == 0 and bool(shares))
