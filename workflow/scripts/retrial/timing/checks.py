"""Check the implementations of an operation against each other before anything is timed."""

import time
import tracemalloc
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from retrial.errors import InputError
from retrial.operations.table import IMPLEMENTATIONS, load
from retrial.timing.plan import time_one_call

# Sums in another order differ by rounding, about 1e-14 here (in float32 about 1e-5); a wrong bound or index shows as
# 0.01 and more.
TOLERANCES = {"float64": 1e-10, "float32": 1e-3}


class Check(NamedTuple):
    """A row of checks.csv: an implementation was compared with another one at the notebook's shapes.

    checked_against: the name of the other one.
    max_abs_error, tolerance: the largest difference, and the largest that rounding explains.
    compile_s: of Numba's first call, which compiles.
    peak_bytes: of NumPy, the memory of a call at its peak, without its inputs, as tracemalloc counts it.
    """

    operation: str
    implementation: str
    checked_against: str
    max_abs_error: float
    tolerance: float
    compile_s: float | None
    peak_bytes: int | None


def max_abs_error(result: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two results; infinite where their shapes differ."""
    return float(np.abs(result - expected).max()) if result.shape == expected.shape else np.inf


def peak_bytes(function, inputs: list[np.ndarray]) -> int:
    """The memory that one call uses at its peak, without its inputs."""
    tracemalloc.start()
    try:
        function(*inputs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check(
    operation: str, implementations: Iterable[str], arrays: list[np.ndarray]
) -> tuple[list[Check], dict[str, float]]:
    """Call every implementation and compare the results.

    An implementation is wrong if it differs from all that are independent of it. Another dtype or number of threads
    makes no independent implementation, and neither does Numba, which compiles the very same loops as `naive`.

    Args:
        operation, implementations: their names.
        arrays: the inputs, float64.

    Returns:
        A row for each implementation, and the seconds of a call of each.

    Raises:
        InputError: an implementation is wrong, or changes its inputs.
    """
    module = {name: IMPLEMENTATIONS[name].module for name in implementations}
    results, call_s, compile_s, peaks = {}, {}, {}, {}
    for name in module:
        function, inputs = load(operation, name, [array.copy() for array in arrays])
        before = [np.array(values) for values in inputs]
        start = time.perf_counter()
        results[name] = np.asarray(function(*inputs))
        call_s[name] = time.perf_counter() - start
        if not all(map(np.array_equal, before, inputs)):
            raise InputError(
                f"{_file(module[name])}: {operation} changes its inputs, expected it to leave them unchanged; "
                "correct it before it is timed"
            )
        if name == "numba":  # that call compiled; the fresh processes find the result in the cache
            compile_s[name], call_s[name] = call_s[name], time_one_call(operation, name, arrays)
        if module[name].startswith("numpy"):
            peaks[name] = peak_bytes(function, inputs)
    rows = []
    for name, result in results.items():
        others = {o: r for o, r in results.items() if o != "numba" and module[o] != module[name]}
        reference = next((o for o in ("numpy", "naive") if o in others), next(iter(others)))
        error, tolerance = max_abs_error(result, results[reference]), TOLERANCES[IMPLEMENTATIONS[name].dtype]
        if not any(max_abs_error(result, other) <= tolerance for other in others.values()):
            shapes = result.shape, results[reference].shape
            problem = (
                f"returns shape {shapes[0]}, expected {shapes[1]} as {reference} returns"
                if shapes[0] != shapes[1]
                else f"differs from {reference} by up to {error:.3g}, expected at most {tolerance:g}"
            )
            raise InputError(f"{_file(module[name])}: {operation} {problem}; correct it before it is timed")
        print(f"checked: {operation} {name} differs from {reference} by at most {error:.2g}", flush=True)
        rows.append(Check(operation, name, reference, error, tolerance, compile_s.get(name), peaks.get(name)))
    if wrong := [row.implementation for row in rows if not row.max_abs_error <= row.tolerance]:
        raise InputError(
            f"retrial/operations: {operation}: implementations disagree, {', '.join(wrong)} differ from their "
            "references, expected all to agree; correct the wrong ones before they are timed"
        )
    return rows, call_s


def _file(module: str) -> str:
    return f"retrial/operations/{module}.py"
