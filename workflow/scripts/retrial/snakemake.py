"""What Snakemake recorded about the jobs that made the files; nothing else reads .snakemake/metadata."""

import ast
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

from retrial.errors import InputError

RECORDS, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")

TYPES = {
    "rule": str,
    "params": list,
    "log": list,
    "input": list,
    "input_checksums": dict,
    "starttime": (int, float),
    "endtime": (int, float),
}


def record_name(path: str) -> str:
    """The name of the file in which Snakemake records something about the file `path`."""
    return urlsafe_b64encode(path.encode()).decode()


def read_records(folder: Path) -> dict[str, dict]:
    """For each file that Snakemake made in `folder`, its record of the job: rule, params, input, input_checksums, …

    Records that cannot be read, or lack what is read here, are skipped, as Snakemake does.
    """
    records = {}
    for path in (folder / RECORDS).glob("*"):
        try:
            name, record = urlsafe_b64decode(path.name).decode(), json.loads(path.read_bytes())
        except (ValueError, OSError, RecursionError):
            continue
        if isinstance(record, dict) and all(isinstance(record.get(key), kind) for key, kind in TYPES.items()):
            records[name] = record
    return records


def job_settings(record: dict) -> dict:
    """The one param of a recorded job: its part of the configuration and the digest of its code.

    Raises:
        InputError: the record is damaged.
    """
    try:
        settings = ast.literal_eval(record["params"][0]) if record["params"] else {}
        return settings | {}
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise InputError(
            f"{RECORDS}: the record of rule {record['rule']} is damaged (found {type(error).__name__}, expected its "
            f"settings). Make it again: snakemake -c1 -R {record['rule']}"
        ) from error
