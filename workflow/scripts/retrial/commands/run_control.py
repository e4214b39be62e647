"""How a run begins and ends: what else measures on this machine, and what signals do."""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from traceback import walk_stack

import psutil

# The process of the run that was started last, and when it started.
RUNNING = Path(".retrial/running")
PATIENCE_S = 5  # in which jobs end by themselves
WORKERS = ("retrial.timing.worker", "retrial.training_step.worker")


def begin_run() -> None:
    """What a run does before its first job: note its process, end on signals, and say what else measures here."""
    with suppress(OSError):  # a folder that cannot be written says so elsewhere
        RUNNING.parent.mkdir(exist_ok=True)
        RUNNING.write_text(f"{os.getpid()} {psutil.Process().create_time()}")
    end_on_signals()
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


def end_on_signals() -> None:
    """Let SIGTERM, and SIGINT to this process alone, end the run as Ctrl-C does: Snakemake would wait for its jobs."""
    if threading.current_thread() is not threading.main_thread():
        return
    on_sigint = signal.getsignal(signal.SIGINT)  # the progress bars have one of their own

    def stop(number, frame) -> None:
        if any(outer.f_globals.get("__name__") == "snakemake.logging" for outer, _ in walk_stack(frame)):
            # It ignores a KeyboardInterrupt in the middle of a message, and the run would go on.
            threading.Timer(0.01, os.kill, [os.getpid(), number]).start()
            return
        jobs = psutil.Process().children(recursive=True)
        _send(jobs, signal.SIGINT)  # they remove their temporary files
        late = threading.Timer(PATIENCE_S, _send, [jobs, signal.SIGKILL])
        late.daemon = True
        late.start()
        if callable(on_sigint):
            on_sigint(number, frame)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _send(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
