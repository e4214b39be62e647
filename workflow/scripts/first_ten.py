"""Show the first ten test images, the prediction for each, and its probability."""

import numpy as np
import pandas as pd

from retrial.display.style import CORRECT, OTHER, WRONG, plt, save
from retrial.pipeline.files import read_json, write_csv
from retrial.pipeline.job import start_log


def first_ten_table(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The first ten samples: label, predicted class, its probability, and as p0, p1, … the probability of every class.

    Args:
        labels: integers of shape (n,).
        probabilities: floats of shape (n, classes).
    """
    labels, probabilities = labels[:10], probabilities[:10]
    predicted = probabilities.argmax(axis=1)
    table = pd.DataFrame(
        {
            "index": range(len(labels)),
            "label": labels,
            "predicted": predicted,
            "probability": probabilities[np.arange(len(labels)), predicted],
        }
    )
    return table.join(pd.DataFrame(probabilities, columns=[f"p{i}" for i in range(probabilities.shape[1])]))


def plot_first_ten(table: pd.DataFrame, images: np.ndarray, names: list[str], dataset: str) -> plt.Figure:
    """Draw each image, shape (height, width), above the bars of its class probabilities."""
    figure, axes = plt.subplots(4, 5, figsize=(11, 7.6), height_ratios=[1.15, 1, 1.15, 1])
    columns = [f"p{i}" for i in range(len(names))]
    for axis in axes.flat:
        axis.set_axis_off()
    for sample, image in zip(table.itertuples(), images, strict=True):
        row, column = divmod(sample.index, 5)
        correct = sample.predicted == sample.label
        picture, bars = axes[2 * row, column], axes[2 * row + 1, column]
        picture.imshow(image, cmap="gray_r")
        verdict = "correct" if correct else f"wrong: it is {names[sample.label]}"
        picture.set_title(
            f"{names[sample.predicted]}, p = {sample.probability:.4f}\n{verdict}",
            color=CORRECT if correct else WRONG,
            fontsize=11,
            parse_math=False,
        )
        colours = [OTHER] * len(names)
        colours[sample.label] = CORRECT
        if not correct:
            colours[sample.predicted] = WRONG
        bars.set_axis_on()
        bars.bar(range(len(names)), table.loc[sample.Index, columns].astype(float), color=colours)
        bars.set_ylim(0, 1.05)
        bars.set_yticks([0, 0.5, 1], ["0", "", "1"])
        bars.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 2 else 0, parse_math=False)
        if column == 0:
            bars.set_ylabel("probability")
    n_correct = (table["predicted"] == table["label"]).sum()
    figure.suptitle(f"{n_correct} of the first {len(table)} test images of {dataset} are classified correctly")
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
        snakemake.params.settings["labels"],
        provenance["dataset"],
    )
    save(figure, snakemake.output.png, snakemake.output.svg)
