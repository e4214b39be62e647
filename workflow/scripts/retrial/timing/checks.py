"""Check the implementations of an operation against each other before anything is timed."""

import time
from importlib import import_module

import numpy as np

from retrial.errors import InputError
from retrial.operations.table import IMPLEMENTATIONS

# Sums in another order differ by rounding, about 1e-14 here (in float32 about 1e-5); a wrong bound or index shows as
# 0.01 and more.
TOLERANCES = {"float64": 1e-10, "float32": 1e-3}


def load(module: str, dtype: str, operation: str, arrays: list[np.ndarray]) -> tuple:
    """The function of an operation in a module, and the float64 arrays as it takes them: of a dtype, or lists."""
    loaded = import_module(module)
    if hasattr(loaded, "TAKES_LISTS"):
        return getattr(loaded, operation), [array.tolist() for array in arrays]
    return getattr(loaded, operation), [array.astype(dtype, copy=False) for array in arrays]


def max_abs_error(result: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two results; infinite where their shapes differ."""
    return float(np.abs(result - expected).max()) if result.shape == expected.shape else np.inf


def check(operation: str, modules: dict[str, str], arrays: list[np.ndarray]) -> dict[str, dict]:
    """Call every implementation once and compare the results.

    An implementation is wrong if it differs from all that are independent of it. Another dtype or number of threads
    makes no independent implementation, and neither does Numba, which compiles the very same loops as `naive`.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        arrays: the inputs, float64.

    Returns:
        For each implementation `checked_against`, `max_abs_error`, the largest difference from that one, its
        `tolerance`, and `call_s`, the seconds of its call.

    Raises:
        InputError: an implementation is wrong, or changes its inputs.
    """
    results, checks = {}, {}
    for name, module in modules.items():
        function, inputs = load(module, IMPLEMENTATIONS[name].dtype, operation, [array.copy() for array in arrays])
        before = [np.array(values) for values in inputs]
        start = time.perf_counter()
        result = function(*inputs)
        checks[name] = {"call_s": time.perf_counter() - start, "tolerance": TOLERANCES[IMPLEMENTATIONS[name].dtype]}
        results[name] = np.asarray(result)
        if not all(map(np.array_equal, before, inputs)):
            raise InputError(
                f"{_file(module)}: {operation} changes its inputs, expected it to leave them unchanged; "
                "correct it before it is timed"
            )
    for name, result in results.items():
        others = {o: r for o, r in results.items() if o != "numba" and modules[o] != modules[name]}
        reference = next((o for o in ("numpy", "naive") if o in others), next(iter(others)))
        error, tolerance = max_abs_error(result, results[reference]), checks[name]["tolerance"]
        if not any(max_abs_error(result, other) <= tolerance for other in others.values()):
            shapes = result.shape, results[reference].shape
            problem = (
                f"returns shape {shapes[0]}, expected {shapes[1]} as {reference} returns"
                if shapes[0] != shapes[1]
                else f"differs from {reference} by up to {error:.3g}, expected at most {tolerance:g}"
            )
            raise InputError(f"{_file(modules[name])}: {operation} {problem}; correct it before it is timed")
        print(f"checked: {operation} {name} differs from {reference} by at most {error:.2g}", flush=True)
        checks[name] |= {"checked_against": reference, "max_abs_error": error}
    if wrong := [name for name, row in checks.items() if not row["max_abs_error"] <= row["tolerance"]]:
        raise InputError(
            f"retrial/operations: {operation}: implementations disagree, {', '.join(wrong)} differ from their "
            "references, expected all to agree; correct the wrong ones before they are timed"
        )
    return checks


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"
