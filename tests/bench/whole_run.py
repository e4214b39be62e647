"""Run the default configuration once: where its core-seconds go, and how long it takes; also against another commit.

python tests/bench/whole_run.py [COMMIT]. The runs are in new folders, one after the other, with the data of MNIST_DIR or
of a mirror. Exit status 1 where a value is above its limit.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
import psutil
from bench import ROOT, Row, report
from joblib import cpu_count

from retrial.files import read_json
from retrial.snakemake import read_records


def run(project: Path) -> tuple[float, float, int]:
    """Wall seconds, core-seconds and the largest memory of a process in bytes, of a run of a copy of the project."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "snakemake", f"-c{cpu_count()}", "--quiet", "all"]
    environment = os.environ | {"PYTHONPATH": ""}
    if mnist := os.environ.get("MNIST_DIR"):
        environment["MNIST_DIR"] = str(Path(mnist).resolve())
    subprocess.run(command, cwd=project, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cores_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, cores_s, after.ru_maxrss * 1024


def check_out(commit: str, folder: Path) -> Path:
    """A copy of the project at a commit."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    subprocess.run(["git", "-C", folder, "checkout", "--quiet", commit], check=True)
    return folder


def sample_seconds(results: Path) -> float:
    """Seconds in which rule time_operations took samples."""
    slices = pd.read_csv(results / "timings/slices.csv")
    return float((slices["seconds"] * slices["loops"]).sum())


def rows_of_run(project: Path, seconds: float, core_s: float, memory: int) -> list[Row]:
    """What a finished run shows about itself."""
    results, records = project / "results", read_records(project)
    fits = {path: read_json(path)["fit_s"] for path in results.glob("models/*/*/training.json")}
    fit_s, samples_s = sum(fits.values()), sample_seconds(results)
    jobs = {tuple(record["log"]) for record in records.values()}
    print(
        f"{seconds:.0f} s, {core_s:.0f} core-seconds, {len(jobs)} jobs; fitting {fit_s:.0f} s, samples {samples_s:.0f} s"
    )

    def wall_s(path: Path) -> float:
        record = records[path.relative_to(project).as_posix()]
        return record["endtime"] - record["starttime"]

    baseline = [path for path in fits if path.match("models/baseline/*/training.json")]
    return [
        Row("fitting and samples / all core-seconds", [(fit_s + samples_s) / core_s], at_least=0.55),
        Row(
            "samples / wall time of time_operations",
            [samples_s / wall_s(results / "timings/slices.csv")],
            at_least=0.75,
        ),
        Row("a training job / its fitting", [wall_s(path) / fits[path] for path in baseline], at_most=1.45),
        Row("memory of the largest process, GB", [memory / 1e9], at_most=0.9),
    ]


def main(commits: list[str]) -> int:
    """Print the table; return the number of values beyond their limits."""
    if psutil.cpu_percent(interval=1) > 10:
        print("warning: other programs are busy; wall times are too long")
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        own = run(project := check_out("HEAD", folder / "HEAD"))
        rows = rows_of_run(project, *own)
        for commit in commits:
            other = run(check_out(commit, folder / commit))
            rows.append(Row(f"wall time / that of {commit}", [own[0] / other[0]], at_most=0.7))
    finally:
        shutil.rmtree(folder)
    return report(rows)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
