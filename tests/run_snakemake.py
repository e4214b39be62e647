"""Snakemake in forks of a process that has imported it: the import takes longer than most runs of the tests."""

import multiprocessing
import os
import shlex
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["snakemake.cli", "snakemake.api", "jsonschema"])


def _main(arguments: list[str], folder: str, environment: dict[str, str], output: str) -> int:
    """Run Snakemake in this process, in a folder; all that it prints goes to the file `output`. Return its status."""
    with Path(output).open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    from snakemake.cli import main
    from snakemake.shell import shell

    # Some tests look into jobs by these variables, which the workflow removes.
    if keep := [
        f"export {name}={shlex.quote(environment[name])}; "
        for name in ("PYTHONPATH", "SPY_FOLDER")
        if name in environment
    ]:
        set_prefix = shell.prefix
        shell.prefix = lambda prefix: set_prefix(prefix + "".join(keep))

    try:
        main(arguments)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _submit(pool: ProcessPoolExecutor, arguments: list, folder: Path, **environment) -> subprocess.CompletedProcess:
    words = [str(word) for word in arguments]
    with tempfile.NamedTemporaryFile("r") as output:
        status = pool.submit(_main, words, str(folder), os.environ | environment, output.name).result()
        return subprocess.CompletedProcess(words, status, output.read())


def _end_with_tests() -> None:
    """Let this process end when the tests were killed; else it, and the process that forked it, would stay."""

    def wait() -> None:
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=PROCESSES, initializer=_end_with_tests)


DRY_RUNS = _pool()


def run(arguments: list, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run Snakemake in a fresh process, in a folder; all that it prints is in `.stdout`."""
    with _pool() as pool:
        return _submit(pool, arguments, folder, **environment)


def dry_run(arguments: list, folder: Path) -> str:
    """What `snakemake --dry-run` prints; all dry runs are in one process, which saves more time."""
    done = _submit(DRY_RUNS, ["--dry-run", *arguments], folder)
    assert done.returncode == 0, done.stdout
    return done.stdout
