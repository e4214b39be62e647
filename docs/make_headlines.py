"""Write the numbers of a finished run into docs/headlines.json, from which README.md quotes them.

PYTHONPATH=workflow/scripts .venv/bin/python docs/make_headlines.py results "AMD EPYC (Zen 4)"

It replaces what the file has of this machine. `tests/workflow/test_documents.py` then names each number in README.md
that is no longer in the file.
"""

import sys
from pathlib import Path

import pandas as pd

from retrial.files import read_json, write_json
from retrial.formats import format_duration
from retrial.operations.step import whole_training
from retrial.operations.table import BASELINES, at_notebook_shapes
from retrial.page.headlines import accuracy_headline, claims_headline, format_speedup

FILE = Path(__file__).parent / "headlines.json"
LADDER = {"naive": "loop over an ndarray", "naive_list": "loop over lists", "numba": "compiled loop", "numpy": "NumPy"}


def one_addition(timings: pd.DataFrame) -> dict[str, str]:
    """The time of `add` divided by its number of elements, at the notebook's shape, from timings.csv."""
    rows = at_notebook_shapes(timings).query("operation == 'add'").set_index("implementation")
    columns, n_elements = ["median_s", "ci_low_s", "ci_high_s"], 20 * 100
    times = {label: [f"{1e9 * t / n_elements:.3g}" for t in rows.loc[name, columns]] for name, label in LADDER.items()}
    return {label: f"{time} ns [{low}, {high}]" for label, (time, low, high) in times.items()}


def headlines(results: Path) -> dict[str, str]:
    """What README.md quotes from a results folder, by the first cell of its row there."""
    tables = ("accuracy_summary", "timings/timings", "timings/speedups", "timings/training_cost", "claims")
    accuracy, timings, speedups, cost, claims = (pd.read_csv(results / f"{name}.csv") for name in tables)
    add_relu = at_notebook_shapes(speedups).query("operation == 'add_relu' and implementation == 'numpy'")
    seconds = whole_training(cost).set_index("engine")["seconds"].map(format_duration)
    return {
        **one_addition(timings),
        **{
            f"NumPy's `add_relu` compared with a {LADDER[row['baseline']]}": format_speedup(row)
            for _, row in add_relu.iterrows()
            if row["baseline"] in BASELINES
        },
        "the notebook's training in loops over ndarrays, estimated": seconds["naive"],
        "the same with Keras's layers, in Retrial's own training loop": seconds["keras"],
        "test accuracy, mean over five seeds": accuracy_headline(accuracy)[0],
        "claims of the notebook that are confirmed": claims_headline(claims)[0],
    }


if __name__ == "__main__":
    folder, machine = Path(sys.argv[1]), sys.argv[2]
    content = read_json(FILE)
    commit = read_json(folder / "manifest.json")["fingerprint"]["git_commit"][:7]
    content["runs"][machine] = {"commit": commit, "numbers": headlines(folder)}
    write_json(FILE, content)
