"""What to time: tasks, each an implementation of an operation at a size; and what comes of a task: its slices."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

from retrial.operations.table import CONTROLS, IMPLEMENTATIONS, OPERATIONS, Shapes, load, make_inputs
from retrial.timing.machine import Ceiling

# The first call of NumPy on new memory is much slower than the next ones; only from this time on does it not matter.
SLOW_NUMPY_S = 0.1
# Calls longer than this would take most of the time: they are timed in every third process, and with them all others at
# a size above the notebook's. So is a size of this many numbers: its inputs take long to make. An interval needs six
# processes.
LONG_S, LARGE, MIN_PROCESSES = 0.05, 2**23, 6


class Task(NamedTuple):
    """An implementation of an operation, to be timed on inputs of these shapes.

    loops: the calls in a slice; None: the first process finds how many.
    slices: to take in each process, at most.
    warm: a call that does not count comes before each slice.
    every: it is timed in every such process, from the first on.
    """

    operation: str
    shapes: Shapes
    implementation: str
    loops: int | None = None
    slices: int = 1
    warm: bool = True
    every: int = 1

    @classmethod
    def slow(cls, operation: str, shapes: Shapes, implementation: str, slices: int = 1) -> "Task":
        """A task whose single call is long enough for a slice, and which needs no call before it."""
        return cls(operation, shapes, implementation, loops=1, slices=slices, warm=False)


class Slice(NamedTuple):
    """What was timed: a row of results/timings/slices.csv.

    seconds, page_faults: per call.
    cpu_share: of the time for which the process had a core.
    context_switches: involuntary ones, in the whole slice.
    loops: the calls in the slice.
    busy_cores: how many cores other programs kept busy, before the process or while it timed this operation.
    blas_threads: None where threadpoolctl does not know the library.
    """

    operation: str
    shape: str
    implementation: str
    process: int
    slice: int
    seconds: float
    cpu_share: float
    page_faults: float
    context_switches: int
    loops: int
    busy_cores: float
    blas_threads: int | None


def plan_operation(operation: str, call_s: dict[str, float], shapes: list[Shapes], settings: dict) -> list[Task]:
    """Plan every implementation up to the notebook's shapes, and above them while a call stays short.

    NumPy is timed at every size; the others as long as a call takes at most max_call_s, which the call at each size
    predicts for the next.

    Args:
        operation: its name.
        call_s: for each implementation the seconds of a call at the notebook's shapes.
        shapes: the sizes, growing.
        settings: config.yaml's `timing`.
    """
    notebook = OPERATIONS[operation].shapes
    steps = {s: OPERATIONS[operation].work(s).steps for s in shapes}
    last, tasks = {name: (seconds, steps[notebook]) for name, seconds in call_s.items()}, []
    for s in shapes:
        larger = steps[s] > steps[notebook]
        arrays, expected = make_inputs(s, settings["seed"]) if larger else [], {}
        for name, (seconds, steps_of_last) in last.items():
            row = IMPLEMENTATIONS[name]
            expected_s = seconds * steps[s] / steps_of_last
            if row.notebook_shapes_only and s != notebook:
                continue
            if larger:
                if expected_s > settings["max_call_s"] and row.module != "numpy":
                    continue
                expected_s = time_one_call(operation, name, arrays)
                last[name] = expected_s, steps[s]
            if name != "control" or not larger or expected_s < settings["min_sample_s"]:
                expected[name] = expected_s
        is_long_size = larger and (max(expected.values()) >= LONG_S or sum(map(math.prod, s)) >= LARGE)
        for name, expected_s in expected.items():
            if expected_s >= (SLOW_NUMPY_S if IMPLEMENTATIONS[name].module == "numpy" else settings["min_sample_s"]):
                task = Task.slow(operation, s, name)
            else:
                task = Task(operation, s, name, slices=settings["slices"])
            is_long = is_long_size or expected_s >= LONG_S
            tasks.append(task._replace(every=every_third(settings) if is_long else 1))
        if s == notebook and "control" in call_s and OPERATIONS[operation].parts:
            tasks += [Task(operation, s, name, slices=settings["slices"]) for name in CONTROLS[1:]]
    return tasks


def every_third(settings: dict) -> int:
    """3, or less, so that there are MIN_PROCESSES."""
    return max(1, min(3, settings["processes"] // MIN_PROCESSES))


def time_one_call(operation: str, implementation: str, arrays: list) -> float:
    """Seconds of one call."""
    function, inputs = load(operation, implementation, arrays)
    start = time.perf_counter()
    function(*inputs)
    return time.perf_counter() - start


def plan_ceilings(ceilings: list[Ceiling], settings: dict) -> list[Task]:
    """A task for each ceiling of the machine."""
    every = every_third(settings)
    return [Task(c.function, c.shapes, "ceiling", slices=settings["slices"], every=every) for c in ceilings]


def load_group(group: list[Task], settings: dict) -> list[tuple[Callable, list]]:
    """The functions of tasks of one operation on inputs of the same shapes, each with the inputs, which they share."""
    operation, shapes, *_ = group[0]
    arrays = make_inputs(shapes, settings["seed"])
    if operation in OPERATIONS and OPERATIONS[operation].positive:
        arrays = [abs(array) for array in arrays]
    return [load(operation, task.implementation, arrays) for task in group]
