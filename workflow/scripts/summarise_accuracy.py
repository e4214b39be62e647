"""Put the accuracies of all experiments and seeds into one table, and their means with intervals into another."""

import pandas as pd
from scipy import stats

from retrial.pipeline.files import read_json, atomic_write
from retrial.pipeline.job import start_log


def summarise(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Mean test accuracy of each experiment over its seeds, standard deviation, and 95 % interval by Student's t.

    With one seed there is neither deviation nor interval: the cells are empty.
    """
    table = (
        accuracy.groupby("experiment", sort=False)["test_accuracy"]
        .agg(n_seeds="count", mean="mean", sd="std")
        .reset_index()
    )
    half_width = stats.t.ppf(0.975, table["n_seeds"] - 1) * table["sd"] / table["n_seeds"] ** 0.5
    return table.assign(ci_low=table["mean"] - half_width, ci_high=table["mean"] + half_width)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    accuracy = pd.DataFrame([read_json(path) for path in snakemake.input])[
        ["experiment", "seed", "test_accuracy", "test_loss"]
    ]
    summary = summarise(accuracy)
    for table, path in ((accuracy, snakemake.output.accuracy), (summary, snakemake.output.summary)):
        with atomic_write(path) as part:
            table.to_csv(part, index=False)
    print(summary.to_string(index=False))
