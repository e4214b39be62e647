"""What a sweep found, as text."""

import pandas as pd

from retrial.formats import format_accuracy


def describe_best(table: pd.DataFrame) -> str:
    """The best grid point of a sweep, how many others cannot be told from it, and why its mean is too high.

    In a table of results/sweeps/, the columns before `n_seeds` are the keys of the grid.
    """
    finished = table[table["mean"].notna()]
    if finished.empty:
        return "No grid point of this sweep finished."
    best = finished[finished["best"]].iloc[0]
    keys = table.columns[: table.columns.get_loc("n_seeds")]
    point = ", ".join(f"{key} {best[key]}" for key in keys)
    text = f"Best of {len(finished)} grid points: {point}, with a mean validation accuracy of "
    text += format_accuracy(best["mean"])
    if pd.notna(best["ci_low"]):
        text += f" [{format_accuracy(best['ci_low'])}, {format_accuracy(best['ci_high'])}]"
        others = ((finished["ci_high"] >= best["mean"]) & ~finished["best"]).sum()
        text += f". Other points whose interval reaches this mean: {others}"
    return (
        f"{text}. These images chose it, so its mean is too high: the best of many is also the luckiest. Before you "
        "quote it, make it an experiment with other seeds: only that looks at the test set."
    )
