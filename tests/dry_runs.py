"""Dry runs of Snakemake, all in one process: to import Snakemake takes much longer than a dry run."""

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PROCESS = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn"))


def _snakemake(arguments: list[str], output: str) -> int:
    from snakemake.cli import main

    with Path(output).open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        main(arguments)
    except SystemExit as end:
        return end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def dry_run(arguments: list, output: Path) -> str:
    """Run `snakemake --dry-run` with these arguments; return what it prints, which goes through the file `output`."""
    words = ["--dry-run", *(str(word) for word in arguments)]
    status = PROCESS.submit(_snakemake, words, str(output)).result()
    text = output.read_text()
    assert status == 0, text
    return text
