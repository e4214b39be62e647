"""Compare the predicted probabilities of each network with the labels of the test set, and summarise the accuracies."""

import numpy as np
import pandas as pd

from retrial.network.scores import SCORES
from retrial.pipeline.files import read_json, write_csv, write_json
from retrial.pipeline.job import start_log
from retrial.pipeline.results import Training
from retrial.statistics import interval_of_mean, interval_over_seeds_and_images


def evaluate(labels: np.ndarray, probabilities: np.ndarray, loss: str, metrics: list[str]) -> dict[str, float]:
    """Score probabilities, shape (n, classes), by labels, shape (n,); each metric under its Keras name."""
    return {
        "test_loss": SCORES[loss](labels, probabilities),
        "test_accuracy": SCORES["accuracy"](labels, probabilities),
        "n_test": len(labels),
    } | {metric: SCORES[metric](labels, probabilities) for metric in metrics}


def confusion(labels: np.ndarray, probabilities: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Count the test images: a row for each label, a column for each predicted label."""
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, probabilities.argmax(axis=1)), 1)
    return pd.DataFrame(counts, index=pd.Index(names, name="label"), columns=names)


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


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, settings = snakemake.input, snakemake.output, snakemake.params.settings
    labels = np.load(input.y_test, allow_pickle=False)
    dataset = read_json(input.provenance)["dataset"]
    rows, correct = [], {}
    for path, metrics, table in zip(input.probabilities, output.metrics, output.confusion, strict=True):
        training, probabilities = Training.of_path(path), np.load(path, allow_pickle=False)
        scores = evaluate(labels, probabilities, **settings["scores"][training.experiment])
        rows.append(training._asdict() | {"dataset": dataset} | scores)
        correct.setdefault(training.experiment, []).append(probabilities.argmax(axis=1) == labels)
        write_json(metrics, rows[-1])
        write_csv(table, confusion(labels, probabilities, settings["labels"]), index=True)
    accuracy = pd.DataFrame(rows)[["experiment", "seed", "test_accuracy", "test_loss"]]
    summary = summarise(accuracy, {experiment: np.array(answers) for experiment, answers in correct.items()})
    write_csv(output.accuracy, accuracy)
    write_csv(output.summary, summary)
    print(summary.to_string(index=False))
