"""A finished run in small: what a bundle holds, what two runs are compared by, and what the page shows of others."""

from pathlib import Path

import numpy as np
import pandas as pd

from retrial.digest import ROOT
from retrial.errors import InputError
from retrial.files import read_json
from retrial.formats import format_name, format_ratio
from retrial.notebook.evidence import with_interval
from retrial.notebook.registry import all_claims
from retrial.operations.table import at_notebook_shapes
from retrial.results import Results
from retrial.snakemake import read_records
from retrial.statistics import random_effects

MACHINES = ROOT / "machines"

SPEEDUP = ("operation", "shape", "baseline", "implementation")
# The tables of a run in small, with the columns that name their rows.
TABLES = {
    "accuracy": ("experiment",),
    "claims": ("id",),
    "speedups": SPEEDUP,
    "times": ("operation", "shape", "implementation"),
    "training_cost": ("engine",),
}
PROCESSOR = ("cpu_model", "cpu_family", "numpy_simd")
PARTS = ("fingerprint", "configuration", "reproducible", *TABLES)


def job_times(folder: Path, results: str) -> pd.DataFrame:
    """Jobs and seconds of the rules that made files in `results`, from Snakemake's records in `folder`."""
    jobs = {
        (record["rule"], *record["log"]): record["endtime"] - record["starttime"]
        for name, record in read_records(folder).items()
        if name.startswith(f"{results}/") and (folder / name).exists() and record["rule"] not in ("report", "preview")
    }
    rows = [(rule, 1, seconds) for (rule, *_), seconds in jobs.items()]
    table = pd.DataFrame(rows, columns=["rule", "jobs", "seconds"])
    return table.groupby("rule").sum().reset_index().sort_values("seconds", ascending=False)


def read_run(path: str | Path) -> dict:
    """A run in small, from its results folder or from its bundle.

    Returns:
        `fingerprint`, `configuration` and `reproducible` (checksums) as in manifest.json; the rows of `accuracy`,
        `claims` (`id`, `verdict`), `training_cost`, and at the notebook's shapes `speedups` and `times`; `rules`:
        the seconds that each took, empty without Snakemake's records. Verdicts on other claims than those of this code
        are left out.

    Raises:
        InputError: it is neither, or the run is not finished.
    """
    path = Path(path)
    try:
        run = _summarise(path) if path.is_dir() else read_json(path)
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: no such file; expected a finished run, or its bundle") from error
    except (ValueError, OSError) as error:
        raise InputError(f"{path}: not a bundle ({error}); expected a file that make bundle writes") from error
    if not isinstance(run, dict) or not {*PARTS} <= run.keys():
        raise InputError(f"{path}: not a bundle, which has {', '.join(PARTS)}; make one with make bundle")
    return run


def _summarise(folder: Path) -> dict:
    results = Results(folder)
    manifest = results.json("manifest.json")
    claims, cost = results.csv("claims.csv"), "timings/training_cost.csv"  # which a run can skip
    tables = {
        "accuracy": results.csv("accuracy_summary.csv"),
        "claims": claims[["id", "verdict"]] if {*claims["id"]} == {*all_claims()} else claims[:0],
        "speedups": at_notebook_shapes(results.csv("timings/speedups.csv")).query("implementation != 'naive'"),
        "times": at_notebook_shapes(results.csv("timings/timings.csv"))[
            [*TABLES["times"], "median_s", "ci_low_s", "ci_high_s", "stable"]
        ],
        "training_cost": results.csv(cost) if results.exists(cost) else claims[:0],
    }
    return {
        **{key: manifest[key] for key in ("fingerprint", "configuration", "reproducible")},
        **{name: _rows(table) for name, table in tables.items()},
        "rules": {row.rule: round(row.seconds, 1) for row in job_times(folder.parent, folder.name).itertuples()},
    }


def _rows(table: pd.DataFrame) -> list[dict]:
    """The rows of a table, numbers to six digits, None for what is missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{key: float(f"{v:.6g}") if isinstance(v, float) else v for key, v in row.items()} for row in rows]


def other_machines(results: Results, folder: Path = MACHINES) -> dict[str, dict]:
    """The runs that the repository has of other kinds of machines than that of these results, by name."""
    runs = {path.stem.replace("-", " "): read_run(path) for path in sorted(folder.glob("*.json"))}
    own = results.json("manifest.json")["fingerprint"] if results.exists("manifest.json") else {}
    return {
        name: run for name, run in runs.items() if any(run["fingerprint"].get(key) != own.get(key) for key in PROCESSOR)
    }


def machine_rows(results: Results, machines: dict[str, dict]) -> list[dict]:
    """NumPy's speed-ups of this run beside those of other machines, and their mean over all machines.

    The mean is that of the logarithms, see `random_effects`.
    """
    speedups = at_notebook_shapes(results.csv("timings/speedups.csv")).to_dict("records")
    columns = {"this run": speedups} | {name: run["speedups"] for name, run in machines.items()}
    by_machine = {
        name: {tuple(row[key] for key in SPEEDUP): row for row in rows if row["implementation"] == "numpy"}
        for name, rows in columns.items()
    }
    rows = []
    for key in by_machine["this run"]:
        found = {name: of_machine[key] for name, of_machine in by_machine.items() if key in of_machine}
        values = {name: [row["speedup"], row["ci_low"], row["ci_high"]] for name, row in found.items()}
        logs = np.log([*values.values()])
        mean, low, high = np.exp(random_effects(logs[:, 0], ((logs[:, 2] - logs[:, 1]) / (2 * 1.96)) ** 2))
        texts = {name: with_interval(format_ratio, *interval) for name, interval in values.items()}
        rows.append(
            {"operation": key[0], "compared with": format_name(key[2])}
            | {name: texts.get(name, "") for name in columns}
            | {f"mean of {len(found)} machines": with_interval(format_ratio, mean, low, high)}
        )
    return rows


def verdict_rows(results: Results, machines: dict[str, dict]) -> list[dict]:
    """The claims whose verdict is not the same on all machines, with the verdict on each."""
    claims = results.csv("claims.csv")
    columns = {"this run": dict(zip(claims["id"], claims["verdict"], strict=True))} | {
        name: {row["id"]: row["verdict"] for row in run["claims"]} for name, run in machines.items() if run["claims"]
    }
    return [
        {"claim": row.claim} | {name: verdicts.get(row.id, "") for name, verdicts in columns.items()}
        for row in claims.itertuples()
        if len({verdicts.get(row.id, row.verdict) for verdicts in columns.values()}) > 1
    ]
