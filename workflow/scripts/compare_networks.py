"""On what share of the test images two networks predict different labels: each network of baseline with every other."""

from itertools import combinations

import numpy as np
import pandas as pd

from retrial.pipeline.files import write_csv
from retrial.pipeline.job import start_log
from retrial.pipeline.results import Training


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
    table = compare(
        {Training.of_path(path): np.load(path, allow_pickle=False).argmax(axis=1) for path in snakemake.input}
    )
    write_csv(snakemake.output[0], table)
    print(table.groupby(["experiment", "other_experiment"], sort=False)["share"].describe())
