"""Let a new run begin after one that was killed: make unlock

Snakemake's lock stays when it is killed. While it runs, the lock is what keeps a second run from the same files.
"""

import sys
from pathlib import Path

import psutil

from retrial.commands.run_control import RUNNING
from retrial.commands.snakemake_process import error_line, start_snakemake
from retrial.errors import InputError


def check_nothing_runs(folder: Path) -> None:
    """Raise InputError if the run that was started last in a folder is at work on this machine."""
    try:
        pid, started = (folder / RUNNING).read_text().split()
        alive = psutil.Process(int(pid)).create_time() == float(started)
    except (OSError, ValueError, psutil.Error):
        return
    if alive:
        raise InputError(f"process {pid}: a run is under way here, expected none: wait for it, or stop it: kill {pid}")


def main() -> None:
    """Unlock the working folder."""
    try:
        check_nothing_runs(Path())
        with start_snakemake(Path(), "--unlock", *sys.argv[1:]) as process:
            output = process.stdout.read()
        if process.returncode:
            raise InputError(f"Snakemake cannot unlock the folder: {error_line(output)}")
    except InputError as error:
        sys.exit(f"error: {error}")
    print("unlocked: run again to continue")


if __name__ == "__main__":
    main()
