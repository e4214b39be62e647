"""The table training_cost.csv, read as the time of the notebook's whole training."""

EPOCHS = 5


def whole_training(table):
    """A row for each engine: the `seconds` of five epochs, their interval, `low` and `high`, and the columns before."""
    steps = EPOCHS * table["seconds_per_epoch"] / table["seconds_per_step"]
    columns = {"seconds": "seconds_per_step", "low": "ci_low", "high": "ci_high"}
    return table.assign(**{name: steps * table[column] for name, column in columns.items()})
