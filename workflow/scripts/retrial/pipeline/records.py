"""What Snakemake remembers of the jobs that made the files."""

import ast
import json
from base64 import urlsafe_b64decode
from pathlib import Path


def read_records(folder: Path) -> dict[str, dict]:
    """For each file that Snakemake made in `folder`, its record of the job: rule, params, input, input_checksums, …

    A record that cannot be read is left out, as Snakemake does.
    """
    records = {}
    for path in (folder / ".snakemake/metadata").glob("*"):
        try:
            records[urlsafe_b64decode(path.name).decode()] = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError):
            continue
    return records


def settings_of(record: dict) -> dict:
    """The one param of the job: its settings, the digest of its code among them."""
    return ast.literal_eval(record["params"][0]) if record["params"] else {}
