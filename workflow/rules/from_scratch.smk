"""The network from the operations alone: its training in NumPy, its check, and what a loop would take.

input:  results/data/
steps:  train_from_scratch, then as for the other networks; check_gradients;
        time_training_step → plot_training_cost
output: results/models/{experiment}/{seed}/model.npz and the files beside it, results/gradients/gradient_check.csv,
        results/timings/training_cost.{csv,png,svg}
"""


rule train_from_scratch:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        x_test="results/data/x_test.npy",
    output:
        model="results/models/{experiment}/{seed}/model.npz",
        probabilities="results/models/{experiment}/{seed}/probabilities.npy",
        history=report_item(
            "results/models/{experiment}/{seed}/history.csv",
            "2 The network",
            "history",
            "training",
            experiment="{experiment}",
            seed="{seed}",
        ),
        training="results/models/{experiment}/{seed}/training.json",
    log:
        "logs/train/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(FROM_SCRATCH),
    conda:
        "../../envs/numpy.yaml"
    threads: config["training_threads"]
    params:
        **settings("train_from_scratch.py", threads=config["training_threads"], **experiment_settings(*TRAINING_KEYS)),
    script:
        "../scripts/train_from_scratch.py"


rule check_gradients:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
    output:
        report_item(
            "results/gradients/gradient_check.csv", "4 The chain rule", "NumPy and Keras: table", "gradient_check"
        ),
    log:
        "logs/check_gradients.log",
    conda:
        "../../envs/tensorflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
    params:
        **settings(
            "check_gradients.py",
            **{
                key: EXPERIMENTS[name][key]
                for name in FROM_SCRATCH[:1]
                for key in ("divide_by_255", "layers", "optimizer", "loss", "batch_size")
            },
        ),
    script:
        "../scripts/check_gradients.py"


if FROM_SCRATCH and IN_KERAS:
    REPRODUCIBLE += ["results/gradients/gradient_check.csv"]


# The notebook's training, whatever the experiments are. Keras is timed too, unless nothing else here needs TensorFlow.
rule time_training_step:
    output:
        report_item(
            "results/timings/training_cost.csv", "3 The operations", "cost of the training: table", "training_cost"
        ),
    log:
        "logs/time_training_step.log",
    priority: 1
    conda:
        f"../../envs/{'tensorflow' if IN_KERAS else 'numpy'}.yaml"
    threads: workflow.cores
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        **settings(
            "time_training_step.py",
            engines=["naive", "naive_list", "numba", "numpy", *(["keras"] if IN_KERAS else [])],
            **{key: value for key, value in TIMING_AT_ONE_SIZE.items() if key != "slices"},
        ),
    script:
        "../scripts/time_training_step.py"


rule plot_training_cost:
    input:
        "results/timings/training_cost.csv",
    output:
        png="results/timings/training_cost.png",
        svg=report_item(
            "results/timings/training_cost.svg", "3 The operations", "cost of the training", "training_cost"
        ),
    log:
        "logs/plot_training_cost.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("plot_training_cost.py"),
    script:
        "../scripts/plot_training_cost.py"


MEASURED += expand("results/timings/training_cost.{kind}", kind=["csv", "png", "svg"])
