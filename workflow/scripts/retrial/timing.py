"""Check one implementation of one tensor operation against another, then time it with pyperf in fresh processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyperf

from retrial.errors import InputError
from retrial.operations import make_inputs, prepare, reference

# Sums in another order differ by rounding, about 1e-14 here; a wrong bound or index shows as 0.01 and more.
TOLERANCE = 1e-10


def check(operation: str, implementation: str, arrays: list[np.ndarray]) -> tuple[float, float]:
    """Hold an implementation against NumPy, and NumPy's own against the loops.

    Returns:
        The largest absolute difference, and the seconds that the call took.

    Raises:
        InputError: the result has another shape or other values, or the inputs were changed.
    """
    other = reference(implementation)
    function, inputs = prepare(operation, other, [array.copy() for array in arrays])
    expected = np.asarray(function(*inputs))
    function, inputs = prepare(operation, implementation, [array.copy() for array in arrays])
    start = time.perf_counter()
    found = function(*inputs)
    duration = time.perf_counter() - start
    found = np.asarray(found)

    what = f"retrial/{implementation}_ops.py: {operation}"
    if found.shape != expected.shape:
        raise InputError(
            f"{what} returns shape {found.shape}, expected {expected.shape} by {other}; it is not timed: correct it"
        )
    difference = float(np.abs(found - expected).max())
    if not difference <= TOLERANCE:
        raise InputError(
            f"{what} differs from {other} by up to {difference:.3g}, expected at most {TOLERANCE:g}; "
            "it is not timed: correct it"
        )
    if not all(np.array_equal(before, after) for before, after in zip(arrays, inputs, strict=True)):
        raise InputError(
            f"{what} changes its inputs, expected it to leave them as they are; it is not timed: correct it"
        )
    return difference, duration


def pyperf_options(call_s: float, settings: dict) -> dict[str, float]:
    """pyperf's options for a call that takes about `call_s` seconds.

    As many samples as asked for, as long as a process stays within max_process_s; a call too slow even for two is
    measured once a process, without warm-up: what happens once in a process is nothing beside it.
    """
    fitting = int(settings["max_process_s"] / call_s)
    options = {
        "processes": settings["processes"],
        "warmups": settings["warmups"] if fitting > 1 else 0,
        "values": max(1, min(settings["samples"], fitting)),
        "min-time": settings["min_sample_s"],
    }
    return options | {"loops": 1} if call_s > settings["min_sample_s"] else options


def measure(operation: str, implementation: str, settings: dict, output: Path) -> None:
    """Check an implementation, time it in fresh processes, and write pyperf's JSON to `output`.

    Its metadata say what it was checked against and the largest absolute difference found.

    Raises:
        InputError: it computes something else than its reference.
    """
    difference, call_s = check(operation, implementation, make_inputs(operation, settings["seed"]))
    print(f"checked: {operation} {implementation} differs by {difference:.2g} at most", flush=True)
    command = [sys.executable, "-m", "retrial.measure", "--copy-env", "--output", output]
    command += ["--operation", operation, "--implementation", implementation]
    command += ["--seed", settings["seed"], "--blas-threads", settings["blas_threads"]]
    command += [word for name, value in pyperf_options(call_s, settings).items() for word in (f"--{name}", value)]
    scripts = Path(__file__).parents[1]
    subprocess.run([str(word) for word in command], check=True, env=os.environ | {"PYTHONPATH": str(scripts)})
    benchmark = pyperf.Benchmark.load(str(output))
    benchmark.update_metadata({"checked_against": reference(implementation), "max_abs_error": difference})
    benchmark.dump(str(output), replace=True)
