"""Measure the ceilings of this machine: how fast it reads, copies, adds and multiplies, and calls a function."""

import tempfile

from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log
from retrial.timing.limits import cache_bytes, limits
from retrial.timing.runner import make_point, take_runs

if __name__ == "__main__":
    start_log(snakemake.log[0])
    settings = snakemake.params.settings
    points = [
        make_point(limit.function, "limits", "retrial.timing.limits", limit.shapes, 0, settings)
        for limit in limits(cache_bytes())
    ]
    with atomic_write(snakemake.output[0]) as part, tempfile.TemporaryDirectory() as cache:
        take_runs(points, {}, settings, cache).dump(str(part))
