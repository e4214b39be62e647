"""Check one implementation of one tensor operation against another, then time it."""

from pathlib import Path

from retrial.files import replacing
from retrial.job import start_log
from retrial.timing import measure

if __name__ == "__main__":
    start_log(snakemake.log[0])
    with replacing(snakemake.output[0]) as part:
        measure(snakemake.wildcards.operation, Path(snakemake.output[0]).stem, snakemake.params.settings, part)
