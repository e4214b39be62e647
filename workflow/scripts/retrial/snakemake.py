"""What Snakemake recorded about the jobs that made the files; nothing else reads .snakemake/metadata."""

import ast
import json
import tempfile
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from retrial.errors import InputError
from retrial.files import read_json, sha256
from retrial.params import settings_of

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


def is_whole(settings) -> bool:
    """Whether a run makes everything, by `workflow.dag_settings`."""
    parts = settings.target_jobs, settings.batch, settings.until, settings.omit_from, settings.allowed_rules
    return (not settings.targets or "all" in settings.targets) and not any(parts)


def check_times(folder: Path) -> None:
    """Raise InputError for a result from the future: Snakemake would take all that is made from it as outdated."""
    times = {path: path.lstat().st_mtime for path in (folder / "results").rglob("*") if path.is_file()}
    latest = max(times, key=times.get, default=None)
    if latest is None or times[latest] <= time.time():
        return
    with tempfile.NamedTemporaryFile(dir=latest.parent) as file:  # a file server has a clock of its own
        ahead = times[latest] - Path(file.name).stat().st_mtime
    if ahead > 1:
        raise InputError(
            f"{latest.relative_to(folder)}: its time is {ahead:,.0f} s in the future, expected none: correct the "
            "clock, or run: find results -newermt now -exec touch {} +"
        )


def mark_unrecorded(folder: Path, is_made: Callable[[str], bool], verified: str) -> list[str]:
    """Mark results as incomplete, as Snakemake does after a crash, so that it makes them again; return their names.

    These are the results without a record of how they were made, and networks whose own file tells something else than
    their record. Snakemake itself takes a file without a record for what the configuration says.

    Args:
        is_made: whether a rule makes the file of this name.
        verified: the folder of files that are verified by checksum: they need no record.
    """
    if any((folder / ".snakemake/locks").glob("*")):
        return []  # a run is under way: what it makes has no record yet
    records = read_records(folder)
    files = [path.relative_to(folder).as_posix() for path in (folder / "results").rglob("*") if path.is_file()]
    unrecorded = [name for name in files if name not in records and not name.startswith(verified) and is_made(name)]
    unrecorded += [name for name in files if name in records and _contradicts(folder, name, records[name])]
    for name in unrecorded:
        marker = folder / INCOMPLETE / record_name(name)
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text("{}")
    return sorted(unrecorded)


def _contradicts(folder: Path, name: str, record: dict) -> bool:
    """Whether training.json tells another training than the record of its job, or its place."""
    path, labels = folder / name, folder / "results/data/y_train.npy"
    if path.name != "training.json" or not labels.exists():
        return False
    with suppress(ValueError, KeyError, TypeError):
        made, settings = read_json(path), settings_of(job_params(record))
        place = made["experiment"], str(made["seed"])
        return (place, made["settings"], made["y_train_sha256"]) != (path.parts[-3:-1], settings, sha256(labels))
    return True
