"""Time the operations that broadcast, beside the same with explicit repetition."""

from pathlib import Path

from retrial.files import replacing
from retrial.job import start_log
from retrial.timing import measure

if __name__ == "__main__":
    start_log(snakemake.log[0])
    for path in map(Path, snakemake.output):
        with replacing(path) as part:
            measure(path.stem, ["numpy", "numpy_repetition"], snakemake.params.settings).dump(str(part))
