"""Put back the results of the last successful run: make undo

Snakemake removes the files of a job before it starts. When the job then fails, or is stopped, they are gone. So each
successful run keeps results/ in .retrial/last-good/ as hard links, which take no space, and copies Snakemake's records.
"""

import os
import shutil
import sys
from pathlib import Path

from retrial.errors import InputError
from retrial.files import atomic_write
from retrial.snakemake import INCOMPLETE, RECORDS, describe_change, read_records, record_name

KEPT = Path(".retrial/last-good")


def keep(folder: Path) -> None:
    """Keep the results in a folder, with Snakemake's records, in place of what was kept before.

    Where this fails, as on a full disk, the run has succeeded nevertheless: a warning is printed.
    """
    new, old = (folder / KEPT.with_name(name) for name in ("new", "old"))
    try:
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(folder / "results", new / "results", copy_function=_link)
        shutil.copytree(folder / RECORDS, new / "records")
        shutil.rmtree(old, ignore_errors=True)
        if (folder / KEPT).exists():
            (folder / KEPT).rename(old)
        new.rename(folder / KEPT)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:  # shutil.Error, too
        print(f"WARNING: make undo will not have these results: {str(error)[:200]}", file=sys.stderr)


def undo(folder: Path) -> list[str]:
    """Put back what `keep` kept, where it is missing or another file; other files in results/ stay.

    Returns:
        The names of the files that were put back.

    Raises:
        InputError: nothing was kept, or a run is under way.
    """
    kept = folder / KEPT
    if not kept.exists() and (old := kept.with_name("old")).exists():  # stopped between two renames
        old.rename(kept)
    if not kept.exists():
        raise InputError(f"{KEPT}: no such folder, expected the results of a successful run: there is nothing to undo")
    if any((folder / ".snakemake/locks").glob("*")):
        raise InputError(".snakemake/locks: a run is under way, or was killed: stop it, or run: make unlock")
    names = []
    for source in sorted(path for path in (kept / "results").rglob("*") if path.is_file()):
        name = source.relative_to(kept).as_posix()
        target = folder / name
        if target.is_file() and _size_and_time(target) == _size_and_time(source):
            continue
        if target.is_dir():
            raise InputError(f"{name}: a folder, expected a file or nothing: move it away, and run make undo again")
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as part:
            _link(source, part)
        names.append(name)
    for source in (kept / "records").rglob("*"):
        target = folder / RECORDS / source.relative_to(kept / "records")
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(target) as part:
                shutil.copy2(source, part)
    for path in (kept / "results").rglob("*"):
        (folder / INCOMPLETE / record_name(path.relative_to(kept).as_posix())).unlink(missing_ok=True)
    return names


def warn_of_changes(folder: Path) -> list[str]:
    """A warning for each kept file into which a program has written: then undo cannot bring back what it was."""
    records, lines = read_records(folder), []
    for path, record in sorted(records.items()):
        kept = folder / KEPT / path
        newer = kept.is_file() and kept.stat().st_mtime > record["endtime"]
        if newer and (change := describe_change(path, records, folder / KEPT)):
            lines.append(f"WARNING: {change}. Make it again: snakemake -c1 -R {record['rule']}")
    return lines


def describe_loss(folder: Path) -> str:
    """A line on what a run that failed or was stopped leaves."""
    kept = folder / KEPT
    missing = [path for path in (kept / "results").rglob("*") if not (folder / path.relative_to(kept)).exists()]
    if missing:
        return (
            f"The run did not finish: {len(missing)} files of the last successful run are missing in results/. Correct "
            "the cause and run again, or put them back: make undo"
        )
    return "The run did not finish: finished results are kept, and the same command continues from them."


def _size_and_time(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


def main() -> None:
    """Undo in the working folder, and print what was put back."""
    try:
        names = undo(Path())
    except InputError as error:
        sys.exit(f"error: {error}")
    for warning in warn_of_changes(Path()):
        print(warning, file=sys.stderr)
    print(*names, f"{len(names)} files put back, as they were after the last successful run", sep="\n")


if __name__ == "__main__":
    main()
