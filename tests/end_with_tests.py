"""A process that imports this ends with the tests: run_snakemake's, from which Snakemake is forked."""

from retrial.job import end_with_parent

end_with_parent()
