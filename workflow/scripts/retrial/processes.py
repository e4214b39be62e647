"""Processes that end with the run that started them, so that nothing old writes or measures beside a new run."""

import ctypes
import os
import signal
import sys
import threading
import time
from _thread import interrupt_main

PARENT = os.getppid()
SNAKEMAKE = "RETRIAL_SNAKEMAKE"
PR_SET_PDEATHSIG = 1


def note_parent() -> None:
    """Remember the process that started this one; a forked child does so by itself."""
    global PARENT
    PARENT = os.getppid()


os.register_at_fork(after_in_child=note_parent)


def note_snakemake() -> None:
    """Tell the jobs that this process starts, also those that begin after its end, that it is their Snakemake."""
    os.environ[SNAKEMAKE] = str(os.getpid())


def is_orphan() -> bool:
    """Whether the process that started this one, or the Snakemake above it, has ended."""
    return os.getppid() != PARENT or not runs(int(os.environ.get(SNAKEMAKE, PARENT)))


def runs(pid: int) -> bool:
    """Whether there is a process of this number on this machine."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


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
