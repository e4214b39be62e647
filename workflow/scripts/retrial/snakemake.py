"""What Snakemake recorded about the jobs that made the files; nothing else reads .snakemake/metadata."""

import ast
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from retrial.errors import InputError
from retrial.files import sha256

RECORDS, INCOMPLETE = Path(".snakemake/metadata"), Path(".snakemake/incomplete")
# verify sets it, because it reports files that changed.
ACCEPT_CHANGED = "RETRIAL_ACCEPT_CHANGED"

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


def job_params(record: dict) -> list[tuple[str, object]]:
    """The settings and digests of a recorded job, as pairs, see retrial/params.py."""
    return [ast.literal_eval(pair) for pair in record["params"]]


def recorded_checksum(path: str, records: dict[str, dict]) -> str | None:
    """The sha256 that a file had when other jobs read it, since it was made; None if none did."""
    made = records[path]["endtime"]
    readers = (record for record in records.values() if record["starttime"] >= made)
    checksums = {record["input_checksums"][path] for record in readers if path in record["input_checksums"]}
    return checksums.pop().removeprefix("sha256:") if len(checksums) == 1 else None


def describe_change(path: str, records: dict[str, dict], folder: Path) -> str | None:
    """How a file differs from what other jobs read; None if it does not, or if it is not known."""
    file = folder / path
    if (expected := recorded_checksum(path, records)) is None or (found := sha256(file)) == expected:
        return None
    return f"{path}: changed since rule {records[path]['rule']} made it (found sha256 {found}, expected {expected})"


def check_unchanged(folder: Path) -> None:
    """Find files in results/ that something else than their rule has changed.

    A file that is older than its record is not read, and a file that no job read has no checksum.

    Raises:
        InputError: the first such file.
    """
    if ACCEPT_CHANGED in os.environ:
        return
    records = read_records(folder)
    for path, record in sorted(records.items()):
        try:
            suspect = path.startswith("results/") and (folder / path).stat().st_mtime > record["endtime"]
            # The rule has written it again, and Snakemake was killed before it could record that.
            if not suspect or (folder / INCOMPLETE / record_name(path)).exists():
                continue
            change = describe_change(path, records, folder)
        except FileNotFoundError:
            continue  # it is made again
        except OSError as error:
            raise InputError(f"{path}: {error.strerror}; make it readable, or remove it and run again") from error
        if change:
            raise InputError(f"{change}. Remove it and run again, or run: make undo")
