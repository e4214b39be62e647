"""What a job prints, in lines that other programs can read back, how it ends, and why it failed."""

import atexit
import csv
import ctypes
import errno
import gc
import os
import re
import resource
import signal
import sys
import time
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO

import psutil

from retrial.errors import InputError, shorten
from retrial.files import read_json

START = time.monotonic()
NUMPY_DISK_FULL = re.compile(r"\d+ requested and \d+ written")  # NumPy raises it without an error number
# Keras prints `Epoch 3/5`; our own jobs print their steps with `print_step`.
STEP = re.compile(r"^(Epoch|process|file) (\d+)(?:/| of )(\d+)", flags=re.MULTILINE)
SNAKEMAKE = "RETRIAL_SNAKEMAKE"  # the environment variable with the process of Snakemake, set in common.smk
PR_SET_PDEATHSIG = 1  # Linux: the signal that a process gets when the one that started it ends


def start_log(path: str) -> TextIO:
    """Redirect descriptors 1 and 2 of this process, also for C++ libraries and child processes, to the file `path`.

    The last lines of a finished job are its peak memory, with its node in a job of Slurm, and its cost; that of a
    failed one says why, see `describe_error`. SIGTERM ends the job as Ctrl-C does, and the end of Snakemake ends it at
    once.

    Args:
        path: `logs/RULE.log` or `logs/RULE/….log`.

    Returns:
        What was standard error before, for progress bars.
    """
    terminal = os.fdopen(os.dup(2), "w")
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    sys.stdout.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    for stream in (sys.stdout, sys.stderr):  # lines at once, so that the log can be read while the job runs
        stream.reconfigure(encoding="utf-8", line_buffering=True)
    parts = Path(path).parts
    rule = parts[parts.index("logs") + 1] if "logs" in parts else parts[-1]
    sys.excepthook = partial(_print_error_line, rule.removesuffix(".log"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # raises KeyboardInterrupt: temporary files are removed
    end_with_parent()
    atexit.register(_print_cost)
    gc.freeze()  # no import is garbage: to look through pandas at the end of a job takes a quarter of a second
    return terminal


def end_with_parent() -> None:
    """Let the system kill this process when the one that started it ends, or has ended.

    Otherwise a job of a killed run would measure beside the next one, or replace its results.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if not psutil.pid_exists(int(os.environ.get(SNAKEMAKE, os.getpid()))):
        os._exit(1)


def print_step(kind: str, number: int, total: int, text: str) -> None:
    """Print that a step of a job begins: its kind is `process` or `file`, its number counts from 1."""
    print(f"{kind} {number} of {total}: {text}", flush=True)


def last_step(text: str) -> tuple[str, int, int] | None:
    """The kind and number of the last step that began, by the end of a log, and how many there are; None before any."""
    steps = STEP.findall(text)
    return (steps[-1][0].lower(), int(steps[-1][1]), int(steps[-1][2])) if steps else None


def _print_cost() -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    core_seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    node = os.environ.get("SLURMD_NODENAME")
    print(f"peak memory {max(usage.ru_maxrss for usage in usages) / 1024:.0f} MB{f' on node {node}' if node else ''}")
    print(f"took {time.monotonic() - START:.2f} s, {core_seconds:.2f} core-seconds")


def describe_error(rule: str, error: BaseException) -> str:
    """The line that ends the log of a failed job."""
    match error:
        case InputError():
            return str(error)
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT) or NUMPY_DISK_FULL.fullmatch(str(error)):
            return f"rule {rule}: the disk is full: free some space, and run again"
        case OSError() if error.filename:
            return f"{error.filename}: {error.strerror}; make it readable or writable"
        case KeyboardInterrupt():
            return f"rule {rule}: stopped: run again to continue"
    kind, text = type(error).__name__, " ".join(str(error).split())
    if isinstance(error, MemoryError) or kind == "ResourceExhaustedError":  # TensorFlow's
        return f"rule {rule}: out of memory ({shorten(text)[1:-1]}): use smaller layers or batches, or run fewer jobs"
    return f"rule {rule}: {kind}: {shorten(text)[1:-1]}"


def find_damage(paths: list[str]) -> str | None:
    """The first of these files that cannot be read, and how to make it again; None if all can."""
    for path in paths:
        try:
            check_readable(Path(path))
        except Exception as error:  # libraries raise errors of many kinds for damaged files
            problem = shorten(" ".join(f"{type(error).__name__}: {error}".split()), 100)[1:-1]
            return f"{path}: damaged ({problem}). Make it again: rm {path}; make run. Or run: make undo"
    return None


def check_readable(path: Path) -> None:
    """Read a file by its suffix, without running anything in it; raise an error of any kind if that fails."""
    if path.suffix == ".npy":
        import numpy as np

        np.load(path, allow_pickle=False, mmap_mode="r")
    elif path.suffix in (".keras", ".npz"):
        with zipfile.ZipFile(path) as archive:
            if broken := archive.testzip():
                raise ValueError(f"{broken} in it is broken")
    elif path.suffix == ".json":
        read_json(path)
    elif path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            columns = {len(row) for row in csv.reader(file)}
        if len(columns) != 1:
            raise ValueError(f"its rows have {sorted(columns)} columns")


def _print_error_line(rule, kind, error, traceback):
    atexit.unregister(_print_cost)  # the error is the last line
    line = describe_error(rule, error)
    unexpected = line.startswith(f"rule {rule}: {kind.__name__}: ")
    if unexpected:
        sys.__excepthook__(kind, error, traceback)
    if unexpected or isinstance(error, MemoryError):  # a header can tell a size that no memory has
        job = getattr(sys.modules["__main__"], "snakemake", None)
        with suppress(MemoryError):
            if damage := find_damage([str(path) for path in getattr(job, "input", ())]):
                line = f"rule {rule}: {damage}"
    print(f"error: {line}", file=sys.stderr, flush=True)
