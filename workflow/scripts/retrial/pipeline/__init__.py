"""What holds the steps together: configuration, logs, files, digests, Snakemake's records."""
