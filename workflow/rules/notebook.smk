"""Statements of the notebook, run as they are written and as they were meant.

output: results/notebook/as_written.csv
"""


rule run_as_written:
    output:
        report_item(
            "results/notebook/as_written.csv", "5 The claims", "statements as written and as meant", "as_written"
        ),
    log:
        "logs/run_as_written.log",
    conda:
        "../../envs/tensorflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
    params:
        **settings("run_as_written.py"),
    script:
        "../scripts/run_as_written.py"


REPRODUCIBLE += ["results/notebook/as_written.csv"]
