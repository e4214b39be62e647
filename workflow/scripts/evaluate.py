"""Score each network on the test set; compare experiments by their accuracies, and networks by their predictions."""

from itertools import combinations

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv, write_json
from retrial.job import start_log
from retrial.network.scores import SCORES
from retrial.params import settings_of
from retrial.results import Training
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
        mean, *over_seeds = interval_of_mean(table["test_accuracy"].to_numpy())
        _, *over_images = interval_over_seeds_and_images(correct[experiment])
        rows.append((experiment, len(table), mean, table["test_accuracy"].std(), *over_seeds, *over_images))
    columns = ["experiment", "n_seeds", "mean", "sd", "ci_low", "ci_high", "ci_images_low", "ci_images_high"]
    return pd.DataFrame(rows, columns=columns)


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
    input, output, settings = snakemake.input, snakemake.output, settings_of(snakemake.params)
    labels = np.load(input.y_test, allow_pickle=False)
    dataset = read_json(input.provenance)["dataset"]
    scores, predicted, correct = [], {}, {}
    for path, metrics, table in zip(input.probabilities, output.metrics, output.confusion, strict=True):
        training, probabilities = Training.of_path(path), np.load(path, allow_pickle=False)
        of_training = evaluate(labels, probabilities, **settings["scores"][training.experiment])
        scores.append(training._asdict() | {"dataset": dataset} | of_training)
        write_json(metrics, scores[-1])
        write_csv(table, confusion(labels, probabilities, settings["labels"]), index=True)
        predicted[training] = probabilities.argmax(axis=1)
        correct.setdefault(training.experiment, []).append(predicted[training] == labels)
    accuracy = pd.DataFrame(scores)[["experiment", "seed", "test_accuracy", "test_loss"]]
    summary = summarise(accuracy, {experiment: np.array(answers) for experiment, answers in correct.items()})
    disagreement = compare(predicted)
    write_csv(output.accuracy, accuracy)
    write_csv(output.summary, summary)
    write_csv(output.disagreement, disagreement)
    print(summary.to_string(index=False))
    print(disagreement.groupby(["experiment", "other_experiment"], sort=False)["share"].describe())
