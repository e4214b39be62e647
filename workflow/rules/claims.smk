"""Every claim of the notebook, with a verdict.

input:  what the other rules wrote
output: results/claims.csv
"""


rule claims:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
        models=expand("results/models/{training}/model.keras", training=TRAININGS_OF_BASELINE),
        histories=expand("results/models/{training}/history.csv", training=TRAININGS),
        probabilities=expand("results/models/{training}/probabilities.npy", training=TRAININGS),
        metrics=expand("results/models/{training}/metrics.json", training=TRAININGS),
        accuracy="results/accuracy.csv",
        first_ten="results/predictions/first_ten.csv",
        raw=expand("results/timings/raw/{timing}.json", timing=TIMINGS),
        timings="results/timings/timings.csv",
        speedups="results/timings/speedups.csv",
        broadcasting="results/tensors/broadcasting.csv",
        views="results/tensors/views.csv",
        relu="results/tensors/relu.csv",
        chain_rule="results/gradients/chain_rule.csv",
    output:
        item("results/claims.csv", "5 The claims", "claims and verdicts", "claims"),
    log:
        "logs/claims.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("claims.py", batch_size=config["experiments"]["baseline"]["batch_size"]),
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
