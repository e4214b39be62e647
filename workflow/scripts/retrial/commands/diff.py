"""Say what differs between two runs, and nothing else: make diff A=results B=other/results

A and B are results folders, or bundles of them (make bundle). The exit status is 1 where something real differs: the
configuration; with the same configuration, machine and software a reproducible file; the data; a verdict; an accuracy
or a speed-up whose 95 % intervals do not overlap. A speed-up also has to differ by 5 %, because runs differ by more
than their processes do. Another machine, commit or version of a library is told, but is no real difference.
"""

import argparse
import json
import math
import sys
from itertools import groupby
from typing import NamedTuple

from retrial.errors import InputError
from retrial.formats import format_accuracy, format_name, format_ratio
from retrial.page.runs import SPEEDUP, TABLES, read_run

MIN_EFFECT = 1.05
CODE = ("git_commit", "git_clean")
DATA = (".idx", ".npy")  # of results/data/: the same bytes on every machine


class Difference(NamedTuple):
    """What differs: its part of a run, its name, the two values, and whether it is a real difference."""

    part: str
    name: str
    a: str
    b: str
    real: bool


def unequal(part: str, a: dict, b: dict, real: bool, path: str = "") -> list[Difference]:
    """The keys with different values; what only one has, such as a whole experiment, is `missing` in the other."""
    differences = []
    for key in {**a, **b}:
        x, y = a.get(key, "missing"), b.get(key, "missing")
        if isinstance(x, dict) and isinstance(y, dict):
            differences += unequal(part, x, y, real, f"{path}{key}.")
        elif str(x) != str(y):
            differences.append(Difference(part, f"{path}{key}", str(x), str(y), real))
    return differences


def unequal_files(a: dict, b: dict, comparable: bool) -> list[Difference]:
    """The reproducible files with other bytes; without the same machine and software only the data have to agree."""
    files = unequal("file", *({name: sha[:12] for name, sha in run["reproducible"].items()} for run in (a, b)), True)
    if comparable:
        return files
    return [d for d in files if d.name.startswith("results/data/") and d.name.endswith(DATA)]


def apart(part: str, a: dict, b: dict, value: str, form, min_effect: float) -> list[Difference]:
    """The rows whose 95 % intervals do not overlap, and whose values differ by this factor or more."""
    rows = [{tuple(row[key] for key in TABLES[part]): row for row in run[part]} for run in (a, b)]
    differences = []
    for key in rows[0].keys() & rows[1].keys():
        pair = [rows[0][key], rows[1][key]]
        if None in (pair[0]["ci_low"], pair[1]["ci_low"]):  # of one seed
            continue
        is_apart = max(row["ci_low"] for row in pair) > min(row["ci_high"] for row in pair)
        if is_apart and abs(math.log(pair[1][value] / pair[0][value])) >= math.log(min_effect):
            texts = (f"{form(row[value])} [{form(row['ci_low'])}, {form(row['ci_high'])}]" for row in pair)
            name = " ".join(key)
            if TABLES[part] == SPEEDUP:
                operation, shape, baseline, implementation = key
                name = f"{operation} {shape}: {format_name(implementation)} compared with {format_name(baseline)}"
            differences.append(Difference(part, name, *texts, True))
    return sorted(differences)


def diff(a: dict, b: dict) -> list[Difference]:
    """All differences of two runs, see `read_run`, from the settings to the results."""
    configuration = unequal("configuration", *(run["configuration"] for run in (a, b)), True)
    prints = [{k: v for k, v in run["fingerprint"].items() if k not in CODE} for run in (a, b)]
    code = unequal("code", *({k: run["fingerprint"].get(k) for k in CODE} for run in (a, b)), False)
    machine = unequal("machine", *prints, False)
    verdicts = [{row["id"]: row["verdict"] for row in run["claims"]} for run in (a, b)]
    return [
        *configuration,
        *code,
        *machine,
        *unequal_files(a, b, comparable=not (configuration or machine)),
        *(unequal("verdict", *verdicts, True) if all(verdicts) else []),
        *apart("accuracy", a, b, "mean", format_accuracy, 1.0),
        *apart("speedups", a, b, "speedup", format_ratio, MIN_EFFECT),
    ]


def main() -> None:
    """Print the differences; the exit status is 1 where a real one is among them, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="make diff", description=__doc__.splitlines()[0])
    parser.add_argument("a", metavar="A", help="a results folder, or a bundle")
    parser.add_argument("b", metavar="B", help="another one")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument("--md", action="store_true", help="as a table in Markdown")
    arguments = parser.parse_args()
    try:
        differences = diff(read_run(arguments.a), read_run(arguments.b))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    n_real = sum(difference.real for difference in differences)
    if arguments.json:
        print(json.dumps([difference._asdict() for difference in differences], indent=2, ensure_ascii=False))
    elif arguments.md:
        print("| part | what | A | B |", "| --- | --- | --- | --- |", sep="\n")
        print(*(f"| {d.part} | {d.name} | {d.a} | {d.b} |" for d in differences), sep="\n")
    else:
        for part, of_part in groupby(differences, key=lambda difference: difference.part):
            print(part, *(f"  {d.name}: {d.a} → {d.b}" for d in of_part), sep="\n")
        print(f"{n_real} real differences, {len(differences) - n_real} of the machine or the code")
    sys.exit(bool(n_real))


if __name__ == "__main__":
    main()
