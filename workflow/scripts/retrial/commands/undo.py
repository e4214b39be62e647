"""Put back the results of the last successful run: make undo

Snakemake removes the files of a job before it starts. When the job then fails, or is stopped, they are gone. So each
successful run keeps results/ in .retrial/last-good/ as hard links, which take no space, and copies Snakemake's records.
"""

import filecmp
import os
import shutil
import sys
from pathlib import Path

from retrial.errors import InputError
from retrial.files import atomic_write
from retrial.snakemake import INCOMPLETE, RECORDS, record_name

KEPT = Path(".retrial/last-good")


def keep(folder: Path) -> None:
    """Keep the results in a folder, with Snakemake's records, in place of what was kept before.

    Where this fails, as on a full disk, the run has still succeeded: a warning is printed.
    """
    new = folder / KEPT.with_name("new")
    try:
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(folder / "results", new / "results", copy_function=_link)
        shutil.copytree(folder / RECORDS, new / "records")
        shutil.rmtree(folder / KEPT, ignore_errors=True)
        new.rename(folder / KEPT)
    except OSError as error:
        print(f"WARNING: make undo will not have these results: {str(error)[:200]}", file=sys.stderr)


def undo(folder: Path) -> list[str]:
    """Put back what `keep` kept, where it is missing or another file; other files in results/ stay.

    Returns:
        The names of the files that were put back.

    Raises:
        InputError: nothing was kept, or another run is using this folder.
    """
    kept = folder / KEPT
    if not kept.exists():
        raise InputError(f"{KEPT}: no such folder, expected the results of a successful run: there is nothing to undo")
    if any((folder / ".snakemake/locks").glob("*")):
        raise InputError(".snakemake/locks: another run uses this folder, or was killed: stop it, or run: make unlock")
    names = []
    for source in sorted(path for path in (kept / "results").rglob("*") if path.is_file()):
        name = source.relative_to(kept).as_posix()
        if not ((folder / name).exists() and filecmp.cmp(folder / name, source)):
            _replace(folder / name, source, _link)
            names.append(name)
        (folder / INCOMPLETE / record_name(name)).unlink(missing_ok=True)
    for source in (kept / "records").iterdir():
        _replace(folder / RECORDS / source.name, source, shutil.copy2)
    return names


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


def _replace(target: Path, source: Path, copy) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as part:
        copy(source, part)


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
    print(*names, f"{len(names)} files put back, as they were after the last successful run", sep="\n")


if __name__ == "__main__":
    main()
