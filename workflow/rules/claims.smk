"""Every claim of the notebook, with a verdict.

input:  what the other rules wrote
output: results/claims.csv
"""

# Where the notebook's network is not trained in Keras, nothing is compared with Keras, and no rule needs TensorFlow.
NEED_KERAS = [
    "results/notebook/as_written.csv",
    "results/probes/training.csv",
    "results/probes/step_times.csv",
    "results/gradients/chain_rule.csv",
    "results/gradients/gradient_check.csv",
]
NOT_MADE = [] if "baseline" in IN_KERAS else NEED_KERAS
REPRODUCIBLE = [path for path in REPRODUCIBLE if path not in NOT_MADE]
MEASURED = [path for path in MEASURED if path not in NOT_MADE]


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
        "results/accuracy_summary.csv",
        "results/predictions/first_ten.csv",
        "results/predictions/disagreement.csv",
        "results/probes/arrays.csv",
        expand(
            "results/timings/{table}.csv",
            table=["checks", "timings", "speedups", "control", "replay", "training_cost"],
        ),
        expand("results/tensors/{table}.csv", table=["broadcasting", "views", "relu"]),
        [path for path in NEED_KERAS if path in {*REPRODUCIBLE, *MEASURED}],
    output:
        report_item("results/claims.csv", "5 The claims", "claims and verdicts", "claims"),
    log:
        "logs/claims.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("claims.py", not_made=[path.removeprefix("results/") for path in NOT_MADE]),
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
        **settings("enforce_claims.py"),
    script:
        "../scripts/enforce_claims.py"


MEASURED += ["results/claims.csv"]
