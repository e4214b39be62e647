"""Measure what this machine allows: how fast it copies, how fast it multiplies and adds, what an empty call costs."""

import tempfile

from retrial.files import replacing
from retrial.job import start_log
from retrial.operations import LIMITS
from retrial.timing import take_runs

if __name__ == "__main__":
    start_log(snakemake.log[0])
    points = [
        {"operation": operation, "implementation": "limits", "shapes": limit.shapes, "slow": False}
        for operation, limit in LIMITS.items()
    ]
    with replacing(snakemake.output[0]) as part, tempfile.TemporaryDirectory() as cache:
        take_runs(points, {}, snakemake.params.settings, cache).dump(str(part))
