"""Runs that are killed at any moment and continued: at the end the same files as those of an undisturbed run."""

import os
import random
import signal as signals
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
from conftest import TINY

from chaos.fault import Fault
from chaos.runs import ROOT, checksums, differing, half_written, run_to_end, start, write_config

BOUND_S = 10  # in which everything that belongs to the run must have ended
KINDS = ("KILL the run", "KILL Snakemake alone", "TERM Snakemake", "INT Snakemake", "KILL while a file is written")


def members(process: subprocess.Popen) -> list[psutil.Process]:
    """The processes of a run."""
    try:
        parent = psutil.Process(process.pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill_when(folder: Path, ready: Callable[[], bool], signal: str, *arguments: str, group: bool = False) -> float:
    """Start a run, send it a signal when `ready`; return how long its processes lived on, or -1 if it had ended."""
    process = start(folder, *arguments)
    while process.poll() is None and not ready():
        time.sleep(0.002)
    if process.poll() is not None:
        return -1
    processes = members(process)
    number, begin = getattr(signals, f"SIG{signal}"), time.monotonic()
    os.killpg(process.pid, number) if group else process.send_signal(number)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=60)
    psutil.wait_procs(processes, timeout=60)
    return time.monotonic() - begin


def unlock(folder: Path) -> None:
    """make unlock"""
    subprocess.run(
        [sys.executable, "-m", "retrial.commands.unlock", "--configfile", str(folder.parent / "tiny.yaml")],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def try_kill(folder: Path, kind: str, number: int, rng: random.Random) -> Fault | None:
    """Kill a run after some seconds, or when a temporary file appears; None if it had ended before."""
    signal, _, what = kind.partition(" ")
    at = time.monotonic() + rng.uniform(2, 20)

    def ready() -> bool:
        return time.monotonic() > at and (what != "while a file is written" or bool(half_written(folder)))

    seconds = kill_when(folder, ready, signal, group=what in ("the run", "while a file is written"))
    if seconds < 0:
        return None
    unlock(folder)
    return Fault.within("kill", f"{number}: {kind}", seconds, BOUND_S, None)


def faults(short: bool, run: Path, config: dict = TINY, number: int = 40) -> Iterator[Fault]:
    """Kill runs of a configuration, from nothing to the end, again and again; compare each finished run.

    The short form leaves this to tests/unit/test_processes.py and tests/workflow/test_faults.py.
    """
    expected, rng, done = checksums(run), random.Random(int(os.environ.get("CHAOS_SEED", "0"))), 0
    while done < number and not short:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base:
            folder = Path(base) / "run"
            write_config(Path(base), config)
            while done < number and (fault := try_kill(folder, KINDS[done % len(KINDS)], done + 1, rng)):
                done += 1
                yield fault
            begin = time.monotonic()
            status, output = run_to_end(folder)
            wrong = differing(folder, expected)
            problem = output[-500:] if status else f"differ: {wrong}" if wrong else None
            if not problem and half_written(folder):
                problem = f"half-written: {half_written(folder)}"
            yield Fault.within(
                "end of killed runs", f"after {done} kills", time.monotonic() - begin, 3600, problem, bool(wrong)
            )
