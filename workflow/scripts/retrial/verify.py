"""Make everything that must be the same bytes a second time, in another way, and compare: make verify

The second time is in a fresh folder, on one core, so in another order of jobs, in another time zone, locale and with
another hash seed. `make verify AGAINST=manifest.json` runs nothing, but compares with the manifest of somebody else:
byte for byte where the fingerprints agree. Where they do not, the data must be the same bytes, and the accuracies agree
when their 95 % intervals overlap.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from retrial.differences import first_difference
from retrial.digest import ROOT
from retrial.errors import InputError
from retrial.files import read_json, sha256
from retrial.records import read_records
from retrial.sources import EMBEDDED

MANIFEST = Path("results/manifest.json")
RAW = Path("results/data/raw")

# Nothing of it may be seen in a file. Python is kept from making UTF-8 of the locale C.
ANOTHER_WAY = {
    "TZ": "Pacific/Chatham",
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONHASHSEED": "4711",
}

# What says where a run comes from, but decides no bit.
ORIGIN = ("git_commit", "git_clean")


def read_manifest(path: Path) -> dict:
    """Read a manifest.

    Raises:
        InputError: there is none, or the file is something else.
    """
    try:
        manifest = read_json(path)
        if {"fingerprint", "accuracy", "reproducible"} <= manifest.keys():
            return manifest
        found = "no manifest of this pipeline"
    except FileNotFoundError:
        found = "no such file"
    except (ValueError, AttributeError, OSError) as error:
        found = f"something else ({error})"
    raise InputError(f"{path}: {found}; expected a results/manifest.json: make run writes it")


def snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Run this workflow in a folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, *arguments]
    return subprocess.run(
        [str(word) for word in command],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def check_results_are_of_today(targets: list[str], options: list[str]) -> None:
    """Raise InputError where config.yaml or the code has changed since the results were made, or some are gone.

    Files that were changed by hand are no such case: they are what is looked for.
    """
    done = snakemake(Path(), "-c1", "--dry-run", *options, "--", *targets)
    if done.returncode:
        raise InputError(f"Snakemake cannot plan a second run, expected that it can as for the first:\n{done.stdout}")
    for rule, reason in re.findall(r"^(?:local)?rule (\w+):$.*?^    reason: (.*?)$", done.stdout, flags=re.M | re.S):
        if not reason.startswith(("Updated input files", "Input files updated")):
            why = reason.partition(":")[0]
            raise InputError(
                f"results/: found that {rule} would run again ({why}), expected those of today's config.yaml and code: "
                "make run first"
            )


def run_again(folder: Path, targets: list[str], dataset: str, options: list[str]) -> None:
    """Make `targets` in a fresh folder.

    The data are not fetched a second time: what config.yaml names is verified by its checksum, and copied here.

    Raises:
        InputError: the second run fails.
    """
    if dataset != EMBEDDED:
        shutil.copytree(RAW / dataset, folder / RAW / dataset)
    no_other_data = ["--config", "dataset={mirrors: []}"]
    done = snakemake(folder, "-c1", *options, *no_other_data, "--", *targets, **ANOTHER_WAY | {"MNIST_DIR": ""})
    if done.returncode:
        raise InputError(f"the second run fails, expected it to go as the first one did:\n{done.stdout}")


def compare_folders(recorded: dict[str, str], first: Path, second: Path) -> list[str]:
    """A line for each file that is not what it was when the manifest was written, or not the same the second time."""
    rules = {path: record["rule"] for path, record in (read_records(first) | read_records(second)).items()}
    lines = []
    for path, checksum in recorded.items():
        a, b = first / path, second / path
        if sha256(a) == sha256(b) == checksum:
            continue
        what = "changed since it was made" if sha256(b) == checksum else "not the same the second time"
        value = first_difference(a, b) if sha256(a) != sha256(b) else "results/ and the second run agree, against it"
        lines.append(f"{path} (rule {rules.get(path, 'unknown')}): {what}: {value}")
    return lines


def compare_manifests(ours: dict, theirs: dict, rules: dict[str, str]) -> tuple[str, list[str]]:
    """Compare with a manifest of somebody else's.

    Returns:
        What was compared, and a line for each difference.
    """
    a, b = ({k: v for k, v in m["fingerprint"].items() if k not in ORIGIN} for m in (ours, theirs))
    apart = [key for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)]
    of_data = "results/data/"
    paths = sorted(ours["reproducible"].keys() | theirs["reproducible"].keys())
    paths = [path for path in paths if not apart or path.startswith(of_data)]
    lines = []
    for path in paths:
        x, y = (m["reproducible"].get(path, "not there") for m in (ours, theirs))
        if x != y:
            lines.append(f"{path} (rule {rules.get(path, 'unknown')}): {x} against {y}")
    if not apart:
        how = f"fingerprints agree: {len(paths)} files, byte for byte"
        if ours["fingerprint"].get("git_commit") != theirs["fingerprint"].get("git_commit"):
            how += "; the commits differ, so other code may be why files do"
        return how, lines
    intervals = [{row["experiment"]: row for row in m["accuracy"]} for m in (ours, theirs)]
    compared = []
    for experiment in sorted(intervals[0].keys() | intervals[1].keys()):
        x, y = (of.get(experiment) for of in intervals)
        if not x or not y:
            lines.append(f"accuracy of {experiment}: only {'here' if x else 'there'}")
        elif None in (x["ci_low"], y["ci_low"]):
            compared.append(f"{experiment} not (one seed has no interval)")
        else:
            text = " against ".join(f"{r['mean']:.4f} [{r['ci_low']:.4f}, {r['ci_high']:.4f}]" for r in (x, y))
            compared.append(f"{experiment} {text}")
            if x["ci_low"] > y["ci_high"] or y["ci_low"] > x["ci_high"]:
                lines.append(f"accuracy of {experiment}: the 95 % intervals do not overlap: {text}")
    differing = ", ".join(f"{key} {a.get(key)} against {b.get(key)}" for key in apart)
    how = (
        f"fingerprints differ ({differing}): {len(paths)} data files byte for byte, accuracies by their 95 % intervals"
    )
    return f"{how}: {'; '.join(compared)}", lines


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m retrial.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Other options go to Snakemake: the --configfile that the results were made with, for one.",
        allow_abbrev=False,
    )
    parser.add_argument("--against", metavar="MANIFEST", type=Path, help="compare with this manifest, run nothing")
    arguments, options = parser.parse_known_args()
    try:
        ours = read_manifest(MANIFEST)
        recorded = ours["reproducible"]
        if arguments.against:
            rules = {path: record["rule"] for path, record in read_records(Path()).items()}
            how, lines = compare_manifests(ours, read_manifest(arguments.against), rules)
            lines += [
                f"{path} (rule {rules.get(path, 'unknown')}): changed since results/manifest.json was written"
                for path, checksum in recorded.items()
                if not Path(path).is_file() or sha256(path) != checksum
            ]
        else:
            check_results_are_of_today(list(recorded), options)
            dataset = read_json("results/data/provenance.json")["dataset"]
            folder = Path(tempfile.mkdtemp(prefix="verify-"))
            print(
                f"Making {len(recorded)} files a second time; that takes as long as all trainings one by one",
                flush=True,
            )
            run_again(folder, list(recorded), dataset, options)
            lines = compare_folders(recorded, Path(), folder)
            how = f"{len(recorded)} files, made a second time"
            if lines:
                how += f" in {folder}, which is kept"
            else:
                shutil.rmtree(folder)
    except InputError as error:
        sys.exit(f"error: {error}")
    for line in lines:
        print(line)
    print(f"{len(lines)} differences; compared: {how}")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
