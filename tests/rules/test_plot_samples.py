"""plot_samples: the first training images of each label."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import check_picture, made_file
from plot_samples import plot_samples


@pytest.fixture
def figure():
    """Two labels, of which the second has three images: image i has the value i / 100 everywhere."""
    images = np.arange(15).reshape(15, 1, 1) / 100 * np.ones((4, 3))
    labels = np.array([0, 1] * 3 + [0] * 9)
    figure = plot_samples(images, labels, ["shoe", "$x"], "tiny")
    figure.canvas.draw()
    yield figure
    plt.close(figure)


def test_the_picture_is_not_empty(tiny_run):
    check_picture(made_file(tiny_run, "results/data/samples.png"))


def test_the_title_names_number_and_data_set(figure):
    assert figure.get_suptitle() == "The first 10 training images\nof each label of tiny"


def test_each_row_has_the_first_images_of_its_label_in_order(figure):
    rows = np.array(figure.axes).reshape(2, 10)
    assert [row[0].get_ylabel() for row in rows] == ["shoe", "$x"]
    values = [[round(100 * axis.images[0].get_array().mean()) for axis in row if axis.images] for row in rows]
    assert values == [[0, 2, 4, 6, 7, 8, 9, 10, 11, 12], [1, 3, 5]]
