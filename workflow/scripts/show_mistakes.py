"""Show where the notebook's network is wrong: which labels it confuses, and its most confident mistakes."""

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.job import start_log
from retrial.page.style import OTHER, WRONG, clip, plt, save
from retrial.params import settings_of
from retrial.results import read_confusion

SHOWN = 12


def mistakes(labels: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The wrongly classified samples, the most confident first: index, label, prediction, the probability of both.

    Args:
        labels: integers of shape (n,).
        probabilities: floats of shape (n, classes).
    """
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    table = pd.DataFrame({"index": wrong, "label": labels[wrong], "predicted": predicted[wrong]})
    table["probability"] = probabilities[wrong, predicted[wrong]]
    table["probability_of_label"] = probabilities[wrong, labels[wrong]]
    return table.sort_values(["probability", "index"], ascending=[False, True], ignore_index=True)


def plot_mistakes(table: pd.DataFrame, images: np.ndarray, names: list[str], n_test: int) -> plt.Figure:
    """Draw the most confident mistakes; `images`, shape (n, height, width), are those of the table's first rows."""
    figure, axes = plt.subplots(3, SHOWN // 3)
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, row, image in zip(axes.flat, table.itertuples(), images, strict=False):
        axis.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        axis.set_title(
            f"{clip(names[row.predicted])}: {row.probability:.4f}\nit is {clip(names[row.label])}",
            color=WRONG,
            fontsize=10,
            parse_math=False,
        )
    confident = f",\n{(table['probability'] > 0.99).sum()} of them with a probability above 0.99" if len(table) else ""
    figure.suptitle(f"{len(table)} of {n_test:,} test images are misclassified{confident}")
    return figure


def plot_confusion(counts: pd.DataFrame, n_seeds: int) -> plt.Figure:
    """Draw how often each label is classified as each other one, as the mean over the seeds.

    Args:
        counts: summed over the seeds; a row for each label, a column for each predicted one.
        n_seeds: how many there are.
    """
    mean = counts.to_numpy() / n_seeds
    wrong = mean * (1 - np.eye(len(mean)))
    n = len(mean)
    width = 6 if n <= 10 else 6.8 + 0.06 * min(n, 90)
    place = 72 * (0.75 * width - 1.4) / n  # points for a label
    figure, axis = plt.subplots(figsize=(width, 0.75 * width))
    axis.imshow(wrong, cmap="Oranges", vmax=wrong.max() * 1.6 or 1, aspect="auto")
    for (i, j), value in np.ndenumerate(mean):
        if value and n <= 20:  # the colours of more labels have no place for numbers; confusion.csv has them
            text = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
            axis.text(j, i, text, ha="center", va="center", color=OTHER if i == j else "black", fontsize=10)
    names = [clip(name) for name in counts.index]
    turn = 90 if max(map(len, names)) > 3 or n > 20 else 0
    shown = range(0, n, int(np.ceil(6 / place)))
    text = {"labels": [names[i] for i in shown], "fontsize": min(12, 0.9 * place), "parse_math": False}
    axis.set_xticks(shown, rotation=turn, **text)
    axis.set_yticks(shown, **text)
    axis.set(xlabel="predicted", ylabel="label")
    axis.spines[:].set_visible(False)
    i, j = np.unravel_index(wrong.argmax(), wrong.shape)
    seeds = f"{n_seeds} seeds" if n_seeds > 1 else "one seed"
    figure.suptitle(
        f"The most frequent mistake:\n{names[i]} as {names[j]}, {wrong[i, j]:.1f} times (mean over {seeds})"
        if wrong.any()
        else "No mistakes",
        parse_math=False,
    )
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, names = snakemake.input, snakemake.output, settings_of(snakemake.params)["labels"]
    provenance = read_json(input.provenance)
    labels = np.load(input.y_test, allow_pickle=False)
    table = mistakes(labels, np.load(input.probabilities, allow_pickle=False))
    images = np.load(input.x_test, allow_pickle=False, mmap_mode="r")[table["index"][:SHOWN]]
    figure = plot_mistakes(table, images.reshape(-1, *provenance["test"]["image_shape"]), names, len(labels))
    save(figure, output.mistakes_png, output.mistakes_svg)

    tables = [read_confusion(path) for path in input.confusions]
    counts = sum(tables[1:], tables[0])
    save(plot_confusion(counts, len(tables)), output.confusion_png, output.confusion_svg)
    write_csv(output.mistakes, table)
    write_csv(output.confusion, counts, index=True)
