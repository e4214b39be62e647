"""Compare the times of two functions of your own: make time A=module:function B=module:function

The modules are files in the current folder. The functions are called without arguments, or, if the module of A has a
function `inputs`, with the list that it returns. Both must return the same.
"""

import copy
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module

import numpy as np
import pandas as pd
import yaml

from retrial.digest import ROOT
from retrial.errors import InputError, shorten
from retrial.formats import format_ratio, format_seconds
from retrial.statistics import paired_ratio
from retrial.timing.plan import Task
from retrial.timing.slices import samples_of, timing_table
from retrial.timing.worker import take_slices

USAGE = "expected module:function, such as make time A=mine:loop B=mine:fast, for the file mine.py in this folder"
RTOL = 1e-6  # sums in another order differ by rounding


def read_settings() -> dict:
    """The `timing` of config.yaml, shorter for somebody who waits for the answer."""
    timing = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["timing"]
    return timing | {"max_wait_s": 2, "processes": 9}


def describe_instability(timings: pd.DataFrame) -> str:
    """A line on why times of a `timing_table` are not stable; nothing if all are."""
    kinds = ", ".join(sorted({reason.partition(":")[0] for reasons in timings["reasons"] for reason in reasons}))
    return f"These times are not stable ({kinds}): run it again on a machine that does nothing else." if kinds else ""


def load_function(name: str) -> Callable:
    """The function `module:function`.

    Raises:
        InputError: there is none.
    """
    module, colon, function = name.partition(":")
    if not (module and colon and function):
        raise InputError(f"{shorten(name)}: {USAGE}")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{name}: {error}; {USAGE}") from error


def load_inputs(name: str) -> list:
    """What `inputs` in the module of a function returns; an empty list without it."""
    return list(getattr(import_module(name.partition(":")[0]), "inputs", list)())


def load_pair(group: list[Task], settings: dict) -> list[tuple[Callable, list]]:
    """What the worker calls: each function has inputs of its own. What they print is not shown."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    return [(load_function(task.implementation), load_inputs(settings["inputs"])) for task in group]


def same(first, second) -> bool:
    """Whether two results are equal, numbers and arrays of numbers up to rounding."""
    try:
        a, b = np.asarray(first), np.asarray(second)
        atol = RTOL * np.abs(b).max(initial=0)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=RTOL, atol=atol, equal_nan=True))
    except (TypeError, ValueError):
        return bool(first == second)


def check_pair(a: str, b: str) -> None:
    """Raise InputError unless both functions return the same and leave their inputs as they are."""
    results = []
    for name in (a, b):
        function, inputs = load_function(name), load_inputs(a)
        before = copy.deepcopy(inputs)
        with redirect_stdout(None):
            results.append(function(*inputs))
        if not all(map(same, inputs, before)):
            raise InputError(f"{name}: changes its inputs, so a second call does other work: let it work on a copy")
    if not same(*results):
        raise InputError(
            f"{a} returns {shorten(results[0], 60)}, but {b} returns {shorten(results[1], 60)}: expected the same, "
            "or their times say nothing: correct one of them"
        )


def compare(a: str, b: str) -> str:
    """The times of two functions and their ratio, as text.

    Raises:
        InputError: they cannot be called, or do not return the same.
    """
    check_pair(a, b)
    settings = read_settings()
    tasks = [Task("two functions", (), name, slices=settings["slices"]) for name in (a, b)]
    with tempfile.TemporaryDirectory() as cache:
        slices = pd.DataFrame(take_slices(tasks, settings | {"inputs": a}, cache, load_pair))
    timings = timing_table(slices, settings["max_busy_cores"]).set_index("implementation")
    lines = []
    for label, name in (("A", a), ("B", b)):
        median, low, high = map(format_seconds, timings.loc[name, ["median_s", "ci_low_s", "ci_high_s"]])
        lines.append(f"{label}: {name} takes {median} [{low}, {high}]")
    samples = samples_of(slices)
    ratio, low, high = map(format_ratio, paired_ratio(*(samples["two functions", name, ""] for name in (a, b))))
    lines.append(f"A / B: {ratio} [{low}, {high}], the median ratio with its 95 % interval")
    return "\n".join(filter(None, [*lines, describe_instability(timings)]))


def main() -> None:
    """Compare the two functions that the command line names."""
    try:
        if len(sys.argv) != 3 or sys.argv[1] == sys.argv[2]:
            raise InputError(f"two functions: {USAGE}")
        print(compare(*sys.argv[1:]))
    except InputError as error:
        sys.exit(f"error: {error}")
    except subprocess.CalledProcessError:
        sys.exit("error: a function failed, see above")


if __name__ == "__main__":
    from retrial.commands import two_functions  # by this name the worker finds load_pair

    two_functions.main()
