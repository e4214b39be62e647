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
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from jsonschema import ValidationError, validate

from retrial.commands.differences import first_difference, leaves
from retrial.pipeline.digest import ROOT
from retrial.pipeline.errors import InputError
from retrial.pipeline.files import read_json, sha256
from retrial.pipeline.records import read_records, settings_of
from retrial.dataset.sources import EMBEDDED

MANIFEST = Path("results/manifest.json")
RAW = Path("results/data/raw")

# What of a manifest is read here.
SCHEMA = {
    "type": "object",
    "required": ["fingerprint", "configuration", "accuracy", "reproducible"],
    "properties": {
        "fingerprint": {"type": "object"},
        "configuration": {"type": "object"},
        "accuracy": {
            "type": "array",
            "items": {"type": "object", "required": ["experiment", "mean", "ci_low", "ci_high"]},
        },
        "reproducible": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
    },
}

# Nothing of it may be seen in a file. Python is kept from making UTF-8 of the locale C.
PERTURBED_ENV = {
    "TZ": "Pacific/Chatham",
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONUTF8": "0",
    "PYTHONHASHSEED": "4711",
}

# Data that every machine must make the same; what a picture of them looks like is up to its libraries.
ARRAYS = (".idx", ".npy")

# What says where a run comes from, but decides no bit.
ORIGIN = ("git_commit", "git_clean")


def read_manifest(path: Path) -> dict:
    """Read a manifest.

    Raises:
        InputError: there is none, or the file is something else.
    """
    try:
        manifest = read_json(path)
        validate(manifest, SCHEMA)
    except FileNotFoundError:
        found = "no such file"
    except ValidationError as error:
        found = f"no manifest of this pipeline ({error.message.splitlines()[0][:80]})"
    except (ValueError, OSError) as error:
        found = f"something else ({error})"
    else:
        return manifest
    raise InputError(f"{path}: {found}; expected a results/manifest.json: make run writes it")


def snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """Start this workflow in a folder; all that it prints is in `.stdout`."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, *arguments]
    return subprocess.Popen(
        [str(word) for word in command],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # a signal is handed on to all its processes, and once
    )


def said(output: str) -> str:
    """Of what Snakemake printed, the line that says what is wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["nothing"]
    for telling in (r"error: ", r"Error in rule |\w*(Error|Exception)\b.*\w$"):
        if found := [line for line in lines if re.match(telling, line)]:
            return found[0].removeprefix("error: ")
    return lines[-1]


def check_results_are_current(ours: dict, options: list[str]) -> None:
    """Raise InputError where the results are not those that today's config.yaml and code have made, all in one run.

    Files that were changed by hand are no such case: they are what is looked for.
    """
    recorded, records = ours["reproducible"], read_records(Path())
    for path in recorded:
        if not Path(path).is_file():
            raise InputError(f"{path}: no such file, expected what {MANIFEST} records: snakemake -c1 -- {path}")
        if path not in records:
            raise InputError(
                f"{path}: Snakemake has no record of it, expected one in .snakemake/, which goes with results/: copy "
                "that, too, or make clean run"
            )
    with snakemake(Path(), "-c1", "--dry-run", *options, "--", *recorded) as process:
        output = process.stdout.read()
    if process.returncode:
        raise InputError(f"Snakemake cannot plan a second run, expected that it can as for the first: {said(output)}")
    for rule, reason in re.findall(r"^(?:local)?rule (\w+):$.*?^    reason: (.*?)$", output, flags=re.M | re.S):
        if not reason.startswith(("Updated input files", "Input files updated")):
            raise InputError(
                f"results/: found that {rule} would run again ({reason.partition(':')[0]}), expected those of today's "
                "config.yaml and code: make run first"
            )
    written = records.get(str(MANIFEST), {}).get("starttime", float("inf"))
    for path, checksum in recorded.items():
        if records[path]["endtime"] > written and sha256(path) != checksum:
            raise InputError(f"{MANIFEST}: found it older than {path}, expected the last that is made: make run first")


def check_data(dataset: str) -> None:
    """Raise InputError where an IDX file of a data set that config.yaml names has another checksum than it says."""
    records = read_records(Path())
    for key, checksum in settings_of(records[str(RAW / dataset / "source.json")])["sha256"].items():
        path = RAW / dataset / f"{key}.idx"
        if (found := sha256(path)) != checksum:
            raise InputError(
                f"{path}: sha256 is {found}, expected {checksum}, as dataset.files.{key} in config.yaml says; the file "
                f"was changed: rm {path}; snakemake -c1 -- {path}; make run"
            )


