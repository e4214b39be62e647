"""The network of each experiment, from each of its seeds.

input:  results/data/
steps:  train, for each experiment and seed (train_from_scratch for engine: numpy) → evaluate, for a hundred of them,
        evaluate_1 and so on, for more → compare_networks; then first_ten, show_mistakes, plot_training
output: results/models/, results/predictions/, results/accuracy.{csv,png,svg}, results/accuracy_summary.csv
"""

TRAINING_KEYS = ["engine", "divide_by_255", "layers", "optimizer", "loss", "metrics", "epochs", "batch_size"]


rule train:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        x_test="results/data/x_test.npy",
    output:
        model="results/models/{experiment}/{seed}/model.keras",
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
        experiment=one_of(IN_KERAS),
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        **settings("train.py", threads=config["training_threads"], **experiment_settings(*TRAINING_KEYS)),
    script:
        "../scripts/train.py"


# One job for many networks, because a job costs more than the scores of a network. But Snakemake compares a path with
# each output of a rule: the time to plan would grow with the square of the number of networks if one job had them all.
for start in range(0, len(TRAININGS), 100):
    trainings, rule_name = TRAININGS[start : start + 100], f"evaluate_{start // 100}" if start else "evaluate"

    rule:
        name:
            rule_name
        input:
            probabilities=expand("results/models/{training}/probabilities.npy", training=trainings),
            y_test="results/data/y_test.npy",
            provenance="results/data/provenance.json",
        output:
            metrics=expand("results/models/{training}/metrics.json", training=trainings),
            confusion=[
                report_item(
                    f"results/models/{training}/confusion.csv",
                    "2 The network",
                    "confusion matrix",
                    "confusion",
                    experiment=training.partition("/")[0],
                    seed=training.partition("/")[2],
                )
                for training in trainings
            ],
        log:
            f"logs/{rule_name}.log",
        localrule: True
        conda:
            "../../envs/numpy.yaml"
        params:
            **settings(
                "evaluate.py",
                labels=config["dataset"]["labels"],
                scores={
                    name: {key: EXPERIMENTS[name][key] for key in ("loss", "metrics")}
                    for name in {training.partition("/")[0]: None for training in trainings}
                },
            ),
        script:
            "../scripts/evaluate.py"


rule first_ten:
    input:
        probabilities=f"results/models/{FIRST_TRAINING}/probabilities.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    output:
        csv=report_item("results/predictions/first_ten.csv", "2 The network", "first ten images: table", "first_ten"),
        png="results/predictions/first_ten.png",
        svg=report_item("results/predictions/first_ten.svg", "2 The network", "first ten images", "first_ten"),
    log:
        "logs/first_ten.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("first_ten.py", labels=config["dataset"]["labels"]),
    script:
        "../scripts/first_ten.py"


rule plot_training:
    input:
        histories=expand("results/models/{training}/history.csv", training=TRAININGS),
        accuracy="results/accuracy.csv",
        summary="results/accuracy_summary.csv",
        provenance="results/data/provenance.json",
    output:
        curves_png="results/models/curves.png",
        curves_svg=report_item("results/models/curves.svg", "2 The network", "training curves", "training"),
        accuracy_png="results/accuracy.png",
        accuracy_svg=report_item("results/accuracy.svg", "2 The network", "accuracy", "accuracy"),
    log:
        "logs/plot_training.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("plot_training.py"),
    script:
        "../scripts/plot_training.py"


rule compare_networks:
    input:
        metrics=expand("results/models/{training}/metrics.json", training=TRAININGS),
        probabilities=expand("results/models/{training}/probabilities.npy", training=TRAININGS),
        y_test="results/data/y_test.npy",
    output:
        accuracy=report_item("results/accuracy.csv", "2 The network", "accuracy of each seed", "accuracy"),
        summary=report_item(
            "results/accuracy_summary.csv", "2 The network", "accuracy: means and intervals", "accuracy"
        ),
        disagreement=report_item(
            "results/predictions/disagreement.csv", "2 The network", "disagreement of networks", "disagreement"
        ),
    log:
        "logs/compare_networks.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("compare_networks.py"),
    script:
        "../scripts/compare_networks.py"


rule show_mistakes:
    input:
        probabilities=f"results/models/{FIRST_TRAINING}/probabilities.npy",
        confusions=expand("results/models/{training}/confusion.csv", training=BASELINE_TRAININGS),
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    output:
        mistakes=report_item("results/predictions/mistakes.csv", "2 The network", "mistakes: table", "mistakes"),
        mistakes_png="results/predictions/mistakes.png",
        mistakes_svg=report_item(
            "results/predictions/mistakes.svg", "2 The network", "the most confident mistakes", "mistakes"
        ),
        confusion=report_item("results/predictions/confusion.csv", "2 The network", "confusion: table", "confusion"),
        confusion_png="results/predictions/confusion.png",
        confusion_svg=report_item("results/predictions/confusion.svg", "2 The network", "confusion", "confusion"),
    log:
        "logs/show_mistakes.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("show_mistakes.py", labels=config["dataset"]["labels"]),
    script:
        "../scripts/show_mistakes.py"


REPRODUCIBLE += expand(
    "results/models/{training}/{file}",
    training=TRAININGS,
    file=["history.csv", "probabilities.npy", "metrics.json", "confusion.csv"],
)
REPRODUCIBLE += [model_file(EXPERIMENTS, training) for training in TRAININGS]
REPRODUCIBLE += ["results/accuracy.csv", "results/accuracy_summary.csv", "results/predictions/disagreement.csv"]
REPRODUCIBLE += expand("results/{figure}.{kind}", figure=["accuracy", "models/curves"], kind=["png", "svg"])
REPRODUCIBLE += expand(
    "results/predictions/{name}.{kind}", name=["first_ten", "mistakes", "confusion"], kind=["csv", "png", "svg"]
)
MEASURED += expand("results/models/{training}/training.json", training=TRAININGS)
