"""Put the accuracies of all trainings into one table, the mean and intervals of each experiment into another."""

import numpy as np
import pandas as pd

from retrial.pipeline.files import read_json, write_csv
from retrial.pipeline.job import start_log
from retrial.pipeline.results import Training
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


def classified_correctly(paths: list[str], labels: np.ndarray) -> dict[str, np.ndarray]:
    """For each experiment, whether an image is classified correctly, booleans of shape (seeds, images)."""
    correct = {}
    for path in paths:
        predicted = np.load(path, allow_pickle=False).argmax(axis=1)
        correct.setdefault(Training.of_path(path).experiment, []).append(predicted == labels)
    return {experiment: np.array(rows) for experiment, rows in correct.items()}


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input = snakemake.input
    accuracy = pd.DataFrame([read_json(path) for path in input.metrics])[
        ["experiment", "seed", "test_accuracy", "test_loss"]
    ]
    labels = np.load(input.y_test, allow_pickle=False)
    summary = summarise(accuracy, classified_correctly(input.probabilities, labels))
    for table, path in ((accuracy, snakemake.output.accuracy), (summary, snakemake.output.summary)):
        write_csv(path, table)
    print(summary.to_string(index=False))