def run_again(folder: Path, targets: list[str], dataset: str, options: list[str]) -> None:
    """Make `targets` in a folder, and say after each job how far that is.

    The data are not fetched a second time: those that config.yaml names are copied.

    Raises:
        InputError: the run fails.
    """
    if dataset != EMBEDDED:
        shutil.copytree(RAW / dataset, folder / RAW / dataset)
    lines = []
    with snakemake(folder, "-c1", *options, "--", *targets, **PERTURBED_ENV) as process:
        try:
            for line in process.stdout:
                lines.append(line)
                if re.match(r"\d+ of \d+ steps", line):
                    print(line.rstrip(), flush=True)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()  # the folder goes when nothing writes into it any more
            raise
    if process.returncode:
        raise InputError(
            f"the second run fails, expected it to go as the first one did: {said(''.join(lines))}; more in "
            f"{folder}/.snakemake/log and {folder}/logs"
        )


def compare_folders(recorded: dict[str, str], first: Path, second: Path) -> list[str]:
    """A line for each file that is not what it was when the manifest was written, or not the same the second time."""
    records = read_records(first), read_records(second)
    lines = []
    for path, checksum in recorded.items():
        a, b = first / path, second / path
        if sha256(a) == sha256(b) == checksum:
            continue
        made = [record.get(path) for record in records]
        if all(made) and made[0]["params"] != made[1]["params"]:
            # Snakemake does not say so of a job whose inputs were changed by hand, too.
            what = "made by another config.yaml or code than today's"
        elif sha256(b) == checksum:
            what = "changed since it was made"
        else:
            what = "not the same the second time"
        value = first_difference(a, b) if sha256(a) != sha256(b) else "results/ and the second run agree, against it"
        lines.append(f"{path} (rule {made[0]['rule']}): {what}: {value}")
    return lines


def verify(ours: dict, options: list[str]) -> tuple[str, list[str]]:
    """Make the files that a manifest records a second time, in a folder that is kept unless all are the same.

    Returns:
        What was compared, and a line for each difference.

    Raises:
        InputError: the results are not those of today's config.yaml and code, or the second run fails.
    """
    check_results_are_current(ours, options)
    recorded = ours["reproducible"]
    dataset = read_json("results/data/provenance.json")["dataset"]
    if dataset != EMBEDDED:
        check_data(dataset)
    folder = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        print(f"Making {len(recorded)} files a second time; that takes as long as all trainings one by one", flush=True)
        run_again(folder, list(recorded), dataset, options)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    lines = compare_folders(recorded, Path(), folder)
    if not lines:
        shutil.rmtree(folder)
    return f"{len(recorded)} files, made a second time" + (f" in {folder}, which is kept" if lines else ""), lines


def compare_manifests(ours: dict, theirs: dict, rules: dict[str, str]) -> tuple[str, list[str]]:
    """Compare with a manifest of somebody else's.

    Returns:
        What was compared, and a line for each difference.
    """
    a, b = ({k: v for k, v in m["fingerprint"].items() if k not in ORIGIN} for m in (ours, theirs))
    apart = [key for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)]
    x, y = (dict(leaves(m["configuration"])) for m in (ours, theirs))
    lines = [
        f"configuration: {key} is {x.get(key, 'not there')} against {y.get(key, 'not there')}"
        for key in sorted(x.keys() | y.keys())
        if x.get(key) != y.get(key)
    ]
    checksums = {
        path: tuple(m["reproducible"].get(path, "not there") for m in (ours, theirs))
        for path in sorted(ours["reproducible"].keys() | theirs["reproducible"].keys())
    }
    data = [path for path in checksums if path.startswith("results/data/") and path.endswith(ARRAYS)]
    paths = data if apart else list(checksums)
    lines += [
        f"{path} (rule {rules.get(path, 'unknown')}): {' against '.join(pair)}"
        for path, pair in checksums.items()
        if len(set(pair)) > 1 and (path in paths or "not there" in pair)
    ]
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
    same = sum(x == y for x, y in checksums.values())
    how = (
        f"fingerprints differ ({differing}): {len(paths)} data files byte for byte, accuracies by their 95 % "
        f"intervals: {'; '.join(compared)}; of all {len(checksums)} files, {same} are the same bytes nevertheless"
    )
    return how, lines


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m retrial.commands.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Other options go to Snakemake: the --configfile that the results were made with, for one.",
        allow_abbrev=False,
    )
    parser.add_argument("--against", metavar="MANIFEST", type=Path, help="compare with this manifest, run nothing")
    arguments, options = parser.parse_known_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ours = read_manifest(MANIFEST)
        if arguments.against:
            rules = {path: record["rule"] for path, record in read_records(Path()).items()}
            how, lines = compare_manifests(ours, read_manifest(arguments.against), rules)
            lines += [
                f"{path} (rule {rules.get(path, 'unknown')}): changed since {MANIFEST} was written"
                for path, checksum in ours["reproducible"].items()
                if not Path(path).is_file() or sha256(path) != checksum
            ]
        else:
            how, lines = verify(ours, options)
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing is compared")
    for line in lines:
        print(line)
    print(f"{len(lines)} differences; compared: {how}")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
