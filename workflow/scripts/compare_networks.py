"""The accuracy of each network and each experiment, and how often two networks predict different labels."""

from itertools import combinations

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv
from retrial.job import start_log
from retrial.results import Training
from retrial.statistics import interval_of_mean, interval_over_seeds_and_images


def summarise(accuracy: pd.DataFrame, correct: dict[str, np.ndarray]) -> pd.DataFrame:
    """Mean test accuracy of each experiment over its seeds, standard deviation, and two 95 % intervals.

    `ci_` is over seeds, by Student's t, `ci_images_` over seeds and test images. With one seed there is neither
    deviation nor interval: the cells are empty.

    Args:
        accuracy: the rows of accuracy.csv.
        correct: for each experiment, whether an image is classified correctly, booleans of shape (seeds, images).
    """
    rows = []
    for experiment, table in accuracy.groupby("experiment", sort=False):
        mean, low, high = interval_of_mean(table["test_accuracy"].to_numpy())
        images = interval_over_seeds_and_images(correct[experiment])
        rows.append(
            {
                "experiment": experiment,
                "n_seeds": len(table),
                "mean": mean,
                "sd": table["test_accuracy"].std(),
                "ci_low": low,
                "ci_high": high,
                "ci_images_low": images.low,
                "ci_images_high": images.high,
            }
        )
    return pd.DataFrame(rows)


def compare(predicted: dict[Training, np.ndarray]) -> pd.DataFrame:
    """A row for each pair of networks of one experiment, and for each pair of baseline and another experiment.

    Args:
        predicted: the predicted label of each test image, shape (images,), by training.
    """
    rows = [
        (*one, *other, float((predicted[one] != predicted[other]).mean()))
        for one, other in combinations(predicted, 2)
        if one.experiment in ("baseline", other.experiment)
    ]
    return pd.DataFrame(rows, columns=["experiment", "seed", "other_experiment", "other_seed", "share"])


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output = snakemake.input, snakemake.output
    labels = np.load(input.y_test, allow_pickle=False)
    accuracy = pd.DataFrame([read_json(path) for path in input.metrics])
    accuracy = accuracy[["experiment", "seed", "test_accuracy", "test_loss"]]
    predicted = {
        Training.of_path(path): np.load(path, allow_pickle=False).argmax(axis=1) for path in input.probabilities
    }
    correct = {}
    for training, answers in predicted.items():
        correct.setdefault(training.experiment, []).append(answers == labels)
    summary = summarise(accuracy, {experiment: np.array(answers) for experiment, answers in correct.items()})
    disagreement = compare(predicted)
    write_csv(output.accuracy, accuracy)
    write_csv(output.summary, summary)
    write_csv(output.disagreement, disagreement)
    print(summary.to_string(index=False))
    print(disagreement.groupby(["experiment", "other_experiment"], sort=False)["share"].describe())
