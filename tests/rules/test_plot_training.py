"""plot_training: curves of loss and metrics, and the accuracy of each experiment."""

import numpy as np
import pandas as pd
import pytest
from plot_training import plot_accuracy, plot_curves

from retrial.results import Training


def history(*losses, **metrics) -> pd.DataFrame:
    return pd.DataFrame({"epoch": range(1, len(losses) + 1), "loss": losses} | metrics)


HISTORIES = {
    Training("baseline", 0): history(3.0, 1.0, accuracy=[0.5, 0.9]),
    Training("baseline", 1): history(1.0, 2.0, accuracy=[0.7, 0.7]),
    Training("mse", 0): history(4.0, 0.5, accuracy=[0.2, 0.4], mean_squared_error=[0.3, 0.1]),
}


@pytest.fixture
def curves():
    return plot_curves(HISTORIES, "mnist-5k")


@pytest.fixture
def accuracy():
    table = pd.DataFrame({"experiment": ["baseline", "baseline", "mse"], "test_accuracy": [0.90, 0.92, 0.80]})
    summary = pd.DataFrame(
        {"experiment": ["baseline", "mse"], "mean": [0.91, 0.80], "ci_low": [0.88, np.nan], "ci_high": [0.94, np.nan]}
    )
    return plot_accuracy(table, summary, 1000, "mnist-5k")


def test_a_training_of_one_epoch_has_no_ticks_between_epochs():
    axis = plot_curves({Training("baseline", 0): history(3.0, accuracy=[0.5])}, "mnist-5k").axes[0]
    assert all(tick.is_integer() for tick in axis.get_xticks())


def test_titles_say_in_how_many_trainings_the_loss_falls(curves):
    assert curves.get_suptitle() == "The training loss falls in every epoch\nof 2 of 3 trainings"
    assert [axis.get_title() for axis in curves.axes] == ["the notebook's\nnetwork", "squared error,\nlower rate"]
    (legend,) = curves.legends
    assert "training set of mnist-5k" in legend.get_title().get_text()
    assert [text.get_text() for text in legend.texts] == ["loss", "1 − accuracy", "mean squared error"]


def test_each_panel_has_a_line_for_each_seed_and_their_mean(curves):
    lines = [list(line.get_ydata()) for line in curves.axes[0].lines]
    np.testing.assert_allclose(lines, [[3, 1], [1, 2], [2, 1.5], [0.5, 0.1], [0.3, 0.3], [0.4, 0.2]])
    assert len(curves.axes[1].lines) == 6


def test_the_title_has_the_accuracy_of_baseline_with_its_interval(accuracy):
    assert accuracy.get_suptitle() == "Test accuracy of the notebook's network:\n0.9100 [0.8800, 0.9400]"


def test_each_seed_is_a_point_and_only_several_seeds_have_an_interval(accuracy):
    (axis,) = accuracy.axes
    assert [label.get_text() for label in axis.get_yticklabels()] == [
        "the notebook's network",
        "squared error, lower rate",
    ]
    assert axis.get_xlabel() == "accuracy on the 1,000 test images of mnist-5k"
    points = [list(line.get_xdata()) for line in axis.lines if line.get_marker() == "o"]
    assert points == [[0.90, 0.92], [0.80]]
    intervals = [container.lines[2] for container in axis.containers]
    assert [len(bars) for bars in intervals] == [1, 0]
    np.testing.assert_allclose(intervals[0][0].get_segments()[0][:, 0], [0.88, 0.94])


def test_the_axis_stays_within_what_an_accuracy_can_be():
    table = pd.DataFrame({"experiment": "baseline", "test_accuracy": [0.90, 0.99]})
    summary = pd.DataFrame({"experiment": ["baseline"], "mean": [0.945], "ci_low": [-0.2], "ci_high": [1.5]})
    figure = plot_accuracy(table, summary, 1000, "tiny")
    assert figure.axes[0].get_xlim() == (0, 1)
    assert not any(line.get_clip_on() for line in figure.axes[0].lines if line.get_marker() in ("o", "D"))
