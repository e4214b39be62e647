"""Run the default configuration in a new clone: where its time goes, and what planning takes.

python tests/bench/whole_run.py [COMMIT]. With another commit, both run three times, in turns. Each has an environment of
its own, without extras. The data come from MNIST_DIR or a mirror. Exit status 1 where a value is beyond its limit.
"""

import operator
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import cpu_count

from retrial.files import read_json
from retrial.snakemake import read_records

ROOT = Path(__file__).parents[2]
ONE_RULE = 'rule all:\n    output:\n        "done"\n    shell:\n        "touch {output}"\n'
LIMITS = {"at most": operator.le, "at least": operator.ge}


def run(python: Path, folder: Path, *arguments: str) -> tuple[float, float, str]:
    """Wall seconds and core-seconds of Snakemake in a folder, and what it prints."""
    environment = os.environ | {"PYTHONPATH": str(folder / "workflow/scripts")}
    if mnist := os.environ.get("MNIST_DIR"):
        environment["MNIST_DIR"] = str(Path(mnist).resolve())
    start, before = time.perf_counter(), os.times()
    command = [python, "-m", "snakemake", f"-c{cpu_count()}", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=folder, env=environment, check=True, **pipes)
    after = os.times()
    cores_s = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, cores_s, done.stdout


def clone(commit: str, folder: Path) -> Path:
    """A copy of the project at a commit."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "-C", folder, "checkout", "--quiet", commit], check=True)
    return folder


def install(commit: str, folder: Path) -> Path:
    """The Python of the locked environment of a commit, which is made in the folder."""
    subprocess.run(["make", "--silent", "venv"], cwd=clone(commit, folder), stdout=subprocess.DEVNULL, check=True)
    return folder / ".venv/bin/python"


def shares(project: Path, cores_s: float) -> dict[str, tuple[list[float], str, float]]:
    """What a finished run shows about itself: values, and their limit."""
    results, records = project / "results", read_records(project)
    wall_s = {path: record["endtime"] - record["starttime"] for path, record in records.items()}
    fit_s = {path: read_json(project / path)["fit_s"] for path in wall_s if path.endswith("training.json")}
    slices = pd.read_csv(results / "timings/slices.csv")
    samples_s = float((slices["seconds"] * slices["loops"]).sum())
    baseline = [path for path in fit_s if "/baseline/" in path]
    timing_s = wall_s["results/timings/slices.csv"]
    return {
        "fitting and samples / all core-seconds": ([(sum(fit_s.values()) + samples_s) / cores_s], "at least", 0.55),
        "samples / wall time of time_operations": ([samples_s / timing_s], "at least", 0.75),
        "a training job / its fitting": ([wall_s[path] / fit_s[path] for path in baseline], "at most", 1.45),
    }


def planning(python: Path, project: Path, folder: Path) -> dict[str, tuple[list[float], str, float]]:
    """What Snakemake takes to see that nothing is to be done, and what a comment makes run again."""
    folder.mkdir()
    (folder / "Snakefile").write_text(ONE_RULE)
    run(python, folder, "--quiet", "all")
    rounds = [[run(python, each, "--quiet", "all")[0] for each in (project, folder)] for _ in range(5)]
    with (project / "workflow/scripts/train.py").open("a") as script:
        script.write("# A comment.\n")
    jobs = run(python, project, "-n")[2].count("Reason:")
    return {
        "nothing to do / a workflow of one finished rule": ([a / b for a, b in rounds], "at most", 1.3),
        "jobs after an edited comment": ([jobs], "at most", 0),
    }


def main(others: list[str]) -> int:
    """Print the table; return the number of values beyond their limits."""
    with tempfile.TemporaryDirectory() as name:
        folder, wall_s = Path(name), {commit: [] for commit in ("HEAD", *others)}
        pythons = {commit: install(commit, folder / f"{commit}-environment") for commit in wall_s}
        for number in range(3 if others else 1):
            for commit, python in pythons.items():
                seconds, cores_s, _ = run(python, clone(commit, folder / f"{commit}-{number}"), "--quiet", "all")
                print(f"default run at {commit}: {seconds:.0f} s, {cores_s:.0f} core-seconds", flush=True)
                wall_s[commit].append(seconds)
                if commit == "HEAD":
                    rows = shares(folder / f"HEAD-{number}", cores_s)
        for commit in others:
            ratios = np.divide(wall_s["HEAD"], wall_s[commit])
            rows[f"default run / that of {commit}"] = (ratios, "at most", 0.7)
        rows |= planning(pythons["HEAD"], folder / f"HEAD-{number}", folder / "one_rule")
    missed = 0
    for name, (values, side, limit) in rows.items():
        missed += (is_missed := not LIMITS[side](np.median(values), limit))
        print(f"{name:<50}{np.median(values):6.2f}  wanted: {side} {limit:g}{', missed' if is_missed else ''}")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
