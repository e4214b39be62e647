"""What every script does first: send all that it prints into the rule's log, and keep errors readable."""

import atexit
import os
import resource
import sys
import time
from typing import TextIO

from retrial.pipeline.errors import InputError

START = time.monotonic()


def start_log(path: str) -> TextIO:
    """Send descriptors 1 and 2 of this process, with what C++ libraries print, into the file `path`.

    The last line of a finished job says how long it took, and how many seconds of a core, its child processes included.

    An InputError, or a file that cannot be opened, ends the process with exit status 1 and one line in the log; other
    exceptions keep their traceback.

    Returns:
        The stream that was standard error before, for progress bars.
    """
    terminal = os.fdopen(os.dup(2), "w")
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    sys.stdout.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    sys.stdout.reconfigure(line_buffering=True)  # whoever reads the log while the job runs sees how far it is
    sys.excepthook = _one_line_for_input_errors
    atexit.register(_print_cost)
    return terminal


def _print_cost() -> None:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    core_seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    print(f"took {time.monotonic() - START:.2f} s, {core_seconds:.2f} core-seconds")


def _one_line_for_input_errors(kind, error, traceback):
    atexit.unregister(_print_cost)  # the error stands last
    if issubclass(kind, InputError):
        print(f"error: {error}", file=sys.stderr)
    elif issubclass(kind, OSError) and error.filename:
        print(
            f"error: {error.filename}: {error.strerror}; the job needs it: make it readable or writable",
            file=sys.stderr,
        )
    else:
        sys.__excepthook__(kind, error, traceback)
