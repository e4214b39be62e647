"""Time implementations in one fresh process, in turn, so that what belongs in one ratio was measured together.

python -m retrial.timing.worker < plan.json > measurements.json
"""

import json
import math
import os
import sys
import time
import timeit
from itertools import groupby

import numpy as np
import psutil
import pyperf
from threadpoolctl import threadpool_info, threadpool_limits

from retrial.operations.table import make_inputs
from retrial.timing.checks import load

# A sample is taken in slices, and the implementations take turns slice by slice: a machine that slows down for a
# moment, as a shared one does, slows down all of them, and their ratios stay.
SLICES = 5

# Metadata of pyperf that identify the machine or its user.
PRIVATE = {"hostname", "boot_time", "uptime", "python_executable", "python_config_args"}


def make_timer(function, inputs: list) -> timeit.Timer:
    """A timer with a loop of its own, which the interpreter can specialise for this one function."""
    names = [f"x{i}" for i in range(len(inputs))]
    return timeit.Timer(f"f({', '.join(names)})", globals=dict(zip(names, inputs, strict=True)) | {"f": function})


def calibrate(timer: timeit.Timer, min_sample_s: float) -> tuple[int, int]:
    """Warm up, and find in how many slices of how many calls a sample takes about `min_sample_s`."""
    if timer.timeit(1) >= min_sample_s:
        return 1, 1
    slice_s = min_sample_s / SLICES
    loops, seconds = 1, timer.timeit(1)
    while seconds < slice_s / 4:
        loops *= 4
        seconds = timer.timeit(loops)
    call_s = seconds / loops
    loops = max(1, round(slice_s / call_s))
    return loops, min(SLICES, math.ceil(min_sample_s / (loops * call_s)))


def busy_s() -> float:
    """Seconds for which the processors of this machine were busy since it started."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0)


def take_samples(plan: dict) -> list[dict]:
    """Run the plan: for every shape, the implementations in turn, as often as there are samples."""
    points = []
    for shapes, group in groupby(plan["points"], key=lambda point: point["shapes"]):
        arrays = make_inputs(shapes, plan["seed"])
        timers = []
        for point in group:
            timer = make_timer(*load(point["module"], point["operation"], arrays))
            loops, slices = (1, 1) if point["slow"] else calibrate(timer, plan["min_sample_s"])
            point |= {"loops": loops, "slices": slices, "values": [], "cpu_share": []}
            timers.append((timer, point))
        for _ in range(plan["samples"]):
            seconds, cpu, wall = ([0.0] * len(timers) for _ in range(3))
            for slice in range(SLICES):
                for i, (timer, point) in enumerate(timers):
                    if slice < point["slices"]:
                        cpu[i] -= time.process_time()
                        wall[i] -= time.perf_counter()
                        seconds[i] += timer.timeit(point["loops"])
                        wall[i] += time.perf_counter()
                        cpu[i] += time.process_time()
            for i, (_, point) in enumerate(timers):
                point["values"].append(seconds[i] / point["loops"] / point["slices"])
                point["cpu_share"].append(cpu[i] / wall[i])
        points += [point for _, point in timers]
    return points


def main() -> None:
    """Measure the plan on standard input; write measurements and metadata to standard output as JSON."""
    plan = json.load(sys.stdin)
    with threadpool_limits(plan["blas_threads"], user_api="blas"):
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
        start, busy, cpu = time.perf_counter(), busy_s(), time.process_time()
        points = take_samples(plan)
        elapsed = time.perf_counter() - start
        others = (busy_s() - busy - (time.process_time() - cpu)) / elapsed / os.cpu_count()
    metadata = pyperf.Run([1.0]).get_metadata()
    metadata = {key: value for key, value in metadata.items() if key not in PRIVATE} | {
        "seed": plan["seed"],
        "numpy_version": np.__version__,
        "others_load": max(0.0, others),
        "blas": ", ".join(f"{b['internal_api']} {b['version']} {b.get('architecture')}" for b in libraries),
    }
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        metadata["cpu_affinity"] = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    if libraries:  # threadpoolctl does not know every library
        metadata["blas_threads"] = max(library["num_threads"] for library in libraries)
    json.dump({"points": points, "metadata": metadata}, sys.stdout)


if __name__ == "__main__":
    main()
