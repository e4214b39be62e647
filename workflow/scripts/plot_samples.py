"""Show the first training images of each label."""

import numpy as np

from retrial.files import read_json
from retrial.formats import format_name
from retrial.job import start_log
from retrial.page.style import clip, plt, save
from retrial.params import settings_of

PER_LABEL = 10


def plot_samples(images: np.ndarray, labels: np.ndarray, names: list[str], dataset: str) -> plt.Figure:
    """Draw a row for each label with its first images; many labels in up to four columns.

    Args:
        images: floats of shape (n, height, width).
        labels: integers of shape (n,).
        names: of the labels.
        dataset: its name.
    """
    columns = min(-(-len(names) // 20), 4)
    rows, shown = -(-len(names) // columns), max(PER_LABEL // columns, 2)
    height, width = (n + max(n // 10, 1) for n in images.shape[1:])
    # One picture for a column of labels: a picture for each image takes minutes for many labels.
    figure, axes = plt.subplots(1, columns, figsize=(6, max(4.5, 0.3 * rows)), squeeze=False)
    for column, axis in enumerate(axes[0]):
        mosaic, here = np.zeros((rows * height, shown * width)), names[column * rows : (column + 1) * rows]
        for row in range(len(here)):
            for x, i in enumerate(np.flatnonzero(labels == column * rows + row)[:shown]):
                image = images[i]
                mosaic[row * height :, x * width :][: len(image), : image.shape[1]] = image
        axis.imshow(mosaic, cmap="gray_r", vmin=0, vmax=1)
        centers = height * (np.arange(len(here)) + 0.5) - 1
        axis.set_yticks(centers, [clip(name) for name in here], fontsize=11 if columns == 1 else 9, parse_math=False)
        axis.set_xticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    figure.suptitle(f"The first {shown} training images\nof each label of {format_name(dataset)}", parse_math=False)
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
