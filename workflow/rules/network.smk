"""The network of each experiment, from each of its seeds.

input:  results/data/
steps:  train, or train_from_scratch for engine: numpy, for each experiment and seed → evaluate → plot_training;
        then first_ten, show_mistakes, try_it for the first network
output: results/models/, results/predictions/, results/accuracy.{csv,png,svg}, results/accuracy_summary.csv, results/try.html
"""

TRAINING_KEYS = ["engine", "divide_by_255", "layers", "optimizer", "loss", "metrics", "epochs", "batch_size"]


rule train:
    """Train {wildcards.experiment} from seed {wildcards.seed}."""
    input:
        **data("x_train", "y_train", "x_test"),
    output:
        model="results/models/{experiment}/{seed}/model.keras",
        probabilities="results/models/{experiment}/{seed}/probabilities.npy",
        history=report("results/models/{experiment}/{seed}/history.csv", category="2 The network"),
        training="results/models/{experiment}/{seed}/training.json",
    wildcard_constraints:
        experiment=one_of(IN_KERAS),
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    params:
        **settings(threads=config["training_threads"], **of_experiment(*TRAINING_KEYS)),
    script:
        "../scripts/train.py"


use rule train as train_from_scratch with:
    """Train {wildcards.experiment} from seed {wildcards.seed} in NumPy alone."""
    output:
        model="results/models/{experiment}/{seed}/model.npz",
        probabilities="results/models/{experiment}/{seed}/probabilities.npy",
        history=report("results/models/{experiment}/{seed}/history.csv", category="2 The network"),
        training="results/models/{experiment}/{seed}/training.json",
    wildcard_constraints:
        experiment=one_of(IN_NUMPY),
    conda:
        "../../envs/numpy.yaml"


# One job for all networks, because a job costs more than the scores of a network.
rule evaluate:
    """Score every network on the test images: accuracies with their intervals, and where networks disagree."""
    input:
        **data("y_test", "provenance"),
        probabilities=expand("results/models/{training}/probabilities.npy", training=TRAININGS),
    output:
        metrics=expand("results/models/{training}/metrics.json", training=TRAININGS),
        confusion=[
            report(f"results/models/{training}/confusion.csv", category="2 The network") for training in TRAININGS
        ],
        accuracy=report("results/accuracy.csv", category="2 The network"),
        summary=report("results/accuracy_summary.csv", category="2 The network"),
        disagreement=report("results/predictions/disagreement.csv", category="2 The network"),
    localrule: True
    params:
        **settings(
            labels=config["dataset"]["labels"],
            scores={name: pick(EXPERIMENTS[name], "loss", "metrics") for name in EXPERIMENTS},
        ),
    script:
        "../scripts/evaluate.py"


rule plot_training:
    """Draw the training curves and the accuracies."""
    input:
        **data("provenance"),
        histories=expand("results/models/{training}/history.csv", training=TRAININGS),
        accuracy="results/accuracy.csv",
        summary="results/accuracy_summary.csv",
    output:
        **figure("results/models/curves", "2 The network", "curves_"),
        **figure("results/accuracy", "2 The network", "accuracy_"),
    localrule: True
    script:
        "../scripts/plot_training.py"


rule first_ten:
    """Show what the first network predicts for the first ten test images."""
    input:
        **data("x_test", "y_test", "provenance"),
        probabilities=of_first_seed("results/models/{}/probabilities.npy".format),
    output:
        **figure("results/predictions/first_ten", "2 The network"),
        csv=report("results/predictions/first_ten.csv", category="2 The network"),
    localrule: True
    params:
        **settings(labels=config["dataset"]["labels"]),
    script:
        "../scripts/first_ten.py"


rule show_mistakes:
    """Show the first network's mistakes, the most confident ones first."""
    input:
        **data("x_test", "y_test", "provenance"),
        probabilities=of_first_seed("results/models/{}/probabilities.npy".format),
        confusions=lambda w: [
            f"results/models/{training}/confusion.csv" for training in TRAININGS if training.startswith(f"{shown(w)}/")
        ],
    output:
        **figure("results/predictions/mistakes", "2 The network", "mistakes_"),
        **figure("results/predictions/confusion", "2 The network", "confusion_"),
        mistakes=report("results/predictions/mistakes.csv", category="2 The network"),
        confusion=report("results/predictions/confusion.csv", category="2 The network"),
    localrule: True
    params:
        **settings(labels=config["dataset"]["labels"]),
    script:
        "../scripts/show_mistakes.py"


rule try_it:
    """Make the page on which you draw a digit for the first network."""
    input:
        **data("x_test", "y_test", "provenance"),
        model=of_first_seed(lambda training: model_file(EXPERIMENTS, training)),
        probabilities=of_first_seed("results/models/{}/probabilities.npy".format),
    output:
        "results/try.html",
    localrule: True
    params:
        **settings(labels=config["dataset"]["labels"], **of_experiment("layers", "divide_by_255")),
    script:
        "../scripts/try_it.py"


# The same for any experiment, as a file to ask for: its first seed, and the confusion over all its seeds.
use rule first_ten as first_ten_of with:
    """Show what {wildcards.experiment} predicts for the first ten test images."""
    output:
        **of_each(rules.first_ten.output),


use rule show_mistakes as show_mistakes_of with:
    """Show the mistakes of {wildcards.experiment}, the most confident ones first."""
    output:
        **of_each(rules.show_mistakes.output),


use rule try_it as try_it_of with:
    """Make the page on which you draw a digit for {wildcards.experiment}."""
    output:
        "results/predictions/{experiment}/try.html",


REPRODUCIBLE["network"] = [
    *(model_file(EXPERIMENTS, training) for training in TRAININGS),
    *expand("results/models/{training}/{file}", training=TRAININGS, file=["history.csv", "probabilities.npy"]),
    *rules.evaluate.output,
    *rules.plot_training.output,
    *rules.first_ten.output,
    *rules.show_mistakes.output,
    *rules.try_it.output,
]
MEASURED["network"] = expand("results/models/{training}/training.json", training=TRAININGS)
