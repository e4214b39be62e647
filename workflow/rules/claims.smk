"""Every claim of the notebook, with a verdict.

input:  what the other rules wrote
output: results/claims.csv
"""

# Only a baseline trained in Keras can show this: without one, these files are not made.
OF_KERAS = [
    "results/notebook/as_written.csv",
    *(["results/probes/training.csv", "results/probes/step_times.csv"] if PROBES else []),
    "results/gradients/chain_rule.csv",
    *(["results/gradients/gradient_check.csv"] if LIKE_KERAS else []),
]


rule claims:
    """Judge every claim of the notebook."""
    input:
        **data("x_train", "y_train", "x_test", "y_test", "provenance"),
        networks=expand(
            "results/models/{training}/{file}",
            training=TRAININGS,
            file=["training.json", "history.csv", "probabilities.npy", "metrics.json"],
        ),
        tables=expand("results/{table}.csv", table=["accuracy", "accuracy_summary", "probes/arrays"]),
        timings=expand(
            "results/timings/{table}.csv",
            table=["checks", "speedups", "control", "replay", *(["training_cost"] if TRAINING_STEP else [])],
        ),
        tensors=expand("results/tensors/{table}.csv", table=["broadcasting", "views"]),
        keras=OF_KERAS if BASELINE_IN_KERAS else [],
    output:
        report("results/claims.csv", category="5 The claims"),
    localrule: True
    script:
        "../scripts/claims.py"


MEASURED["claims"] = [*rules.claims.output]
