"""One fault, and what came of it."""

import io
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from retrial.errors import InputError


class Fault(NamedTuple):
    """A fault that was tried; `problem` is what went wrong, None if it was survived."""

    name: str
    seconds: float
    problem: str | None


def attempt(name: str, action: Callable[..., str | None], *arguments, bound_s: float = 1800) -> Fault:
    """Try a fault: `action` returns what went wrong. One line of error is a way to survive."""
    begin, output = time.monotonic(), io.StringIO()
    try:
        with redirect_stdout(output), redirect_stderr(output):
            problem = action(*arguments)
    except InputError as error:
        line = str(error)
        problem = None if line.isprintable() and len(line) <= 1500 else f"not one short line: {line[:200]!r}"
    except Exception as error:  # this is what must not happen
        problem = f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.monotonic() - begin
    return Fault(name, seconds, problem or (f"it took {seconds:.0f} s" if seconds > bound_s else None))
