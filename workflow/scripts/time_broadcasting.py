"""Time the operations that broadcast, and the same with explicit repetition."""

from pathlib import Path

from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log
from retrial.timing.runner import measure

MODULES = {"numpy": "retrial.operations.numpy", "numpy_repetition": "retrial.operations.numpy_repetition"}

if __name__ == "__main__":
    start_log(snakemake.log[0])
    for path in map(Path, snakemake.output):
        with atomic_write(path) as part:
            measure(path.stem, MODULES, snakemake.params.settings).dump(str(part))
