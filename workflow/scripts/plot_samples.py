"""Show the first training images of each label."""

import numpy as np

from retrial.files import read_json
from retrial.job import start_log
from retrial.page.style import plt, save
from retrial.params import settings_of

PER_LABEL = 10


def plot_samples(images: np.ndarray, labels: np.ndarray, names: list[str], dataset: str) -> plt.Figure:
    """Draw a row for each label with its first images.

    Args:
        images: floats of shape (n, height, width).
        labels: integers of shape (n,).
        names: of the labels.
        dataset: its name.
    """
    figure, axes = plt.subplots(len(names), PER_LABEL, figsize=(6.2, 0.58 * len(names) + 0.6), squeeze=False)
    for label, row in enumerate(axes):
        for axis, i in zip(row, np.flatnonzero(labels == label)[:PER_LABEL], strict=False):
            axis.imshow(images[i], cmap="gray_r", vmin=0, vmax=1)
        for axis in row:
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        row[0].set_ylabel(names[label], rotation=0, ha="right", va="center", fontsize=13, parse_math=False)
    figure.suptitle(f"The first {PER_LABEL} training images\nof each label of {dataset}")
    return figure


if __name__ == "__main__":
    start_log(snakemake.log[0])
    provenance = read_json(snakemake.input.provenance)
    images = np.load(snakemake.input.x_train, allow_pickle=False, mmap_mode="r")
    figure = plot_samples(
        images.reshape(-1, *provenance["train"]["image_shape"]),
        np.load(snakemake.input.y_train, allow_pickle=False),
        settings_of(snakemake.params)["labels"],
        provenance["dataset"],
    )
    save(figure, *snakemake.output)
