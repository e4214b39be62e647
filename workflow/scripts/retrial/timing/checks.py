"""Check the implementations of an operation against each other before anything is timed."""

import time
from importlib import import_module

import numpy as np

from retrial.pipeline.errors import InputError

# Sums in another order differ by rounding, about 1e-14 here; a wrong bound or index shows as 0.01 and more.
TOLERANCE = 1e-10


def load(module: str, operation: str, arrays: list[np.ndarray]) -> tuple:
    """The function of an operation in a module, and the arrays as that module takes them: ndarrays or lists."""
    loaded = import_module(module)
    return getattr(loaded, operation), [a.tolist() for a in arrays] if hasattr(loaded, "TAKES_LISTS") else arrays


def max_abs_error(result: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two results; infinite where their shapes differ."""
    return float(np.abs(result - expected).max()) if result.shape == expected.shape else np.inf


def check(operation: str, modules: dict[str, str], arrays: list[np.ndarray]) -> dict[str, dict]:
    """Call every implementation once and compare the results.

    An implementation is wrong if it differs from every other one. Numba compiles the very same loops as `naive`, so it
    is not independent evidence.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        arrays: the inputs.

    Returns:
        For each implementation `checked_against`, `max_abs_error`, the largest difference from that one, and `call_s`,
        the seconds of its call.

    Raises:
        InputError: an implementation is wrong, or changes its inputs.
    """
    results, checks = {}, {}
    for name, module in modules.items():
        function, inputs = load(module, operation, [array.copy() for array in arrays])
        start = time.perf_counter()
        result = function(*inputs)
        checks[name] = {"call_s": time.perf_counter() - start}
        results[name] = np.asarray(result)
        if not all(np.array_equal(before, after) for before, after in zip(arrays, inputs, strict=True)):
            raise InputError(
                f"{_file(modules[name])}: {operation} changes its inputs, expected it to leave them unchanged; "
                "correct it before it is timed"
            )
    for name, result in results.items():
        reference = "naive" if name == "numpy" else "numpy"
        others = {other: r for other, r in results.items() if other not in (name, "numba")}
        reference = reference if reference in others else next(iter(others))
        error = max_abs_error(result, results[reference])
        if not any(max_abs_error(result, other) <= TOLERANCE for other in others.values()):
            shapes = result.shape, results[reference].shape
            problem = (
                f"returns shape {shapes[0]}, expected {shapes[1]} as {reference} returns"
                if shapes[0] != shapes[1]
                else f"differs from {reference} by up to {error:.3g}, expected at most {TOLERANCE:g}"
            )
            raise InputError(f"{_file(modules[name])}: {operation} {problem}; correct it before it is timed")
        print(f"checked: {operation} {name} differs from {reference} by at most {error:.2g}", flush=True)
        checks[name] |= {"checked_against": reference, "max_abs_error": error}
    if wrong := [name for name, row in checks.items() if not row["max_abs_error"] <= TOLERANCE]:
        raise InputError(
            f"retrial/operations: {operation}: implementations disagree, {', '.join(wrong)} differ from their "
            "references, expected all to agree; correct the wrong ones before they are timed"
        )
    return checks


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"
