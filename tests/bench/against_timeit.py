"""Measure every implementation at the notebook's shape in two ways: as the pipeline does, and by `timeit`.

make bench. Each round measures both ways, one after the other; the median over the rounds of their ratio should be
within 25 % of 1. Exit status 1 where it is not.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml

from retrial.operations.table import IMPLEMENTATIONS, OPERATIONS, TIMED, make_inputs
from retrial.timing.checks import check
from retrial.timing.plan import plan_operation
from retrial.timing.worker import run_worker

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow/scripts"

ROUNDS = 5
AGREE = 0.25
UNITS = {"nsec": 1e-9, "usec": 1e-6, "msec": 1e-3, "sec": 1.0}


def by_timeit(operation: str, implementation: str, settings: dict, cache: str) -> float:
    """Seconds per call, as a fresh `python -m timeit` finds them."""
    names = ", ".join("xyz"[: len(OPERATIONS[operation].shapes)])
    setup = (
        f"import os, sys; os.environ['NUMBA_CACHE_DIR'] = {cache!r}; sys.path.insert(0, {str(SCRIPTS)!r}); "
        "from threadpoolctl import threadpool_limits; from retrial.operations.table import OPERATIONS, load, make_inputs; "
        f"import numpy; threadpool_limits({settings['blas_threads']}); "
        f"arrays = make_inputs(OPERATIONS[{operation!r}].shapes, {settings['seed']}); "
        f"f, ({names},) = load({operation!r}, {implementation!r}, arrays); "
        f"f({names})"
    )
    command = [sys.executable, "-m", "timeit", "-v", "-r", "1", "-s", setup, f"f({names})"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    value, unit = re.search(r"best of 1: ([\d.e+-]+) (\w+) per loop", text).groups()
    return float(value) * UNITS[unit]


def main() -> int:
    """Print a row for each implementation; return the number of those that disagree."""
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())["timing"]
    disagree = 0
    print(f"{'operation':<20}{'implementation':<20}{'pipeline':>12}{'timeit':>12}{'ratio':>8}")
    for operation in TIMED:
        row = OPERATIONS[operation]
        names = [name for name in row.implementations if not IMPLEMENTATIONS[name].all_threads and name != "control"]
        with tempfile.TemporaryDirectory() as cache:
            _, call_s = check(operation, names, make_inputs(row.shapes, settings["seed"]))
            tasks = plan_operation(operation, call_s, [row.shapes], settings)
            pipeline, timeit = ({name: [] for name in names} for _ in range(2))
            for process in range(ROUNDS):
                tasks, slices = run_worker(tasks, settings, cache, process=process)
                for name in names:
                    pipeline[name].append(np.median([s.seconds for s in slices if s.implementation == name]))
                    timeit[name].append(by_timeit(operation, name, settings, cache))
        for name in names:
            ratio = np.median(np.divide(pipeline[name], timeit[name]))
            far = not 1 / (1 + AGREE) <= ratio <= 1 + AGREE
            disagree += far
            medians = f"{np.median(pipeline[name]):12.3e}{np.median(timeit[name]):12.3e}"
            print(f"{operation:<20}{name:<20}{medians}{ratio:8.2f}{' differs' if far else ''}", flush=True)
    print(f"{disagree} differ by more than {AGREE:.0%}")
    return disagree


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
