"""Snakemake in a fork of a process that has imported it: starting it is most of a dry run."""

import multiprocessing
import os
from pathlib import Path

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["snakemake.cli", "snakemake.api", "jsonschema"])


def _snakemake(arguments: list[str], output: str) -> None:
    with Path(output).open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from snakemake.cli import main

    main(arguments)


def snakemake(arguments: list, output: Path) -> int:
    """Run Snakemake with these arguments; what it prints goes into the file `output`. Returns its exit status."""
    process = PROCESSES.Process(target=_snakemake, args=([str(word) for word in arguments], str(output)))
    process.start()
    process.join()
    return process.exitcode
