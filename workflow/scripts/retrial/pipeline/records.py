"""What Snakemake recorded about the jobs that made the files; nothing else reads .snakemake/metadata."""

import ast
import json
from base64 import urlsafe_b64decode
from pathlib import Path


def read_records(folder: Path) -> dict[str, dict]:
    """For each file that Snakemake made in `folder`, its record of the job: rule, params, input, input_checksums, …

    Records that cannot be read are skipped, as Snakemake does.
    """
    records = {}
    for path in (folder / ".snakemake/metadata").glob("*"):
        try:
            records[urlsafe_b64decode(path.name).decode()] = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            continue
    return records


def job_settings(record: dict) -> dict:
    """The one param of a recorded job: its part of the configuration and the digest of its code."""
    return ast.literal_eval(record["params"][0]) if record["params"] else {}
