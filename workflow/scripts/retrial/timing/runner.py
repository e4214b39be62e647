"""Plan which sizes to time, and time them in fresh processes."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psutil
import pyperf

from retrial.operations.table import OPERATIONS, Shapes, format_shapes, make_inputs
from retrial.pipeline.job import print_step
from retrial.timing.checks import check, load

# Whether glibc keeps freed memory or returns it depends on what a process did before; it would be measured with the
# operation, as a factor of ten. Here it keeps up to a gigabyte; results above 32 MB are always returned.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}


def plan_points(
    operation: str, modules: dict[str, str], call_s: dict[str, float], shapes: list[Shapes], settings: dict
) -> list[dict]:
    """What to time: every implementation up to the notebook's shapes, and above them while a call stays short.

    NumPy is timed at every size; the others as long as a call takes at most max_call_s, which the call at each size
    predicts for the next.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        call_s: for each implementation the seconds of a call at the notebook's shapes.
        shapes: the sizes, growing.
        settings: config.yaml's `timing`.
    """
    notebook = OPERATIONS[operation].shapes
    steps = {s: OPERATIONS[operation].work(s).steps for s in shapes}
    last = dict.fromkeys(call_s, notebook)
    call_s, points = dict(call_s), []
    for s in shapes:
        growth = {name: steps[s] / steps[last[name]] for name in call_s}
        timed = [n for n in call_s if n == "numpy" or growth[n] <= 1 or call_s[n] * growth[n] <= settings["max_call_s"]]
        between = steps[notebook] < steps[s] < max(steps.values())
        arrays = make_inputs(s, settings["seed"]) if between and timed != ["numpy"] else []
        for name in timed:
            if between and name != "numpy":
                call_s[name], last[name] = time_call(modules[name], operation, arrays), s
            expected_s = call_s[name] * steps[s] / steps[last[name]]
            # A slow call is a sample by itself, without warm-up; Numba's warm-up loads what it compiled before.
            slow = name not in ("numpy", "numba") and expected_s >= settings["min_sample_s"]
            points.append(
                {"operation": operation, "implementation": name, "module": modules[name], "shapes": s, "slow": slow}
            )
    return points


def time_call(module: str, operation: str, arrays: list) -> float:
    """Seconds of one call."""
    function, inputs = load(module, operation, arrays)
    start = time.perf_counter()
    function(*inputs)
    return time.perf_counter() - start


def wait_for_quiet(max_load: float, max_wait_s: float) -> float:
    """Wait up to `max_wait_s` until other programs take at most `max_load` of the processors; return their share."""
    deadline = time.monotonic() + max_wait_s
    while (load := psutil.cpu_percent(interval=0.2) / 100) > max_load and time.monotonic() < deadline:
        print(f"waiting: other programs take {load:.0%} of the processors", flush=True)
    return load


def run_worker(plan: dict, cache: str) -> dict:
    """Run a plan in a fresh process; `cache` is the folder where Numba finds what it compiled before."""
    python_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
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


def take_runs(points: list[dict], checks: dict[str, dict], settings: dict, cache: str) -> pyperf.BenchmarkSuite:
    """Time all points in each of several fresh processes.

    Args:
        points: `operation`, `implementation`, `module`, `shapes`, and `slow`: one call is a sample, without warm-up.
        checks: for each implementation, metadata of its benchmark at the notebook's shapes.
        settings: config.yaml's `timing`.
        cache: a folder for Numba.

    Returns:
        A benchmark of pyperf for each point, with a run for each process.
    """
    plan = {key: settings[key] for key in ("seed", "blas_threads", "samples", "min_sample_s")} | {"points": points}
    load = wait_for_quiet(settings["max_load"], settings["max_wait_s"])
    runs = [[] for _ in points]
    for process in range(settings["processes"]):
        print_step("process", process + 1, settings["processes"], f"{len(points)} points")
        result = run_worker(plan, cache)
        for point, runs_of_point in zip(result["points"], runs, strict=True):
            operation, implementation = point["operation"], point["implementation"]
            shapes = tuple(map(tuple, point["shapes"]))
            metadata = {
                "name": f"{operation} {implementation} {format_shapes(shapes)}",
                "operation": operation,
                "implementation": implementation,
                "shape": format_shapes(shapes),
                "shapes": json.dumps(shapes),
                "dtype": "float64",
                "loops": point["loops"] * point["slices"],
                "process": process,
                "start_load": load,
                "cpu_share": json.dumps(point["cpu_share"]),
            }
            metadata |= result["metadata"]
            if implementation in checks and shapes == OPERATIONS[operation].shapes:
                metadata |= checks[implementation]
            runs_of_point.append(pyperf.Run(point["values"], metadata=metadata, collect_metadata=False))
    return pyperf.BenchmarkSuite([pyperf.Benchmark(runs_of_point) for runs_of_point in runs])


def measure(operation: str, modules: dict[str, str], settings: dict) -> pyperf.BenchmarkSuite:
    """Check the implementations of an operation, then time them together.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        settings: config.yaml's `timing`; without `sizes`, the notebook's shapes alone.

    Raises:
        InputError: an implementation is wrong.
    """
    row = OPERATIONS[operation]
    arrays = make_inputs(row.shapes, settings["seed"])
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        checks = check(operation, modules, arrays)
        call_s = {name: metadata.pop("call_s") for name, metadata in checks.items()}
        if "numba" in checks:  # that call compiled; the fresh processes find the result in the cache
            checks["numba"] |= {"compile_s": call_s["numba"], "numba_version": version("numba")}
            call_s["numba"] = time_call(modules["numba"], operation, arrays)
        for metadata in checks.values():
            metadata["inputs_sha256"] = digest
        shapes = row.sweep(**settings["sizes"]) if "sizes" in settings else [row.shapes]
        return take_runs(plan_points(operation, modules, call_s, shapes, settings), checks, settings, cache)
