"""show_mistakes: the most confident mistakes, and which labels are confused."""

import numpy as np
import pandas as pd
from conftest import made_file
from show_mistakes import mistakes, plot_confusion, plot_mistakes

LABELS = np.array([0, 1, 2, 1])
PROBABILITIES = np.array([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.2, 0.8, 0.0], [0.005, 0.0, 0.995]])
NAMES = ["shoe", "$x", "bag"]


def confusion(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, index=pd.Index(NAMES, name="label"), columns=NAMES)


def test_tables_have_every_mistake(tiny_run):
    results = made_file(tiny_run, "results/predictions/mistakes.csv").parents[1]
    labels = np.load(results / "data/y_test.npy")
    probabilities = np.load(results / "models/baseline/0/probabilities.npy")
    table = pd.read_csv(results / "predictions/mistakes.csv")
    assert len(table) == (probabilities.argmax(axis=1) != labels).sum()
    assert table["probability"].is_monotonic_decreasing
    counts, *seeds = (
        pd.read_csv(results / f"{name}/confusion.csv", index_col="label", dtype={"label": str})
        for name in ("predictions", "models/baseline/0", "models/baseline/1")
    )
    pd.testing.assert_frame_equal(counts, seeds[0] + seeds[1])


def test_mistakes_are_sorted_by_confidence_and_correct_images_are_left_out():
    table = mistakes(LABELS, PROBABILITIES)
    assert table.to_dict("list") == {
        "index": [3, 2, 1],
        "label": [1, 2, 1],
        "predicted": [2, 1, 0],
        "probability": [0.995, 0.8, 0.6],
        "probability_of_label": [0.0, 0.0, 0.3],
    }


def test_the_picture_of_mistakes_shows_each_with_both_names_and_counts_the_confident_ones():
    figure = plot_mistakes(mistakes(LABELS, PROBABILITIES), np.ones((3, 5, 4)), NAMES, n_test=4)
    figure.canvas.draw()
    assert figure.get_suptitle() == "3 of 4 test images are misclassified,\n1 of them with a probability above 0.99"
    titles = [axis.get_title() for axis in figure.axes if axis.images]
    assert titles == ["bag: 0.9950\nit is $x", "$x: 0.8000\nit is bag", "shoe: 0.6000\nit is $x"]


def test_the_confusion_matrix_shows_means_over_the_seeds_and_names_the_most_frequent_mistake():
    figure = plot_confusion(confusion([40, 3, 0], [0, 20, 5], [1, 0, 20]), n_seeds=2)
    figure.canvas.draw()
    assert figure.get_suptitle() == "The most frequent mistake:\n$x as bag, 2.5 times (mean over 2 seeds)"
    (axis,) = figure.axes
    assert {text.get_position(): text.get_text() for text in axis.texts} == {
        (0, 0): "20",
        (1, 0): "1.5",
        (1, 1): "10",
        (2, 1): "2.5",
        (0, 2): "0.5",
        (2, 2): "10",
    }


def test_without_mistakes_the_picture_says_so():
    figure = plot_confusion(confusion([9, 0, 0], [0, 9, 0], [0, 0, 9]), n_seeds=1)
    figure.canvas.draw()
    assert figure.get_suptitle() == "No mistakes"
    none = mistakes(np.array([2]), PROBABILITIES[-1:])
    assert plot_mistakes(none, np.ones((0, 5, 4)), NAMES, 1).get_suptitle() == "0 of 1 test images are misclassified"
