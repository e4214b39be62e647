"""first_ten: the first ten test images, as a table and as a picture."""

import numpy as np
import pandas as pd
from conftest import made_file, snakemake
from first_ten import first_ten_table, plot_first_ten

PROBABILITIES, Y_TEST = "results/models/baseline/0/probabilities.npy", "results/data/y_test.npy"


def test_the_table_has_labels_and_probabilities(tiny_run):
    table = pd.read_csv(made_file(tiny_run, "results/predictions/first_ten.csv"))
    assert list(table.columns) == ["index", "label", "predicted", "probability", *(f"p{i}" for i in range(10))]
    assert list(table["index"]) == list(range(10))
    np.testing.assert_array_equal(table["label"], np.load(tiny_run / Y_TEST)[:10])
    p = table[[f"p{i}" for i in range(10)]].to_numpy()
    np.testing.assert_allclose(p, np.load(tiny_run / PROBABILITIES)[:10], rtol=1e-6)
    np.testing.assert_array_equal(table["predicted"], p.argmax(axis=1))
    np.testing.assert_array_equal(table["probability"], p.max(axis=1))


def test_any_experiment_has_its_picture_mistakes_confusion_and_page_for_who_asks(tiny_run, copied_run):
    files = [
        f"results/predictions/unscaled/{name}"
        for name in ("first_ten.csv", "mistakes.csv", "confusion.svg", "try.html")
    ]
    done = snakemake(copied_run, "--", *files)
    assert done.returncode == 0, done.stdout
    table = pd.read_csv(copied_run / files[0])
    p = np.load(copied_run / "results/models/unscaled/0/probabilities.npy")[:10]
    np.testing.assert_allclose(table["probability"], p.max(axis=1), rtol=1e-6)
    assert all((copied_run / file).exists() for file in files)


def test_the_picture_has_ten_images_with_ten_bars_each_and_counts_the_correct_ones():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(10, 0.2), size=12).astype(np.float32)
    labels = probabilities.argmax(axis=1)
    labels[3] = (labels[3] + 1) % 10
    names = ["T-shirt", "a<b>", "$x", *"3456789"]
    figure = plot_first_ten(first_ten_table(labels, probabilities), rng.random((10, 6, 5)), names, "tiny")
    figure.canvas.draw()
    assert figure.get_suptitle() == "9 of the first 10 test images of tiny\nare classified correctly"
    assert sum(len(axes.images) for axes in figure.axes) == 10
    assert sum(len(axes.patches) for axes in figure.axes) == 100
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    first, second = np.argsort(probabilities[0])[:-3:-1]
    p = probabilities[0]
    assert titles[0] == f"{names[first]}: {p[first]:.4f}\nnext: {names[second]}\n{p[second]:.4f}"
    assert f"wrong: it is {names[labels[3]]}" in titles[3]
    visible = [axes for axes in figure.axes if axes.axison]
    assert len(visible) == 10, "every bar chart has an axis"
    assert {axes.get_yscale() for axes in visible} == {"log"}, "small probabilities can be read beside a large one"
