"""What Snakemake recorded about the jobs that made the files; nothing else reads .snakemake/metadata."""

import ast
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

RECORDS, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")

KEYS = ("rule", "params", "log", "input", "input_checksums", "starttime", "endtime")


def record_name(path: str) -> str:
    """The name of the file in which Snakemake records something about the file `path`."""
    return urlsafe_b64encode(path.encode()).decode()


def read_records(folder: Path) -> dict[str, dict]:
    """For each file that Snakemake made in `folder`, its record of the job: rule, params, input, input_checksums, …

    Records that cannot be read, or lack what is read here, are skipped, as Snakemake does.
    """
    records = {}
    for path in (folder / RECORDS).glob("*"):
        with suppress(ValueError, OSError):
            name, record = urlsafe_b64decode(path.name).decode(), json.loads(path.read_bytes())
            if isinstance(record, dict) and all(record.get(key) is not None for key in KEYS):
                records[name] = record
    return records


def jobs_behind(paths: list[str], records: dict[str, dict]) -> list[str]:
    """A file of each job that led to these files, each before the files it was made from."""
    files, jobs = [], set()

    def visit(path: str) -> None:
        record = records.get(path)
        if record and (record["rule"], *record["log"]) not in jobs:
            jobs.add((record["rule"], *record["log"]))
            for input in record["input"]:
                visit(input)
            files.append(path)

    for path in paths:
        visit(path)
    return files[::-1]


def job_params(record: dict) -> list[tuple[str, object]]:
    """The settings and digests of a recorded job, as pairs, see retrial/params.py."""
    return [ast.literal_eval(pair) for pair in record["params"]]
