"""Whole runs of the workflow in folders of their own."""

import os
import subprocess
import sys
from pathlib import Path

import yaml
from conftest import TINY

from retrial.files import read_json, sha256

ROOT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
# What the data, the network in NumPy need: seconds, not minutes.
CHEAP = ["results/data/provenance.json", "results/models/from_scratch/0/probabilities.npy"]


def write_config(folder: Path, config: dict = TINY) -> None:
    """Write the configuration of the runs in a folder."""
    (folder / "tiny.yaml").write_text(yaml.safe_dump(config, sort_keys=False))


def command(folder: Path, *arguments: str, root: Path = ROOT, python: str = sys.executable) -> list[str]:
    """The command of a run on the tiny configuration, which is in the folder above."""
    words = [python, "-m", "snakemake", "--snakefile", root / "Snakefile", "--directory", folder, "-c2", "--configfile"]
    return [str(word) for word in (*words, folder.parent / "tiny.yaml", *arguments)]


def start(folder: Path, *arguments: str, output=subprocess.DEVNULL, **options) -> subprocess.Popen:
    """Start a run in a process group of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    words = command(folder, *arguments, **{key: options.pop(key) for key in ("root", "python") if key in options})
    environment = ENVIRONMENT | options.pop("env", {})
    return subprocess.Popen(
        words, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True, text=True, **options
    )


def run_to_end(folder: Path, *arguments: str, **options) -> tuple[int, str]:
    """Run to the end; return the exit status, and what was printed."""
    process = start(folder, *arguments, output=subprocess.PIPE, **options)
    text, _ = process.communicate()
    return process.returncode, text


def nothing_to_do(folder: Path, *arguments: str) -> bool:
    """Whether a dry run plans nothing."""
    return "Nothing to be done" in run_to_end(folder, "-n", *arguments)[1]


def checksums(folder: Path) -> dict[str, str]:
    """The files that must be the same bytes on every run, by the manifest."""
    return read_json(folder / "results/manifest.json")["reproducible"]


def differing(folder: Path, expected: dict[str, str]) -> list[str]:
    """The files that are missing, or not what the manifest of an undisturbed run says."""
    return [name for name, checksum in expected.items() if not same(folder / name, checksum)]


def same(path: Path, checksum: str) -> bool:
    """Whether a file has this checksum."""
    return path.is_file() and sha256(path) == checksum


def half_written(folder: Path) -> list[str]:
    """Temporary files below results/."""
    return [str(path.relative_to(folder)) for path in (folder / "results").rglob(".*part*")]
