"""What a configuration would cost at least, so that absurd numbers are refused before anything runs.

The figures are lower bounds on a fast machine: what exceeds the limits by them is not worth a start.
"""

import math
import resource
from collections.abc import Iterator
from itertools import pairwise

import psutil

from retrial.errors import InputError
from retrial.operations.table import OPERATIONS

MIN_LIMIT = 4e9  # bytes that a process may reserve; with less, OpenBLAS waits forever while SciPy is imported
MAX_DAYS = 2
MAX_CALL_S = 0.5  # of NumPy: what takes longer shows nothing new, and each process repeats it
HUGE = 1e60  # larger numbers count as this one, because floats end

FLOP_PER_S, BYTES_PER_S = 2e11, 1e11  # of a fast core
STEP_S = 1e-4  # a step of training, whatever its size
LOOP_S = 3e-8  # a multiply-add or element in a loop of Python
SLICE_S = 2e-5  # a slice of timing, whatever it times
SLICE_BYTES = 4 * 32  # four Python numbers for each slice
PROCESS_S = 0.1  # a fresh interpreter
COPIES = 4  # of each weight: itself, its gradient, and two moments of the optimizer
PREDICTED = 1000  # images at a time
SWEEP_JOBS = 100  # of a sweep at a time, on a cluster with profiles/slurm


def check_costs(config: dict, experiments: dict[str, dict], size: dict[str, int]) -> None:
    """Refuse what needs more memory than this machine has, `MAX_CALL_S` for a call, or `MAX_DAYS` altogether.

    Args:
        config: config.yaml.
        experiments: its experiments, complete.
        size: the `images` of the training set, and the `pixels` of an image.

    Raises:
        InputError: with the key that costs most, and what it would cost; or with the limit of this process.
    """
    if config["force"]:
        return
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY and limit < MIN_LIMIT:
        raise InputError(
            f"ulimit -v: found {limit / 1e9:.1f} GB, expected at least {MIN_LIMIT / 1e9:.0f} GB, which TensorFlow and "
            "BLAS reserve: raise it, or run with --config force=true"
        )
    memory = psutil.virtual_memory().total
    costs = list(_costs(config, experiments, size))
    key, _, needed = max(costs, key=lambda cost: cost[2])
    if needed > memory:
        raise InputError(
            f"config.yaml: {key}: needs about {format_quantity(needed / 1e9)} GB of memory, expected at most "
            f"{memory / 1e9:.0f} GB, which this machine has: use smaller numbers, or run with --config force=true"
        )
    for name in config["timing"]["operations"]:
        seconds = numpy_call_s(name, largest_factor(name, config["timing"]))
        if seconds > MAX_CALL_S:
            raise InputError(
                f"config.yaml: timing.sizes.max_steps.{OPERATIONS[name].size_limit}: a call of {name} in NumPy takes "
                f"{seconds:.1f} s or more, expected at most {MAX_CALL_S} s: use smaller numbers, or run with --config "
                "force=true"
            )
    seconds = sum(cost[1] for cost in costs)
    if seconds > MAX_DAYS * 86400:
        key = max(costs, key=lambda cost: cost[1])[0]
        raise InputError(
            f"config.yaml: {key}: the run takes {format_quantity(seconds / 86400)} days or more, expected at most "
            f"{MAX_DAYS}: use smaller numbers, or run with --config force=true"
        )


def format_quantity(number: float) -> str:
    """A rough number: `7`, `3200`, `4e+25`."""
    return f"{number:.0f}" if number < 1e5 else f"{number:.0e}"


def _costs(config: dict, experiments: dict[str, dict], size: dict[str, int]) -> Iterator[tuple[str, float, float]]:
    """Keys of config.yaml, the seconds of all jobs behind each, and the bytes of the largest of these jobs."""
    for name, settings in experiments.items():
        n = len(settings["seeds"])
        seconds, memory = training_cost(settings, settings["epochs"], size)
        yield f"experiments.{name}", n * seconds, memory
    probes, baseline = config["probes"], experiments["baseline"]
    for name, sweep in config["sweeps"].items():
        settings = baseline | sweep.get("settings", {})
        n = math.prod(map(len, sweep["grid"].values())) * len(sweep["seeds"])
        seconds, memory = training_cost(settings, settings["epochs"], size)
        yield f"sweeps.{name}", n * seconds / min(n, SWEEP_JOBS), memory
    images = min(probes["images"], size["images"])
    seconds, memory = training_cost(baseline, probes["epochs"], size | {"images": images})
    yield "probes", len(probes["seeds"]) * seconds, memory
    timing = _clamp(config["timing"])
    for name in timing["operations"]:
        yield f"timing ({name})", *timing_cost(name, timing)
    yield "timing.replays", timing["replays"] * PROCESS_S, 0
    yield "timing.max_wait_s", timing["max_wait_s"] * (len(timing["operations"]) + 3), 0


def training_cost(settings: dict, epochs: int, size: dict[str, int]) -> tuple[float, float]:
    """The least seconds and bytes of one training."""
    units = [size["pixels"], *(layer["units"] for layer in settings["layers"])]
    weights = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(units))
    batch = min(settings["batch_size"], size["images"])
    steps = epochs * math.ceil(size["images"] / batch)
    seconds = max(steps * STEP_S, 6.0 * epochs * size["images"] * weights / FLOP_PER_S)
    activations = max(2 * batch * sum(units), PREDICTED * max(units))
    return seconds, 4.0 * (COPIES * weights + activations + size["images"] * size["pixels"])


def timing_cost(name: str, timing: dict) -> tuple[float, float]:
    """The least seconds and bytes of the timings of one operation."""
    operation, sizes = OPERATIONS[name], timing["sizes"]
    notebook, factor = operation.work().steps, largest_factor(name, timing)
    most = factor * notebook
    points = 1 + math.log(max(most / min(notebook, sizes["min_steps"]), 1)) / math.log(sizes["factor"])
    loop_s = min(timing["max_call_s"], LOOP_S * most)
    slices = timing["slices"] * len(operation.implementations) * points
    sample_s = max(timing["min_sample_s"], timing["slices"] * SLICE_S)
    process_s = PROCESS_S + points * len(operation.implementations) * sample_s
    process_s += timing["slices"] * (2 * numpy_call_s(name, factor) + loop_s)
    memory = float(operation.work(operation.scaled(factor)).bytes)
    return timing["processes"] * process_s, memory + timing["processes"] * slices * SLICE_BYTES


def largest_factor(name: str, timing: dict) -> float:
    """The work of the largest size of an operation, divided by the notebook's."""
    operation = OPERATIONS[name]
    return max(1, min(timing["sizes"]["max_steps"][operation.size_limit], HUGE) / operation.work().steps)


def numpy_call_s(name: str, factor: float) -> float:
    """The least seconds of a call of NumPy with `factor` times the notebook's work."""
    operation = OPERATIONS[name]
    work = operation.work(operation.scaled(factor))
    return 0 if operation.view else max(work.flop / FLOP_PER_S, work.bytes / BYTES_PER_S)


def _clamp(value):
    """The same settings, with no number above `HUGE`."""
    if isinstance(value, dict):
        return {key: _clamp(item) for key, item in value.items()}
    return min(value, HUGE) if isinstance(value, int | float) else value
