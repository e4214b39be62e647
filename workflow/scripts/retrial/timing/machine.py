"""The machine: what it is, how busy it is, and its ceilings.

A ceiling is how fast it reads, copies and adds numbers at each level of its memory, and multiplies. An operation is
compared with the ceiling of its own mix of reads and writes at the level where its arrays fit.
"""

import os
import platform
import re
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil
from joblib import cpu_count
from threadpoolctl import threadpool_info

from retrial.operations.table import Shapes

# Of the data caches, where the system does not tell.
USUAL_CACHES = {"L1": 2**15, "L2": 2**20, "L3": 2**25}
# The arrays that are measured beyond the caches: as large as the largest vectors of an operation, because smaller ones
# can be read more slowly. The L3 cache that a virtual machine reports may be its host's, so what lies between is
# measured just above L2, whatever it is.
MEMORY_BYTES = 2**28

# BLAS is fastest at one of these: in the caches, or where the product is large; some like its shape not square.
PRODUCTS = ((150, 50, 100), (256, 256, 256), (1024, 1024, 1024), (2400, 800, 1600))


class Ceiling(NamedTuple):
    """A ceiling, measured by the function `function` of retrial/operations/ceilings.py.

    shapes: of the inputs.
    name, unit: in results/timings/limits.csv.
    level: `L1`, `L2`, `L3` (just above L2) or `memory`; of the products, their size.
    amount: what a call does, in units times seconds.
    """

    function: str
    shapes: Shapes
    name: str
    unit: str
    level: str
    amount: float


def describe_cpu() -> dict[str, str | None]:
    """The processor, as Linux tells; None is unknown.

    cpu_model: its name, which a virtual machine may shorten.
    cpu_family: maker, family, model and stepping, which name its kind nevertheless.
    cpu_instructions: the instruction sets for vectors and matrices, which decide how libraries round.
    """
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    facts = {key.strip(): " ".join(value.split()) for key, _, value in (line.partition(":") for line in lines)}
    numbers = [facts.get(key) for key in ("vendor_id", "cpu family", "model", "stepping")]
    instructions = [flag for flag in facts.get("flags", "").split() if re.match("sse|avx|amx|fma|f16c", flag)]
    return {
        "cpu_model": facts.get("model name"),
        "cpu_family": " ".join(filter(None, numbers)) or None,
        "cpu_instructions": " ".join(sorted(instructions)) or None,
    }


def cache_bytes() -> dict[str, int]:
    """The size of each data cache of the first processor in bytes, by level."""
    caches = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction" and size.endswith("K"):
            caches[f"L{level}"] = int(size[:-1]) * 1024
    return caches or USUAL_CACHES


def describe() -> dict:
    """The content of machine.json: what is the same for all slices of a run."""
    blas = [library for library in threadpool_info() if library["user_api"] == "blas"]
    return {
        **describe_cpu(),
        "cores": cpu_count(),
        "cache_bytes": cache_bytes(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "numba": version("numba"),
        "blas": ", ".join(f"{b['internal_api']} {b['version']} {b.get('architecture')}" for b in blas),
    }


def level_of(n_bytes: float, measured: dict[str, float]) -> str:
    """The level with the largest arrays that are no larger than this, so that its ceiling is not too low.

    Args:
        n_bytes: of the arrays of an operation.
        measured: the bytes of the arrays that each level was measured with, growing.
    """
    return next((level for level, size in reversed(measured.items()) if n_bytes >= size), next(iter(measured)))


def ceilings(caches: dict[str, int]) -> list[Ceiling]:
    """The ceilings of a machine with these caches, measured within L1 and L2, just above L2, and far beyond."""
    l1, l2 = (caches.get(level, USUAL_CACHES[level]) for level in ("L1", "L2"))
    levels = {"L1": l1 // 2, "L2": l2 // 2, "L3": 4 * l2, "memory": max(MEMORY_BYTES, 16 * l2)}
    rows = []
    for level, n_bytes in levels.items():
        for function, n_arrays in (("read", 2), ("copy", 2), ("triad", 3)):
            n = n_bytes // 8 // n_arrays
            gigabytes = 8 * n * n_arrays / 1e9
            rows.append(Ceiling(function, ((n,),) * n_arrays, f"{function}_bandwidth", "GB/s", level, gigabytes))
    for m, k, n in PRODUCTS:
        level, amount = f"{m} × {k} × {n}", 2 * m * k * n / 1e9
        rows.append(Ceiling("multiply_add", ((m, k), (k, n)), "multiply_add_rate", "GFLOP/s", level, amount))
    return rows


def busy_s() -> float:
    """Seconds for which the cores that this process may use were busy since the machine started."""
    cores, allowed = psutil.cpu_times(percpu=True), os.sched_getaffinity(0)
    # A container may number its cores in another way.
    cores = [core for number, core in enumerate(cores) if number in allowed] or cores
    return sum(sum(core) - core.idle - getattr(core, "iowait", 0) - getattr(core, "guest", 0) for core in cores)


def busy_cores(seconds: float = 0.1) -> float:
    """How many of the cores that this process may use are busy for some seconds, in which it waits."""
    start, busy = time.perf_counter(), busy_s()
    time.sleep(seconds)
    return (busy_s() - busy) / (time.perf_counter() - start)


def wait_for_quiet(max_busy_cores: float, max_wait_s: float) -> float:
    """Wait up to `max_wait_s` until other programs keep at most `max_busy_cores` busy; return how many are busy."""
    start, waits = time.monotonic(), False
    while (busy := busy_cores()) > max_busy_cores and time.monotonic() < start + max_wait_s:
        if not waits:
            print(f"waiting: other programs keep {busy:.1f} cores busy", flush=True)
        waits = True
    if waits:
        print(f"waited {time.monotonic() - start:.0f} s, now they keep {busy:.1f} cores busy", flush=True)
    return busy
