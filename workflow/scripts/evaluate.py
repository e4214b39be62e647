"""Compare the predicted probabilities of each network with the labels of the test set."""

import numpy as np
import pandas as pd

from retrial.files import read_json, write_csv, write_json
from retrial.job import start_log
from retrial.network.scores import SCORES
from retrial.params import settings_of
from retrial.results import Training


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


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, output, settings = snakemake.input, snakemake.output, settings_of(snakemake.params)
    labels = np.load(input.y_test, allow_pickle=False)
    dataset = read_json(input.provenance)["dataset"]
    for path, metrics, table in zip(input.probabilities, output.metrics, output.confusion, strict=True):
        training, probabilities = Training.of_path(path), np.load(path, allow_pickle=False)
        scores = evaluate(labels, probabilities, **settings["scores"][training.experiment])
        write_json(metrics, training._asdict() | {"dataset": dataset} | scores)
        write_csv(table, confusion(labels, probabilities, settings["labels"]), index=True)
        print(*training, scores)
