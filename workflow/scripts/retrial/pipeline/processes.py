"""Processes that end with the run that started them, so that nothing old writes or measures beside a new run."""

import ctypes
import os
import signal
import sys
import threading
import time
from _thread import interrupt_main

PARENT = os.getppid()
PR_SET_PDEATHSIG = 1


def is_orphan() -> bool:
    """Whether the process that started this one, Snakemake for a job, has ended."""
    return os.getppid() != PARENT


def end_when_orphan(interval_s: float = 1.0) -> None:
    """Let this job end soon after Snakemake was killed: another run may have begun, and would be measured with it."""

    def watch() -> None:
        while not is_orphan():
            time.sleep(interval_s)
        interrupt_main()  # removes temporary files; long calls of C code are not interrupted
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def end_with_parent() -> None:
    """Let the system kill this process when the thread that started it ends. Only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if is_orphan():  # it ended before
            os._exit(1)
