"""Print the jobs that led to a file, by Snakemake's records: make explain FILE=results/…"""

import signal
import sys
from pathlib import Path

import yaml

from retrial.errors import InputError
from retrial.files import sha256
from retrial.results import Training
from retrial.snakemake import job_settings, read_records


def chain(path: str, records: dict[str, dict]) -> list[str]:
    """`path` and everything that it was made from: one file per job, each before the files it was made from."""
    files, jobs = [], set()

    def visit(path: str) -> None:
        record = records.get(path)
        job = (record["rule"], *record["log"]) if record else path
        if job in jobs:
            return
        jobs.add(job)
        for input in record["input"] if record else []:
            visit(input)
        files.append(path)

    visit(path)
    return files[::-1]


def describe(path: str, records: dict[str, dict], folder: Path) -> dict:
    """The job that made a file: rule, outputs, seed, settings, and its inputs with their checksums.

    Where a file has changed since, both checksums are given.
    """
    record = records[path]
    outputs = [p for p, r in records.items() if (r["rule"], r["log"]) == (record["rule"], record["log"])]
    # Snakemake records the checksum of a file with the jobs that read it.
    readers = [r["input_checksums"] for r in records.values() if r["starttime"] >= record["endtime"]]
    recorded = {p: checksums[p] for checksums in readers for p in outputs if p in checksums}
    settings = job_settings(record)
    is_training = Path(path).match("results/models/*/*/*")
    return {
        "rule": record["rule"],
        "outputs": {p: _describe_checksum(recorded.get(p), folder / p) for p in sorted(outputs)},
        "seed": Training.of_path(path).seed if is_training else settings.get("seed"),
        "settings": settings,
        "inputs": {
            p: _describe_checksum(record["input_checksums"].get(p, "not recorded"), folder / p)
            for p in sorted(record["input"])
        },
        "log": record["log"][0] if record["log"] else None,
    }


def _describe_checksum(recorded: str | None, path: Path) -> str:
    current = sha256(path) if path.is_file() else "missing"
    recorded = (recorded or current).removeprefix("sha256:")
    return recorded if recorded == current else f"{recorded}, now {current}"


def main() -> None:
    """Print the chain of jobs behind the file on the command line as YAML, the last job first."""
    if len(sys.argv) != 2 or not sys.argv[1]:
        sys.exit("usage: make explain FILE=results/…, any file in results/")
    folder = Path.cwd()
    path = Path(sys.argv[1])
    path = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
    records = read_records(folder)
    if path not in records:
        examples = ", ".join(sorted(p for p in records if p.startswith("results/"))[:3])
        advice = f"Name a file that a run here made, such as {examples}." if examples else "Run `make run` first."
        sys.exit(f"error: {path}: Snakemake has no record of it. {advice}")
    try:
        for file in chain(path, records):
            if file in records:
                print(yaml.safe_dump([describe(file, records, folder)], sort_keys=False, allow_unicode=True, width=120))
    except (InputError, OSError, RecursionError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # stop quietly when the reader closes the pipe: make explain … | head
    main()
