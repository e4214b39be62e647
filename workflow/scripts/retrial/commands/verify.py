"""Make all reproducible files a second time under other conditions, and compare them byte for byte: make verify

The second run is in a new folder, on one core (so in another order of jobs), and with another time zone, locale and
hash seed.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from retrial.commands.differences import first_difference
from retrial.data.sources import EMBEDDED
from retrial.digest import ROOT
from retrial.errors import InputError
from retrial.files import read_json, sha256
from retrial.snakemake import read_records

MANIFEST = Path("results/manifest.json")
RAW = Path("results/data/raw")
STEPS_DONE = re.compile(r"\d+ of \d+ steps \(.*\) done")
PLANNED_JOB = re.compile(r"^Job \d+: (.*)\.\nReason: (.*)$", flags=re.MULTILINE)
# Our own messages explain more than Snakemake's.
ERROR_LINES = re.compile(r"error: (.*)"), re.compile(r"(Error in rule .*|\w*(?:Error|Exception)\b.*\w)$")

# None of this may change a file.
PERTURBED_ENV = {
    "TZ": "Pacific/Chatham",
    "PYTHONHASHSEED": "4711",
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",  # without this one and the next, Python takes UTF-8 for the locale C
    "PYTHONUTF8": "0",
}


def read_manifest(path: Path = MANIFEST) -> dict:
    """Read the manifest of the results.

    Raises:
        InputError: there is none.
    """
    try:
        return read_json(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file, but `make run` writes it") from error


def snakemake_command(folder: Path, *arguments: str) -> list[str]:
    """The command that runs this workflow in a folder."""
    words = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", folder, *arguments]
    return [str(word) for word in words]


def start_snakemake(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    """Start this workflow in a folder; `.stdout` has everything that it prints.

    The processes get a group of their own, so that the caller can send all of them one signal.
    """
    command = snakemake_command(folder, *arguments)
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
    return subprocess.Popen(command, env=os.environ | environment, start_new_session=True, **pipe)


def error_line(output: str) -> str:
    """The line that tells what went wrong, without `error: `; the last line if none does."""
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no output"]
    errors = [match[1] for pattern in ERROR_LINES for line in lines if (match := pattern.match(line))]
    return [*errors, lines[-1]][0]


def check_results_are_current(checksums: dict[str, str], options: list[str]) -> None:
    """Raise InputError where a result is missing, or not of the current config.yaml and code, by Snakemake's plan.

    Files that were edited are accepted: the comparison finds them.
    """
    with start_snakemake(Path(), "-c1", "--dry-run", *options, "--", *checksums) as process:
        output = process.stdout.read()
    if process.returncode:
        raise InputError(f"Snakemake cannot plan a second run: {error_line(output)}")
    for job, reason in sorted(PLANNED_JOB.findall(output)):  # Snakemake's order changes from run to run
        if not reason.startswith(("Updated input files", "Input files updated")):
            reason = reason.replace("Union of exclusive params before and now across all output: ", "").strip()
            raise InputError(
                f"results/: not from the current config.yaml and code ({job}, because: {reason}). Run: make run"
            )


def run_again(folder: Path, targets: list[str], dataset: str, options: list[str]) -> None:
    """Make `targets` in a folder, and print the progress.

    A data set in config.yaml is copied, not downloaded a second time.

    Raises:
        InputError: the run fails.
    """
    if dataset != EMBEDDED:
        shutil.copytree(RAW / dataset, folder / RAW / dataset)
    lines = []
    with start_snakemake(folder, "-c1", *options, "--", *targets, **PERTURBED_ENV) as process:
        try:
            for line in process.stdout:
                lines.append(line)
                if STEPS_DONE.match(line):
                    print(line.rstrip(), flush=True)
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGTERM)  # SIGINT may be ignored, as after nohup
            process.wait()  # the folder is removed when nothing writes into it
            raise
    if process.returncode:
        raise InputError(
            f"{folder}: the second run failed ({error_line(''.join(lines))}). See .snakemake/log and logs/ there."
        )


def compare_folders(checksums: dict[str, str], first: Path, second: Path) -> list[str]:
    """A line for each file that differs from its checksum in the manifest, in either folder."""
    records, lines = read_records(first), []
    for path, checksum in checksums.items():
        current = sha256(first / path), sha256(second / path)
        if set(current) == {checksum}:
            continue
        reason = "changed since it was made" if current[1] == checksum else "not reproduced"
        if current[0] == current[1]:
            difference = "results/ and the second run are equal, but differ from the manifest"
        else:
            difference = first_difference(first / path, second / path)
        lines.append(f"{path} (rule {records[path]['rule']}): {reason}: {difference}")
    return lines


def verify(manifest: dict, options: list[str]) -> tuple[str, list[str]]:
    """Make the files in a manifest a second time, in a folder that is kept only if something differs.

    Returns:
        What was compared, and a line for each difference.

    Raises:
        InputError: the results are not those of the current config.yaml and code, or the second run fails.
    """
    checksums = manifest["reproducible"]
    check_results_are_current(checksums, options)
    dataset = read_json("results/data/provenance.json")["dataset"]
    folder = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        print(f"Making {len(checksums)} files a second time, one job after the other", flush=True)
        run_again(folder, list(checksums), dataset, options)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    lines = compare_folders(checksums, Path(), folder)
    if not lines:
        shutil.rmtree(folder)
    return f"{len(checksums)} files, made a second time" + (f" in {folder}, which is kept" if lines else ""), lines


def main() -> None:
    """Verify; Snakemake gets the options of the command line. The exit status is 1 if anything differs."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        summary, lines = verify(read_manifest(), sys.argv[1:])
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped: nothing was compared")
    print(*lines, f"{len(lines)} differences; compared: {summary}", sep="\n")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
