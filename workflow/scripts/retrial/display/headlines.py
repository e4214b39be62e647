"""The three figures that matter, for the end of a run and the top of the report."""

import csv
from pathlib import Path
from typing import NamedTuple

from retrial.operations.table import BASELINES, SHAPES, shape_text
from retrial.display.formats import times


class Headline(NamedTuple):
    """A figure, what it is, and the file below results/ that it comes from."""

    value: str
    text: str
    file: str


def _read(path: Path) -> list[dict]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def headlines(results: Path) -> list[Headline]:
    """The accuracy, what a loop costs, and the verdicts, as far as the folder has them."""
    found = []
    for row in _read(results / "accuracy_summary.csv"):
        if row["experiment"] != "baseline":
            continue
        low, high = row["ci_low"], row["ci_high"]
        interval = f" [{float(low):.4f}, {float(high):.4f}]" if low else ""
        what = f"test accuracy of baseline, mean over {row['n_seeds']} seeds with its 95 % interval"
        what = what if low else "test accuracy of baseline from one seed, which has no interval"
        found.append(Headline(f"{float(row['mean']):.4f}{interval}", what, "accuracy_summary.csv"))
    speedups = {
        (row["operation"], row["baseline"]): float(row["speedup"])
        for row in _read(results / "timings/speedups.csv")
        if row["implementation"] == "numpy" and row["shape"] == shape_text(SHAPES[row["operation"]])
    }
    if speedups:
        operation = "add_relu" if ("add_relu", "naive") in speedups else next(iter(speedups))[0]
        loops, lists = (times(speedups[operation, baseline]) for baseline in BASELINES)
        what = f"NumPy's {operation} against loops over an ndarray; {lists} against loops over lists"
        found.append(Headline(loops, what, "timings/speedups.csv"))
    verdicts = [row["verdict"] for row in _read(results / "claims.csv")]
    if verdicts:
        others = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in ("refuted", "not applicable"))
        found.append(
            Headline(
                f"{verdicts.count('confirmed')} of {len(verdicts)}",
                f"claims of the notebook are confirmed, {others}",
                "claims.csv",
            )
        )
    return found
