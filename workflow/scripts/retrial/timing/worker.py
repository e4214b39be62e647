"""Time implementations in one fresh process, in turn, so that what belongs in one ratio was measured together.

python -m retrial.timing.worker < plan.json > measurements.json
"""

import json
import math
import os
import random
import resource
import sys
import time
import timeit
from contextlib import nullcontext
from itertools import groupby

import numpy as np
import psutil
from threadpoolctl import ThreadpoolController

from retrial.job import end_with_parent
from retrial.operations.table import make_inputs
from retrial.timing.checks import load


def make_timer(function, inputs: list) -> timeit.Timer:
    """A timer with a loop of its own, which the interpreter can specialise for this one function."""
    names = [f"x{i}" for i in range(len(inputs))]
    return timeit.Timer(f"f({', '.join(names)})", globals=dict(zip(names, inputs, strict=True)) | {"f": function})


def calibrate(timer: timeit.Timer, slices: int, min_sample_s: float) -> tuple[int, int]:
    """Find how many calls a slice has, and how many slices, so that all last about `min_sample_s` together."""
    timer.timeit(1)  # loads what is compiled, touches the memory
    slice_s = min_sample_s / slices
    loops, seconds = 1, timer.timeit(1)
    while seconds < slice_s / 4:
        loops *= 4
        seconds = timer.timeit(loops)
    call_s = seconds / loops
    loops = max(1, round(slice_s / call_s))
    return loops, min(slices, math.ceil(min_sample_s / (loops * call_s)))


def busy_s() -> float:
    """Seconds for which the cores that this process may use were busy since the machine started."""
    cores = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):  # not on macOS; a container may number its cores in another way
        cores = [core for number, core in enumerate(cores) if number in os.sched_getaffinity(0)] or cores
    return sum(sum(core) - core.idle - getattr(core, "iowait", 0) - getattr(core, "guest", 0) for core in cores)


def take_slice(timer: timeit.Timer, point: dict) -> None:
    """Time one slice, after a call that does not count, and add it to the point.

    The call that does not count brings back into the caches what the other implementations replaced; a slow call, which
    is a sample by itself, does without.
    """
    if not point["slow"]:
        timer.timeit(1)
    before, cpu_s, start = resource.getrusage(resource.RUSAGE_SELF), time.process_time(), time.perf_counter()
    seconds = timer.timeit(point["loops"])
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_s
    after = resource.getrusage(resource.RUSAGE_SELF)
    point["seconds"].append(seconds / point["loops"])
    point["cpu_share"].append(cpu_s / wall_s)
    point["page_faults"].append((after.ru_minflt - before.ru_minflt) / point["loops"])
    point["context_switches"].append(after.ru_nivcsw - before.ru_nivcsw)


def take_samples(group: list[dict], plan: dict, threads: ThreadpoolController, order: random.Random) -> None:
    """Time the points of a group, which have the same inputs: slices of all of them in turn, added to the points.

    Their order is random in each round, because a slice depends a little on what ran before it.
    """
    arrays, timers = make_inputs(group[0]["shapes"], plan["seed"]), []
    for point in group:
        timer = make_timer(*load(point["module"], point["dtype"], point["operation"], arrays))
        if "loops" not in point:  # later processes take what the first one found
            slow = point["slow"]
            loops = (1, 1) if slow else calibrate(timer, plan["slices"], plan["min_sample_s"])
            point["loops"], point["slices"] = loops
        point |= {"seconds": [], "cpu_share": [], "page_faults": [], "context_switches": []}
        timers.append((timer, point))
    for i in range(plan["slices"]):
        for timer, point in order.sample(timers, len(timers)):
            if i < point["slices"]:
                limit = threads.limit(limits=plan["cores"], user_api="blas") if point["all_threads"] else None
                with limit or nullcontext():
                    take_slice(timer, point)


def main() -> None:
    """Measure the plan on standard input; write the points, and what the machine did, to standard output as JSON.

    Points of one operation at the same shapes, one after the other in the plan, are a group. How many cores other
    programs keep busy is measured for each operation.
    """
    end_with_parent()
    plan = json.load(sys.stdin)
    threads, order = ThreadpoolController(), random.Random(plan["process"])
    with threads.limit(limits=plan["blas_threads"], user_api="blas"):
        blas = threads.select(user_api="blas").info()
        for _, points in groupby(plan["points"], key=lambda point: point["operation"]):
            points = list(points)
            start, busy, cpu = time.perf_counter(), busy_s(), time.process_time()
            for _, group in groupby(points, key=lambda point: point["shapes"]):
                take_samples(list(group), plan, threads, order)
            others_s = busy_s() - busy - (time.process_time() - cpu)
            for point in points:
                point["busy_cores"] = max(0.0, others_s / (time.perf_counter() - start))
    machine = {
        "numpy_version": np.__version__,
        "blas": ", ".join(f"{b['internal_api']} {b['version']} {b.get('architecture')}" for b in blas),
    }
    if blas:  # threadpoolctl does not know every library
        machine["blas_threads"] = max(library["num_threads"] for library in blas)
    json.dump({"points": plan["points"], "machine": machine}, sys.stdout)


if __name__ == "__main__":
    main()
