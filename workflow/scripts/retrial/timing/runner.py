"""Check the implementations of a tensor operation against each other, then time them in fresh processes."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import psutil
import pyperf

from retrial.pipeline.errors import InputError
from retrial.operations.table import SHAPES, Shapes, make_inputs, prepare, reference, shape_text, sweep, work

# Whether glibc keeps freed memory or gives it back depends on what a process has done before; it would be measured with
# the operation, as a factor of ten. Here it keeps up to a gigabyte; results above 32 MB it always gives back.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}

# Sums in another order differ by rounding, about 1e-14 here; a wrong bound or index shows as 0.01 and more.
TOLERANCE = 1e-10


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two results; infinite where their shapes differ."""
    return float(np.abs(found - expected).max()) if found.shape == expected.shape else np.inf


def check(operation: str, implementations: list[str], arrays: list[np.ndarray]) -> dict[str, dict]:
    """Call every implementation once and hold the results against each other.

    Wrong is what differs from every other implementation; Numba, which compiles the very same loops, is no witness.

    Returns:
        For each implementation `checked_against`, `max_abs_error`, the largest difference from that one, and `call_s`,
        the seconds of its call.

    Raises:
        InputError: an implementation is wrong, or changes its inputs.
    """
    results, checked = {}, {}
    for implementation in implementations:
        function, inputs = prepare(operation, implementation, [array.copy() for array in arrays])
        start = time.perf_counter()
        result = function(*inputs)
        checked[implementation] = {"call_s": time.perf_counter() - start}
        results[implementation] = np.asarray(result)
        if not all(np.array_equal(before, after) for before, after in zip(arrays, inputs, strict=True)):
            raise InputError(
                f"retrial/{implementation}_ops.py: {operation} changes its inputs, expected it to leave them as they "
                "are; it is not timed: correct it"
            )
    for implementation, found in results.items():
        others = {name: result for name, result in results.items() if name not in (implementation, "numba")}
        other = reference(implementation) if reference(implementation) in others else next(iter(others))
        error = difference(found, results[other])
        if not any(difference(found, result) <= TOLERANCE for result in others.values()):
            what = f"retrial/{implementation}_ops.py: {operation}"
            if found.shape != results[other].shape:
                raise InputError(
                    f"{what} returns shape {found.shape}, expected {results[other].shape} by {other}; it is not timed: "
                    "correct it"
                )
            raise InputError(
                f"{what} differs from {other} by up to {error:.3g}, expected at most {TOLERANCE:g}; it is not timed: "
                "correct it"
            )
        print(f"checked: {operation} {implementation} differs from {other} by {error:.2g} at most", flush=True)
        checked[implementation] |= {"checked_against": other, "max_abs_error": error}
    apart = [name for name, result in checked.items() if not result["max_abs_error"] <= TOLERANCE]
    if apart:
        raise InputError(
            f"retrial/*_ops.py: {operation}: two camps, {', '.join(apart)} differ from those they are held against, "
            "expected all to agree; none is timed: correct the wrong ones"
        )
    return checked


def plan_points(operation: str, call_s: dict[str, float], shapes: list[Shapes], settings: dict) -> list[dict]:
    """What to time: every implementation up to the notebook's shapes, and as far above as a call stays short.

    NumPy is timed at every size; the others up to max_call_s a call, which each size's call foretells for the next.

    Args:
        operation: its name.
        call_s: seconds of a call at the notebook's shapes, for each implementation.
        shapes: the sizes, growing.
        settings: config.yaml's `timing`.
    """
    steps = {s: work(operation, s).steps for s in shapes}
    last = dict.fromkeys(call_s, SHAPES[operation])
    call_s, points = dict(call_s), []
    for s in shapes:
        growth = {name: steps[s] / steps[last[name]] for name in call_s}
        timed = [n for n in call_s if n == "numpy" or growth[n] <= 1 or call_s[n] * growth[n] <= settings["max_call_s"]]
        larger = steps[SHAPES[operation]] < steps[s] < max(steps.values())
        arrays = make_inputs(s, settings["seed"]) if larger and timed != ["numpy"] else []
        for name in timed:
            if larger and name != "numpy":
                function, inputs = prepare(operation, name, arrays)
                start = time.perf_counter()
                function(*inputs)
                call_s[name], last[name] = time.perf_counter() - start, s
            expected = call_s[name] * steps[s] / steps[last[name]]
            slow = name != "numpy" and expected >= settings["min_sample_s"]
            points.append({"operation": operation, "implementation": name, "shapes": s, "slow": slow})
    return points


