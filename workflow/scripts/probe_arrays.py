"""Test single statements of the notebook on arrays alone: are the outputs probabilities, and does broadcasting copy."""

import numpy as np

from retrial.files import write_csv
from retrial.job import start_log
from retrial.network import probe_keys as keys
from retrial.network.probe_rows import Row, mean_row, to_table
from retrial.results import Training

BINS = 15


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The expected calibration error: the mean difference of confidence and accuracy, over bins of equal width.

    The confidence is the largest probability of an image. The error of a perfectly calibrated network is not 0 but
    about 0.003 with 10,000 images, because the accuracy in each bin varies.

    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, 2017, section 2.

    Args:
        labels: integers of shape (n,).
        probabilities: floats of shape (n, labels).
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, correct - confidence)).sum() / len(labels))


def probe_calibration(labels: np.ndarray, probabilities: dict[Training, np.ndarray]) -> list[Row]:
    """The calibration error of each experiment: the mean over its seeds, with its interval."""
    errors = {}
    for training, p in probabilities.items():
        errors.setdefault(training.experiment, []).append(calibration_error(labels, p))
    return [mean_row(*keys.CALIBRATION._replace(case=name), values) for name, values in errors.items()]


def probe_broadcasting() -> list[Row]:
    """The vector of In [17] as NumPy repeats it to add it to a matrix: the step in bytes from a row to the next."""
    x, y = np.ones((300, 200)), np.ones(200)
    rows = []
    for stride, shares, repeated in (
        (keys.BROADCAST_STRIDE, keys.BROADCAST_SHARES, np.broadcast_arrays(x, y)[1]),
        (keys.REPEATED_STRIDE, keys.REPEATED_SHARES, np.concatenate([np.expand_dims(y, 0)] * 300)),
    ):
        rows.append(Row(*stride, repeated.strides[0], n=len(repeated)))
        rows.append(Row(*shares, np.shares_memory(repeated, y)))
    return rows


if __name__ == "__main__":
    start_log(snakemake.log[0])
    labels = np.load(snakemake.input.y_test, allow_pickle=False)
    files = {Training.of_path(path): path for path in snakemake.input.probabilities}
    probabilities = {training: np.load(path, allow_pickle=False) for training, path in files.items()}
    table = to_table([*probe_calibration(labels, probabilities), *probe_broadcasting()])
    write_csv(snakemake.output[0], table)
    print(table.to_string(index=False))
