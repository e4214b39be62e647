"""Plan which sizes to time, and time them in fresh processes."""

import hashlib
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pyperf
from joblib import cpu_count

from retrial.job import print_step
from retrial.operations.table import IMPLEMENTATIONS, OPERATIONS, Shapes, format_shapes, make_inputs
from retrial.timing.checks import check, load
from retrial.timing.limits import cache_bytes
from retrial.timing.worker import busy_s

# Whether glibc keeps freed memory or returns it depends on what a process did before; it would be measured with the
# operation, as a factor of ten. Here it keeps up to a gigabyte; results above 32 MB are always returned.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}

# The first call of NumPy on new memory is much slower than the next ones; only from this time on does it not matter.
SLOW_NUMPY_S = 0.1

# Metadata of pyperf that identify the machine or its user.
PRIVATE = {"hostname", "boot_time", "uptime", "python_executable", "python_config_args"}


def make_point(
    operation: str, implementation: str, module: str, shapes: Shapes, call_s: float, settings: dict, **metadata
) -> dict:
    """What a worker has to know to time an implementation at a size.

    Args:
        operation, implementation: their names.
        module: of the function.
        shapes: of the inputs.
        call_s: the expected seconds of a call.
        settings: config.yaml's `timing`.
        metadata: recorded with the times.
    """
    row = IMPLEMENTATIONS.get(implementation)
    return {
        "operation": operation,
        "implementation": implementation,
        "module": module,
        "shapes": shapes,
        "dtype": row.dtype if row else "float64",
        "all_threads": bool(row and row.all_threads),
        # A slow call is a sample by itself, without a call that does not count: smaller sizes have loaded the code.
        "slow": call_s >= (SLOW_NUMPY_S if row and row.module == "numpy" else settings["min_sample_s"]),
        "metadata": metadata,
    }


def plan_points(
    operation: str, modules: dict[str, str], checks: dict[str, dict], shapes: list[Shapes], settings: dict
) -> list[dict]:
    """What to time: every implementation up to the notebook's shapes, and above them while a call stays short.

    NumPy is timed at every size; the others as long as a call takes at most max_call_s, which the call at each size
    predicts for the next.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        checks: for each implementation the seconds of a call at the notebook's shapes, `call_s`, and the metadata of
            its times there.
        shapes: the sizes, growing.
        settings: config.yaml's `timing`.
    """
    notebook = OPERATIONS[operation].shapes
    steps = {s: OPERATIONS[operation].work(s).steps for s in shapes}
    last = dict.fromkeys(checks, notebook)
    call_s, points = {name: metadata["call_s"] for name, metadata in checks.items()}, []
    for s in shapes:
        larger = steps[s] > steps[notebook]
        arrays = make_inputs(s, settings["seed"]) if larger else []
        for name in call_s:
            expected_s = call_s[name] * steps[s] / steps[last[name]]
            is_numpy = IMPLEMENTATIONS[name].module == "numpy"
            if IMPLEMENTATIONS[name].notebook_shapes_only and s != notebook:
                continue
            if larger:
                if expected_s > settings["max_call_s"] and not is_numpy:
                    continue
                expected_s = call_s[name] = time_call(name, modules[name], operation, arrays)
                last[name] = s
            metadata = {key: value for key, value in checks[name].items() if s == notebook and key != "call_s"}
            points.append(make_point(operation, name, modules[name], s, expected_s, settings, **metadata))
    return points


def time_call(implementation: str, module: str, operation: str, arrays: list) -> float:
    """Seconds of one call."""
    function, inputs = load(module, IMPLEMENTATIONS[implementation].dtype, operation, arrays)
    start = time.perf_counter()
    function(*inputs)
    return time.perf_counter() - start


def busy_cores(seconds: float = 0.2) -> float:
    """How many of the cores that this process may use are busy for some seconds, in which it waits."""
    start, busy = time.perf_counter(), busy_s()
    time.sleep(seconds)
    return (busy_s() - busy) / (time.perf_counter() - start)


