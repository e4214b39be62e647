"""What came of a fault: survived within its bound, or not; and whether a good result was lost."""

import time
from collections.abc import Callable
from typing import NamedTuple

from retrial.errors import InputError

MAX_LINE = 1500


class Fault(NamedTuple):
    """A fault that was tried.

    problem: what went wrong; None if it was survived.
    lost: a good result is gone, and nothing brings it back.
    """

    kind: str
    name: str
    seconds: float
    bound_s: float
    problem: str | None
    lost: bool = False

    @classmethod
    def within(cls, kind: str, name: str, seconds: float, bound_s: float, problem: str | None, lost: bool = False):
        """A fault that counts as survived only within its bound."""
        late = f"it took {seconds:.0f} s, longer than {bound_s} s" if seconds > bound_s else None
        return cls(kind, name, seconds, bound_s, problem or late, lost)


def check_line(text: str) -> str | None:
    """What is wrong with a message; None if it is one short line."""
    if "\n" in text or not text.isprintable():
        return f"the message is more than a line: {text[:200]!r}"
    return f"the message has {len(text)} characters" if len(text) > MAX_LINE else None


def try_fault(kind: str, name: str, bound_s: float, attempt: Callable[[], str | None]) -> Fault:
    """Try a fault: `attempt` returns what went wrong, or None; an InputError of one line is a way to survive."""
    start = time.monotonic()
    try:
        problem = attempt()
    except InputError as error:
        problem = check_line(str(error))
    except Exception as error:  # this is what must not happen
        problem = f"{type(error).__name__}: {str(error)[:200]}"
    return Fault.within(kind, name, time.monotonic() - start, bound_s, problem)
