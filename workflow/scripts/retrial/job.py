"""What every script does first: send all that it prints into the rule's log, and keep errors readable."""

import os
import sys
from typing import TextIO

from retrial.errors import InputError


def start_log(path: str) -> TextIO:
    """Send descriptors 1 and 2 of this process, with what C++ libraries print, into the file `path`.

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
    sys.excepthook = _one_line_for_input_errors
    return terminal


def _one_line_for_input_errors(kind, error, traceback):
    if issubclass(kind, InputError):
        print(f"error: {error}", file=sys.stderr)
    elif issubclass(kind, OSError) and error.filename:
        print(
            f"error: {error.filename}: {error.strerror}; the job needs it: make it readable or writable",
            file=sys.stderr,
        )
    else:
        sys.__excepthook__(kind, error, traceback)
