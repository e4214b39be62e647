"""Probes: short trainings and computations that test single statements of the notebook.

input:  results/data/, the first network, the predictions of all networks
steps:  probe_training and run_as_written with TensorFlow, probe_arrays without
output: results/probes/, results/notebook/as_written.csv
"""


rule probe_training:
    """Test single statements of the notebook by short trainings."""
    input:
        **data("x_train", "y_train", "x_test", "y_test"),
        model=f"results/models/{FIRST_TRAINING}/model.keras",
    output:
        training=report("results/probes/training.csv", category="2 The network"),
        step_times="results/probes/step_times.csv",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    params:
        **settings(
            threads=config["training_threads"],
            probes=config["probes"],
            baseline=pick(
                EXPERIMENTS["baseline"], "divide_by_255", "layers", "optimizer", "loss", "metrics", "batch_size"
            ),
        ),
    script:
        "../scripts/probe_training.py"


rule probe_arrays:
    """Test single statements of the notebook on arrays and predictions."""
    input:
        **data("y_test"),
        probabilities=expand("results/models/{training}/probabilities.npy", training=TRAININGS),
    output:
        report("results/probes/arrays.csv", category="2 The network"),
    localrule: True
    script:
        "../scripts/probe_arrays.py"


rule run_as_written:
    """Run the notebook's wrong statements, as written and as intended."""
    output:
        report("results/notebook/as_written.csv", category="5 The claims"),
    conda:
        "../../envs/tensorflow.yaml"
    script:
        "../scripts/run_as_written.py"


REPRODUCIBLE["probes"] = [
    *rules.probe_arrays.output,
    *(rules.run_as_written.output if BASELINE_IN_KERAS else []),
    *([rules.probe_training.output.training] if BASELINE_IN_KERAS and PROBES else []),
]
MEASURED["probes"] = [rules.probe_training.output.step_times] if BASELINE_IN_KERAS and PROBES else []
