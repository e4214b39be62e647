"""Probes: short trainings and computations that test single statements of the notebook.

input:  results/data/, the first network, the predictions of all networks
steps:  probe_training with TensorFlow, probe_arrays without
output: results/probes/
"""


rule probe_training:
    input:
        model=f"results/models/{FIRST_TRAINING}/model.keras",
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
    output:
        training=report_item("results/probes/training.csv", "2 The network", "probes of the training", "probes"),
        step_times="results/probes/step_times.csv",
    log:
        "logs/probe_training.log",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        **settings(
            "probe_training.py",
            threads=config["training_threads"],
            probes=config["probes"],
            baseline={
                key: EXPERIMENTS["baseline"][key]
                for key in ("divide_by_255", "layers", "optimizer", "loss", "metrics", "batch_size")
            },
        ),
    script:
        "../scripts/probe_training.py"


rule probe_arrays:
    input:
        probabilities=expand("results/models/{training}/probabilities.npy", training=TRAININGS),
        y_test="results/data/y_test.npy",
    output:
        report_item("results/probes/arrays.csv", "2 The network", "probes of arrays", "probes"),
    log:
        "logs/probe_arrays.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("probe_arrays.py"),
    script:
        "../scripts/probe_arrays.py"


REPRODUCIBLE += ["results/probes/training.csv", "results/probes/arrays.csv"]
MEASURED += ["results/probes/step_times.csv"]
