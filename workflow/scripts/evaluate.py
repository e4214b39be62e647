"""Compare the predicted probabilities with the labels of the test set."""

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from retrial.network.scores import SCORES
from retrial.pipeline.files import read_json, write_csv, write_json
from retrial.pipeline.job import start_log


def evaluate(labels: np.ndarray, probabilities: np.ndarray, loss: str, metrics: list[str]) -> dict[str, float]:
    """Score probabilities, shape (n, classes), by labels, shape (n,); each metric under its Keras name."""
    return {
        "test_loss": SCORES[loss](labels, probabilities),
        "test_accuracy": SCORES["accuracy"](labels, probabilities),
        "n_test": len(labels),
    } | {metric: SCORES[metric](labels, probabilities) for metric in metrics}


def confusion(labels: np.ndarray, probabilities: np.ndarray, names: list[str]) -> pd.DataFrame:
    """Count the test images: a row for each label, a column for each predicted label."""
    counts = confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(len(names)))
    return pd.DataFrame(counts, index=pd.Index(names, name="label"), columns=names)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    labels = np.load(snakemake.input.y_test, allow_pickle=False)
    probabilities = np.load(snakemake.input.probabilities, allow_pickle=False)
    metrics = {
        "experiment": snakemake.wildcards.experiment,
        "seed": int(snakemake.wildcards.seed),
        "dataset": read_json(snakemake.input.provenance)["dataset"],
    } | evaluate(labels, probabilities, settings["loss"], settings["metrics"])
    write_csv(snakemake.output.confusion, confusion(labels, probabilities, settings["labels"]), index=True)
    write_json(snakemake.output.metrics, metrics)
    print(metrics)
