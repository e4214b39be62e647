"""Time tasks in fresh processes, in turns, so that what belongs in one ratio was measured together.

`take_slices` starts the processes, one after the other: python -m retrial.timing.worker < job > slices, both pickled.
"""

import gc
import math
import os
import pickle
import random
import resource
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from contextlib import nullcontext
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from retrial.job import end_with_parent, print_step
from retrial.operations.table import IMPLEMENTATIONS, format_shapes
from retrial.timing.machine import busy_s, wait_for_quiet
from retrial.timing.plan import Slice, Task, load_group

# Whether glibc keeps freed memory or returns it depends on what a process did before; it would be measured with the
# operation, as a factor of ten. Here it keeps up to a gigabyte; results above 32 MB are always returned.
ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}


def take_slices(tasks: list[Task], settings: dict, cache: str, load: Callable = load_group) -> list[Slice]:
    """Time all tasks in each of several fresh processes; the first finds the loops for those that have none.

    Args:
        tasks: those of an operation on inputs of the same shapes one after the other: they are timed in turns.
        settings: config.yaml's `timing`.
        cache: the folder where Numba finds what it compiled before.
        load: a function of a module: it returns what to call and its inputs, for each task of a group.
    """
    slices = []
    for process in range(settings["processes"]):
        due = [task for task in tasks if process % task.every == 0]
        print_step("process", process + 1, settings["processes"], f"{len(due)} tasks")
        busy = wait_for_quiet(settings["max_busy_cores"], settings["max_wait_s"])
        timed, taken = run_worker(due, settings, cache, load, process)
        tasks = tasks if process else timed
        slices += [s._replace(busy_cores=max(s.busy_cores, busy)) for s in taken]
    return slices


def run_worker(
    tasks: list[Task], settings: dict, cache: str, load: Callable = load_group, process: int = 0
) -> tuple[list[Task], list[Slice]]:
    """Time all tasks in a fresh process; return them with their loops, and the slices."""
    python_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | ALLOCATOR | {"PYTHONPATH": python_path, "NUMBA_CACHE_DIR": cache}
    command, job = [sys.executable, "-m", "retrial.timing.worker"], pickle.dumps((tasks, settings, load, process))
    return pickle.loads(subprocess.run(command, input=job, stdout=subprocess.PIPE, check=True, env=environment).stdout)


def main() -> None:
    """Time the tasks on standard input. How many cores other programs keep busy is measured for each operation."""
    end_with_parent()
    gc.disable()  # as timeit does
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a function prints is no part of the answer
    tasks, settings, load, process = pickle.load(sys.stdin.buffer)
    if load is load_group:  # a function of a user's may need SciPy
        sys.modules["scipy"] = None  # Numba would import it, for functions that nothing here compiles
    threads, order = ThreadpoolController(), random.Random(process)
    timed, slices = [], []
    with threads.limit(limits=settings["blas_threads"], user_api="blas"):
        for _, of_operation in groupby(tasks, key=lambda task: task.operation):
            start, busy, cpu, taken = time.perf_counter(), busy_s(), time.process_time(), []
            for _, group in groupby(of_operation, key=lambda task: task.shapes):
                timers = make_timers(list(group), settings, load)
                timed += [timer.task for timer in timers]
                taken += take_turns(timers, threads, order)
                del timers  # its arrays, before the next ones are made
            others_s = busy_s() - busy - (time.process_time() - cpu)
            others = max(0.0, others_s / (time.perf_counter() - start))
            slices += [s._replace(process=process, busy_cores=others) for s in taken]
    with answer:
        pickle.dump((timed, slices), answer)
    gc.freeze()  # so the end of the process is short


class Timer(NamedTuple):
    """A task with its loops, and a function that calls it this many times and returns the seconds."""

    task: Task
    timeit: Callable[[int], float]


def make_timers(group: list[Task], settings: dict, load: Callable) -> list[Timer]:
    """Load the tasks of a group, and find the loops of those that have none."""
    timers = []
    for task, (function, inputs) in zip(group, load(group, settings), strict=True):
        timeit = make_timeit(function, inputs)
        if task.loops is None:
            loops, slices = calibrate(timeit, task.slices, settings["min_sample_s"])
            task = task._replace(loops=loops, slices=slices)
        timers.append(Timer(task, timeit))
    return timers


def make_timeit(function: Callable, inputs: list) -> Callable[[int], float]:
    """A loop of its own for a function, which the interpreter can specialise for this one."""
    names = [f"x{i}" for i in range(len(inputs))]
    variables = dict(zip(names, inputs, strict=True)) | {"f": function}
    return timeit.Timer(f"f({', '.join(names)})", globals=variables).timeit


def calibrate(timeit: Callable[[int], float], slices: int, min_sample_s: float) -> tuple[int, int]:
    """Find how many calls a slice has, and how many slices, so that all last about `min_sample_s` together."""
    timeit(1)  # loads what is compiled, touches the memory
    slice_s = min_sample_s / slices
    loops = 1
    while (seconds := timeit(loops)) < slice_s / 4:
        loops *= 4
    if seconds < slice_s:  # short enough for an interruption to matter
        seconds = min(seconds, timeit(loops), timeit(loops))
    call_s = seconds / loops
    loops = max(1, round(slice_s / call_s))
    return loops, min(slices, math.ceil(min_sample_s / (loops * call_s)))


def take_turns(timers: list[Timer], threads: ThreadpoolController, order: random.Random) -> list[Slice]:
    """Take a slice of each task in turn, until all have theirs.

    Their order is random in each round, because a slice depends a little on what ran before it.
    """
    slices = []
    for i in range(max(timer.task.slices for timer in timers)):
        for timer in order.sample(timers, len(timers)):
            if i < timer.task.slices:
                row = IMPLEMENTATIONS.get(timer.task.implementation)  # Keras has none
                all_threads = row and row.all_threads
                with threads.limit(limits=cpu_count(), user_api="blas") if all_threads else nullcontext():
                    blas = [library["num_threads"] for library in threads.info() if library["user_api"] == "blas"]
                    slices.append(take_slice(timer, i)._replace(blas_threads=max(blas, default=None)))
    return slices


def take_slice(timer: Timer, number: int) -> Slice:
    """Time one slice, after a call that does not count.

    That call brings back into the caches what the other implementations replaced.
    """
    task = timer.task
    if task.warm:
        timer.timeit(1)
    before, cpu_s, start = resource.getrusage(resource.RUSAGE_SELF), time.process_time(), time.perf_counter()
    seconds = timer.timeit(task.loops)
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_s
    after = resource.getrusage(resource.RUSAGE_SELF)
    return Slice(
        operation=task.operation,
        shape=format_shapes(task.shapes),
        implementation=task.implementation,
        process=0,
        slice=number,
        seconds=seconds / task.loops,
        cpu_share=cpu_s / wall_s,
        page_faults=(after.ru_minflt - before.ru_minflt) / task.loops,
        context_switches=after.ru_nivcsw - before.ru_nivcsw,
        loops=task.loops,
        busy_cores=0.0,
        blas_threads=None,
    )


if __name__ == "__main__":
    main()
