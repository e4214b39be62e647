"""Check the implementations of one tensor operation against each other, then time them together."""

from pathlib import Path

import pyperf

from retrial.operations.table import IMPLEMENTATIONS
from retrial.pipeline.files import atomic_write
from retrial.pipeline.job import start_log
from retrial.timing.runner import measure

if __name__ == "__main__":
    start_log(snakemake.log[0])
    outputs = {Path(path).stem: path for path in snakemake.output}
    modules = {name: f"retrial.operations.{IMPLEMENTATIONS[name].module}" for name in outputs}
    suite = measure(Path(snakemake.output[0]).parent.name, modules, snakemake.params.settings)
    for implementation, path in outputs.items():
        benchmarks = [b for b in suite.get_benchmarks() if b.get_metadata()["implementation"] == implementation]
        with atomic_write(path) as part:
            pyperf.BenchmarkSuite(benchmarks).dump(str(part))
