"""Show the first ten test images, the prediction for each, and its probability."""

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.formats import format_name, format_probability
from retrial.job import start_log
from retrial.page.style import CORRECT, OTHER, WRONG, clip, plt, save
from retrial.params import settings_of

LEAST = 1e-9  # the lowest probability that the bars show


def first_ten_table(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The first ten samples: label, predicted class, its probability, and as p0, p1, … the probability of every class.

    Args:
        labels: integers of shape (n,).
        probabilities: floats of shape (n, classes).
    """
    labels, probabilities = labels[:10], probabilities[:10]
    predicted = probabilities.argmax(axis=1)
    table = pd.DataFrame({"index": range(len(labels)), "label": labels, "predicted": predicted})
    table["probability"] = probabilities[np.arange(len(labels)), predicted]
    return table.join(pd.DataFrame(probabilities, columns=[f"p{i}" for i in range(probabilities.shape[1])]))


def plot_first_ten(table: pd.DataFrame, images: np.ndarray, names: list[str], dataset: str) -> plt.Figure:
    """Draw each image, shape (height, width), above the bars of its class probabilities.

    The axis is logarithmic: of a probability near 1, only the small ones beside it say how sure the network is.
    """
    are_words = max(map(len, names)) > 1
    figure, axes = plt.subplots(4, 5, figsize=(8, 6) if are_words else None)
    columns = [f"p{i}" for i in range(len(names))]
    probabilities = table[columns].to_numpy(float)
    for axis in axes.flat:
        axis.set_axis_off()
    for sample, image in zip(table.itertuples(), images, strict=True):
        row, column = divmod(sample.index, 5)
        correct = sample.predicted == sample.label
        picture, bars = axes[2 * row, column], axes[2 * row + 1, column]
        picture.imshow(image, cmap="gray_r")
        *_, second, _ = np.argsort(probabilities[sample.Index], kind="stable")
        lines = [f"{clip(names[sample.predicted])}: {format_probability(sample.probability)}"]
        lines += [] if correct else [f"wrong: it is {clip(names[sample.label], 8)}"]
        lines += [f"next: {clip(names[second])}", format_probability(probabilities[sample.Index, second])]
        picture.set_title("\n".join(lines), color=CORRECT if correct else WRONG, fontsize=10, parse_math=False)
        colours = [OTHER] * len(names)
        colours[sample.label] = CORRECT
        if not correct:
            colours[sample.predicted] = WRONG
        bars.set_axis_on()
        bars.bar(range(len(names)), np.maximum(probabilities[sample.Index], LEAST), color=colours)
        bars.set_yscale("log")
        bars.set_ylim(LEAST, 3)
        bars.set_yticks([1e-8, 1e-4, 1], ["10⁻⁸", "10⁻⁴", "1"] if column == 0 else [], fontsize=10)
        bars.minorticks_off()
        named = range(len(names)) if len(names) <= 12 else [sample.label]  # the title names both
        bars.set_xticks(named, [clip(names[i]) for i in named], rotation=90 * are_words, fontsize=9, parse_math=False)
    n_correct = (table["predicted"] == table["label"]).sum()
    figure.suptitle(
        f"{n_correct} of the first {len(table)} test images of {format_name(dataset)}\nare classified correctly",
        parse_math=False,
    )
    figure.supxlabel("Bars: the probability of each label (logarithmic). Blue: the true label.", fontsize=10)
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    provenance = read_json(snakemake.input.provenance)
    labels = np.load(snakemake.input.y_test, allow_pickle=False)
    images = np.load(snakemake.input.x_test, allow_pickle=False, mmap_mode="r")[:10]
    table = first_ten_table(labels, np.load(snakemake.input.probabilities, allow_pickle=False))
    write_csv(snakemake.output.csv, table)
    figure = plot_first_ten(
        table,
        images.reshape(-1, *provenance["test"]["image_shape"]),
        settings_of(snakemake.params)["labels"],
        provenance["dataset"],
    )
    save(figure, snakemake.output.png, snakemake.output.svg)
