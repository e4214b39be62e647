"""Test every claim of the notebook; the verdicts follow from the files in results/."""

from pathlib import Path

from retrial.files import write_csv
from retrial.job import start_log
from retrial.notebook.registry import judge
from retrial.page.verdicts import format_summary, format_verdicts

if __name__ == "__main__":
    start_log(snakemake.log[0])
    table = judge(Path(snakemake.output[0]).parent)
    write_csv(snakemake.output[0], table)
    print(f"{format_summary(table)}\n\n{format_verdicts(table)}")
