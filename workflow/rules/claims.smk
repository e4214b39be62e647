"""Every claim of the notebook, with a verdict.

input:  what the other rules wrote
output: results/claims.csv
"""


rule claims:
    input:
        expand("results/data/{array}.npy", array=["x_train", "y_train", "x_test", "y_test"]),
        "results/data/provenance.json",
        expand(
            "results/models/{training}/{file}",
            training=TRAININGS,
            file=["training.json", "history.csv", "probabilities.npy", "metrics.json"],
        ),
        "results/accuracy.csv",
        "results/predictions/first_ten.csv",
        expand("results/timings/{table}.csv", table=["checks", "timings", "speedups"]),
        expand("results/tensors/{table}.csv", table=["broadcasting", "views", "relu"]),
        "results/gradients/chain_rule.csv",
    output:
        report_item("results/claims.csv", "5 The claims", "claims and verdicts", "claims"),
    log:
        "logs/claims.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("claims.py"),
    script:
        "../scripts/claims.py"


# A rule of its own, so that claims.csv stays when it fails.
rule enforce_claims:
    input:
        "results/claims.csv",
    output:
        touch("results/.claims_enforced"),
    log:
        "logs/enforce_claims.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("enforce_claims.py"),
    script:
        "../scripts/enforce_claims.py"


MEASURED += ["results/claims.csv"]
