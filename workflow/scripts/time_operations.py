"""Check the implementations of every tensor operation against each other, then time them, and the machine's ceilings.

Each process times everything once, so that a machine whose speed changes changes no ratio and no share of a ceiling.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyperf

from retrial.files import atomic_write
from retrial.job import start_log
from retrial.operations.table import IMPLEMENTATIONS
from retrial.params import settings_of
from retrial.timing.limits import cache_bytes, limits
from retrial.timing.runner import make_point, plan_operation, take_runs

BROADCASTING = ("numpy", "numpy_repetition")


def modules_of(implementations: Iterable[str]) -> dict[str, str]:
    """For each implementation the name of its module."""
    return {name: f"retrial.operations.{IMPLEMENTATIONS[name].module}" for name in implementations}


def plan(output, settings: dict) -> list[tuple[str, dict]]:
    """What to time, in this order: pairs of an output file and a point in it.

    Args:
        output: paths of the files: `raw`, `…/{operation}/{implementation}.json` each; `broadcasting`,
            `…/{operation}.json` each; and `limits`.
        settings: config.yaml's `timing`.

    Raises:
        InputError: an implementation is wrong.
    """
    raw, pairs = {}, []
    for path in output.raw:
        raw.setdefault(Path(path).parent.name, {})[Path(path).stem] = path
    for operation, paths in raw.items():
        points = plan_operation(operation, modules_of(paths), settings)
        pairs += [(paths[point["implementation"]], point) for point in points]
    at_one_size = {key: value for key, value in settings.items() if key != "sizes"}
    for path in output.broadcasting:
        pairs += [(path, point) for point in plan_operation(Path(path).stem, modules_of(BROADCASTING), at_one_size)]
    for limit in limits(cache_bytes()):
        point = make_point(limit.function, "limits", "retrial.timing.limits", limit.shapes, 0, settings)
        pairs.append((output.limits, point))
    return pairs


if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = settings_of(snakemake.params)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        paths, points = zip(*plan(snakemake.output, settings), strict=True)
        benchmarks = take_runs(list(points), settings, cache)
    files = {}
    for path, benchmark in zip(paths, benchmarks, strict=True):
        files.setdefault(path, []).append(benchmark)
    for path, benchmarks_of_file in files.items():
        with atomic_write(path) as part:
            pyperf.BenchmarkSuite(benchmarks_of_file).dump(str(part))
