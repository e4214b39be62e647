"""What Snakemake remembers of the jobs that made the files."""

import json
from base64 import urlsafe_b64decode
from pathlib import Path


def read_records(folder: Path) -> dict[str, dict]:
    """For each file that Snakemake made in `folder`, its record of the job: rule, params, input, input_checksums, …"""
    return {
        urlsafe_b64decode(path.name).decode(): json.loads(path.read_text(encoding="utf-8"))
        for path in (folder / ".snakemake/metadata").glob("*")
        if path.is_file()
    }
