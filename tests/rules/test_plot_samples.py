"""plot_samples: the first training images of each label."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from plot_samples import plot_samples
from show_mistakes import plot_confusion

from retrial.page.style import MOST_PIXELS, save


@pytest.fixture
def figure():
    """Two labels, of which the second has three images: image i has the value i / 100 everywhere."""
    images = np.arange(15).reshape(15, 1, 1) / 100 * np.ones((4, 3))
    labels = np.array([0, 1] * 3 + [0] * 9)
    figure = plot_samples(images, labels, ["shoe", "$x"], "tiny")
    figure.canvas.draw()
    return figure


def test_the_title_names_number_and_data_set(figure):
    assert figure.get_suptitle() == "The first 10 training images\nof each label of tiny"


def test_each_row_has_the_first_images_of_its_label_in_order(figure):
    (axis,) = figure.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["shoe", "$x"]
    mosaic = axis.images[0].get_array()
    assert mosaic.shape == (2 * 5, 10 * 4), "a pixel between the images"
    values = [[round(100 * mosaic[5 * row, 4 * i]) for i in range(10)] for row in (0, 1)]
    assert values == [[0, 2, 4, 6, 7, 8, 9, 10, 11, 12], [1, 3, 5, 0, 0, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("n", [2, 21, 62, 256])
def test_figures_of_any_number_of_labels_are_small_and_name_them(n):
    names = [f"label {i} with a long name" for i in range(n)]
    samples = plot_samples(np.ones((3 * n, 8, 8)), np.arange(3 * n) % (n - 1), names, "any")  # one label has no image
    counts = pd.DataFrame(np.eye(n) + 1, index=pd.Index(names, name="label"), columns=names)
    confusion = plot_confusion(counts, 1)
    assert 5.6 <= max(confusion.get_size_inches()) <= 12.5
    assert len(confusion.axes[0].texts) == (n * n if n <= 20 else 0)
    assert samples.get_size_inches()[0] <= 6
    assert sum(len(axis.get_yticklabels()) for axis in samples.axes) == n


def test_a_picture_has_no_more_pixels_than_can_be_looked_at(tmp_path):
    save(plt.figure(figsize=(5, 200)), tmp_path / "high.png")
    assert max(plt.imread(tmp_path / "high.png").shape) <= MOST_PIXELS