def wait_for_quiet(max_busy_cores: float, max_wait_s: float) -> float:
    """Wait up to `max_wait_s` until other programs keep at most `max_busy_cores` busy; return how many are busy."""
    deadline = time.monotonic() + max_wait_s
    while (busy := busy_cores()) > max_busy_cores and time.monotonic() < deadline:
        print(f"waiting: other programs keep {busy:.1f} cores busy", flush=True)
    return busy


def run_worker(plan: dict, cache: str, module: str = "retrial.timing.worker") -> dict:
    """Run a plan in a fresh process of a module; `cache` is the folder where Numba finds what it compiled before."""
    python_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | ALLOCATOR | {"PYTHONPATH": python_path, "NUMBA_CACHE_DIR": cache}
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return json.loads(done.stdout)


def take_runs(points: list[dict], settings: dict, cache: str) -> list[pyperf.Benchmark]:
    """Time all points in each of several fresh processes.

    Args:
        points: as `make_point` makes them.
        settings: config.yaml's `timing`.
        cache: a folder for Numba.

    Returns:
        A benchmark of pyperf for each point; in it a run for each process, whose values are its slices.
    """
    keys = ("seed", "blas_threads", "slices", "min_sample_s")
    plan = {key: settings[key] for key in keys} | {"points": points, "cores": cpu_count()}
    common = {key: value for key, value in pyperf.Run([1.0]).get_metadata().items() if key not in PRIVATE}
    common["cache_bytes"] = json.dumps(cache_bytes())
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        common["cpu_affinity"] = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    runs = [[] for _ in points]
    for process in range(settings["processes"]):
        print_step("process", process + 1, settings["processes"], f"{len(points)} points")
        busy = wait_for_quiet(settings["max_busy_cores"], settings["max_wait_s"])
        result = run_worker(plan | {"process": process}, cache)
        calibration = ("loops", "slices")
        plan["points"] = [
            point | {key: timed[key] for key in calibration}
            for point, timed in zip(points, result["points"], strict=True)
        ]
        for point, runs_of_point in zip(result["points"], runs, strict=True):
            shapes = tuple(map(tuple, point["shapes"]))
            metadata = {
                "name": f"{point['operation']} {point['implementation']} {format_shapes(shapes)}",
                **{key: point[key] for key in ("operation", "implementation", "dtype", "loops", "busy_cores")},
                "shape": format_shapes(shapes),
                "shapes": json.dumps(shapes),
                "seed": settings["seed"],
                "process": process,
                "start_busy_cores": busy,
                **{key: json.dumps(point[key]) for key in ("cpu_share", "page_faults", "context_switches")},
            }
            metadata |= common | result["machine"] | point["metadata"]
            if point["all_threads"]:
                metadata["blas_threads"] = plan["cores"]
            runs_of_point.append(pyperf.Run(point["seconds"], metadata=metadata, collect_metadata=False))
    return [pyperf.Benchmark(runs_of_point) for runs_of_point in runs]


def plan_operation(operation: str, modules: dict[str, str], settings: dict) -> list[dict]:
    """Check the implementations of an operation, then plan what to time.

    Args:
        operation: its name.
        modules: for each implementation the name of its module.
        settings: config.yaml's `timing`; without `sizes`, the notebook's shapes alone.

    Returns:
        The points; those at the notebook's shapes have what the check found as metadata.

    Raises:
        InputError: an implementation is wrong.
    """
    row = OPERATIONS[operation]
    arrays = make_inputs(row.shapes, settings["seed"])
    checks = check(operation, modules, arrays)
    if "numba" in checks:  # that call compiled; the fresh processes find the result in the cache
        checks["numba"] |= {"compile_s": checks["numba"]["call_s"], "numba_version": version("numba")}
        checks["numba"]["call_s"] = time_call("numba", modules["numba"], operation, arrays)
    digest = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
    for metadata in checks.values():
        metadata["inputs_sha256"] = digest
    shapes = row.sweep(**settings["sizes"]) if "sizes" in settings else [row.shapes]
    return plan_points(operation, modules, checks, shapes, settings)
