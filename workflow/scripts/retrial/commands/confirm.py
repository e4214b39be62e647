"""Judge the claims about accuracy, probabilities and training again, on seeds that nobody has run: make confirm

The seeds follow from the hash of the commit, so nobody knew them when the thresholds in it were chosen. They take the
place of those of `baseline`, and so of every experiment without seeds of its own. The networks are trained in
results/confirm/; its claims.csv has the verdicts, and `make run` puts them on the page beside those of the run.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from retrial.commands.verify import snakemake_command
from retrial.digest import ROOT
from retrial.errors import InputError
from retrial.files import read_json, write_csv, write_json
from retrial.notebook.registry import judge
from retrial.page.verdicts import format_verdicts

FOLDER, N_SEEDS = Path("results/confirm"), 5
TARGETS = ["results/accuracy_summary.csv", "results/probes/arrays.csv"]
FROM_SEEDS = r"models/|accuracy\.csv|arrays\.csv"  # the evidence of claims that other seeds may change


def seeds_of(commit: str) -> list[int]:
    """The seeds that follow from the hash of a commit."""
    digests = (hashlib.sha256(f"{commit} {number}".encode()).hexdigest() for number in range(N_SEEDS))
    return [int(digest[:8], 16) for digest in digests]


def git(*arguments: str) -> str:
    """What a git command prints about the project."""
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def confirm(cores: str, configuration: list[str]) -> None:
    """Train the networks from fresh seeds, judge the claims about them, and print the verdicts.

    Raises:
        InputError: the code is not that of a commit, there are no results, or the training fails.
    """
    if changes := git("status", "--porcelain"):
        raise InputError(f"{changes.split()[1]}: found a change, expected the thresholds of a commit: commit it first")
    if not Path("results/data/provenance.json").exists():
        raise InputError("results/data/provenance.json: no such file, expected a finished run: make run")
    raw = Path("results/data/raw", read_json("results/data/provenance.json")["dataset"])
    shutil.copytree(raw, FOLDER / raw, dirs_exist_ok=True)  # not downloaded a second time
    commit = git("rev-parse", "HEAD")
    write_json(seeds := FOLDER / "seeds.json", {"experiments": {"baseline": {"seeds": seeds_of(commit)}}})
    configuration = [*(configuration or ["--configfile"]), seeds]
    command = snakemake_command(FOLDER, "-c", cores, *configuration, "--", *TARGETS)
    if subprocess.run(command).returncode:
        raise InputError(f"{FOLDER}: the training from fresh seeds failed, see the lines above")
    table = judge(FOLDER / "results")
    table = table[table["evidence"].str.contains(FROM_SEEDS) & (table["verdict"] != "not applicable")]
    write_csv(FOLDER / "claims.csv", table.assign(commit=commit))
    print(f"{format_verdicts(table)}\n\n{FOLDER}/claims.csv has these verdicts; make run puts them on the page.")


if __name__ == "__main__":
    try:
        confirm(sys.argv[1], sys.argv[2:])
    except InputError as error:
        sys.exit(f"error: {error}")
