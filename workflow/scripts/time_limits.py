"""Measure what this machine allows: how fast it copies, how fast it multiplies and adds, what an empty call costs."""

import tempfile

from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log
from retrial.timing.limits import LIMITS
from retrial.timing.runner import take_runs

if __name__ == "__main__":
    start_log(snakemake.log[0])
    points = [
        {
            "operation": name,
            "implementation": "limits",
            "module": "retrial.timing.limits",
            "shapes": limit.shapes,
            "slow": False,
        }
        for name, limit in LIMITS.items()
    ]
    with atomic_write(snakemake.output[0]) as part, tempfile.TemporaryDirectory() as cache:
        take_runs(points, {}, snakemake.params.settings, cache).dump(str(part))