def wait_for_quiet(max_load: float, max_wait_s: float) -> float:
    """Wait, up to `max_wait_s`, until others take at most `max_load` of the processors; return what they take."""
    deadline = time.monotonic() + max_wait_s
    while (load := psutil.cpu_percent(interval=0.2) / 100) > max_load and time.monotonic() < deadline:
        print(f"waiting: other programs take {load:.0%} of the processors", flush=True)
    return load


def run_worker(plan: dict, cache: str) -> dict:
    """Run a plan in a fresh process, see retrial/timing/worker.py; `cache` is where Numba finds what it compiled before."""
    python_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | ALLOCATOR | {"PYTHONPATH": python_path, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [sys.executable, "-m", "retrial.timing.worker"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return json.loads(done.stdout)


def take_runs(points: list[dict], common: dict[str, dict], settings: dict, cache: str) -> pyperf.BenchmarkSuite:
    """Time all points in each of several fresh processes.

    Args:
        points: `operation`, `implementation`, `shapes`, and `slow`: one call is a sample, without warm-up.
        common: metadata for each implementation, about the notebook's shapes.
        settings: config.yaml's `timing`.
        cache: a folder for Numba.

    Returns:
        A benchmark of pyperf for each point, in it a run for each process.
    """
    plan = {key: settings[key] for key in ("seed", "blas_threads", "samples", "min_sample_s")} | {"points": points}
    load = wait_for_quiet(settings["max_load"], settings["max_wait_s"])
    runs = [[] for _ in points]
    for process in range(settings["processes"]):
        print(f"process {process + 1} of {settings['processes']}: {len(points)} points", flush=True)
        result = run_worker(plan, cache)
        for point, of_point in zip(result["points"], runs, strict=True):
            operation, implementation = point["operation"], point["implementation"]
            shape = shape_text(tuple(map(tuple, point["shapes"])))
            metadata = {
                "name": f"{operation} {implementation} {shape}",
                "operation": operation,
                "implementation": implementation,
                "shape": shape,
                "shapes": json.dumps(point["shapes"]),
                "dtype": "float64",
                "loops": point["loops"] * point["slices"],
                "process": process,
                "start_load": load,
                "cpu_share": json.dumps(point["cpu_share"]),
            }
            metadata |= result["metadata"]
            if shape == shape_text(SHAPES.get(operation, ())):
                metadata |= common.get(implementation, {})
            of_point.append(pyperf.Run(point["values"], metadata=metadata, collect_metadata=False))
    return pyperf.BenchmarkSuite([pyperf.Benchmark(of_point) for of_point in runs])


def measure(operation: str, implementations: list[str], settings: dict) -> pyperf.BenchmarkSuite:
    """Check the implementations of an operation, then time them together.

    Args:
        operation: its name.
        implementations: their names.
        settings: config.yaml's `timing`; without `sizes`, the notebook's shapes alone.

    Raises:
        InputError: an implementation computes something else than its reference.
    """
    arrays = make_inputs(SHAPES[operation], settings["seed"])
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        common = check(operation, implementations, arrays)
        call_s = {implementation: metadata.pop("call_s") for implementation, metadata in common.items()}
        if "numba" in common:  # that call compiled; the fresh processes find the result in the cache
            common["numba"] |= {"compile_s": call_s["numba"], "numba_version": version("numba")}
            function, inputs = prepare(operation, "numba", arrays)
            start = time.perf_counter()
            function(*inputs)
            call_s["numba"] = time.perf_counter() - start
        for metadata in common.values():
            metadata["inputs_sha256"] = digest
        shapes = sweep(operation, **settings["sizes"]) if "sizes" in settings else [SHAPES[operation]]
        return take_runs(plan_points(operation, call_s, shapes, settings), common, settings, cache)
