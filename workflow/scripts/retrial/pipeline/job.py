"""What a job prints: everything goes to the rule's log, in lines that other programs can read back."""

import atexit
import os
import re
import resource
import sys
import time
from typing import TextIO

from retrial.pipeline.errors import InputError

START = time.monotonic()
COST = re.compile(r"^took ([\d.]+) s, ([\d.]+) core-seconds$", flags=re.MULTILINE)
# Keras prints `Epoch 3/5`; our own jobs print their steps with `print_step`.
STEP = re.compile(r"^(?:Epoch|process|file) (\d+)(?:/| of )(\d+)", flags=re.MULTILINE)


def start_log(path: str) -> TextIO:
    """Redirect descriptors 1 and 2 of this process, also for C++ libraries and child processes, to the file `path`.

    The last lines of a finished job are its peak memory, with its node in a job of Slurm, and its cost, see
    `parse_cost`. An InputError, or a file that cannot be opened, ends the process with exit status 1 and one line in
    the log; other exceptions keep their traceback.

    Returns:
        What was standard error before, for progress bars.
    """
    terminal = os.fdopen(os.dup(2), "w")
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    sys.stdout.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    sys.stdout.reconfigure(line_buffering=True)  # so that the log can be read while the job runs
    sys.excepthook = _print_input_errors_as_one_line
    atexit.register(_print_cost)
    return terminal


def print_step(kind: str, number: int, total: int, text: str) -> None:
    """Print that a step of a job begins: its kind is `process` or `file`, its number counts from 1."""
    print(f"{kind} {number} of {total}: {text}", flush=True)


def last_step(text: str) -> tuple[int, int] | None:
    """The number of the last step that began, by the end of a log, and of all steps; None before the first."""
    steps = STEP.findall(text)
    return (int(steps[-1][0]), int(steps[-1][1])) if steps else None


def _print_cost() -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    core_seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    node = os.environ.get("SLURMD_NODENAME")
    print(f"peak memory {max(usage.ru_maxrss for usage in usages) / 1024:.0f} MB{f' on node {node}' if node else ''}")
    print(f"took {time.monotonic() - START:.2f} s, {core_seconds:.2f} core-seconds")


def parse_cost(text: str) -> tuple[float, float] | None:
    """Seconds and core-seconds (those of child processes included) that a finished job took, by its log."""
    costs = COST.findall(text)
    return (float(costs[-1][0]), float(costs[-1][1])) if costs else None


def _print_input_errors_as_one_line(kind, error, traceback):
    atexit.unregister(_print_cost)  # the error is the last line
    if issubclass(kind, InputError):
        print(f"error: {error}", file=sys.stderr)
    elif issubclass(kind, OSError) and error.filename:
        print(f"error: {error.filename}: {error.strerror}; make it readable or writable", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)
