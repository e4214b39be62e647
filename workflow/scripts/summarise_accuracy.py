"""Put the accuracies of all trainings into one table, the mean and interval of each experiment into another."""

import pandas as pd

from retrial.pipeline.files import read_json, write_csv
from retrial.pipeline.job import start_log
from retrial.statistics import interval_of_mean


def summarise(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Mean test accuracy of each experiment over its seeds, standard deviation, and 95 % interval by Student's t.

    With one seed there is neither deviation nor interval: the cells are empty.
    """
    rows = []
    for experiment, table in accuracy.groupby("experiment", sort=False):
        mean, low, high = interval_of_mean(table["test_accuracy"].to_numpy())
        sd = table["test_accuracy"].std()
        rows.append(
            {"experiment": experiment, "n_seeds": len(table), "mean": mean, "sd": sd, "ci_low": low, "ci_high": high}
        )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    start_log(snakemake.log[0])
    accuracy = pd.DataFrame([read_json(path) for path in snakemake.input])[
        ["experiment", "seed", "test_accuracy", "test_loss"]
    ]
    summary = summarise(accuracy)
    for table, path in ((accuracy, snakemake.output.accuracy), (summary, snakemake.output.summary)):
        write_csv(path, table)
    print(summary.to_string(index=False))
