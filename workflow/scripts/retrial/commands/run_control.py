"""How a run begins and ends: what else measures on this machine, and what SIGTERM does."""

import signal
import threading

import psutil

WORKERS = ("retrial.timing.worker", "retrial.training_step.worker")


def warn_of_measuring_processes() -> list[str]:
    """A warning for each process of another run on this machine that still measures."""
    lines = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        words = process.info["cmdline"] or []
        if any(worker in words for worker in WORKERS):
            lines.append(
                f"WARNING: process {process.pid} of another run measures; times taken beside it are not stable\n"
            )
    return lines


def end_run_on_sigterm() -> None:
    """Let SIGTERM end the run as Ctrl-C does: Snakemake itself would wait for the running jobs."""

    def stop(*_) -> None:
        for process in psutil.Process().children(recursive=True):
            process.terminate()
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
