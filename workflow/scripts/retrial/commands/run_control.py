"""How a run begins and ends: what else measures on this machine, and what SIGTERM does."""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

import psutil

# The process of the run that was started last, and when it started.
RUNNING = Path(".retrial/running")
WORKERS = ("retrial.timing.worker", "retrial.training_step.worker")


def begin_run() -> None:
    """What a run does before its first job: note its process, end on SIGTERM, and say what else measures here."""
    with suppress(OSError):  # a folder that cannot be written says so elsewhere
        RUNNING.parent.mkdir(exist_ok=True)
        RUNNING.write_text(f"{os.getpid()} {psutil.Process().create_time()}")
    end_on_sigterm()
    for warning in warn_of_measuring_processes():
        print(warning, file=sys.stderr)


def warn_of_measuring_processes() -> list[str]:
    """A warning for each process of another run on this machine that still measures."""
    lines = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if any(worker in words for worker in WORKERS):
            lines.append(
                f"WARNING: process {process.pid} of another run measures; times taken beside it are not stable"
            )
    return lines


def end_on_sigterm() -> None:
    """Let SIGTERM end the run as Ctrl-C does: Snakemake itself would wait for the running jobs."""

    def stop(*_) -> None:
        for process in psutil.Process().children(recursive=True):
            process.terminate()
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
