"""The network of each experiment, from each of its seeds.

input:  results/data/
steps:  train → predict → evaluate, for each experiment and seed; then first_ten, summarise_accuracy
output: results/models/{experiment}/{seed}/, results/predictions/, results/accuracy.csv, results/accuracy_summary.csv
"""

FIRST_SEED = config["experiments"]["baseline"]["seeds"][0]


rule train:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
    output:
        model="results/models/{experiment}/{seed}/model.keras",
        history="results/models/{experiment}/{seed}/history.csv",
    log:
        "logs/train/{experiment}/{seed}.log",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    resources:
        mem_mb=2500,
    params:
        settings=lambda w: settings(
            "train.py",
            threads=config["training_threads"],
            **choices(w, "divide_by_255", "layers", "optimizer", "loss", "metrics", "epochs", "batch_size"),
        ),
    script:
        "../scripts/train.py"


rule predict:
    input:
        model="results/models/{experiment}/{seed}/model.keras",
        x_test="results/data/x_test.npy",
    output:
        probabilities="results/models/{experiment}/{seed}/probabilities.npy",
    log:
        "logs/predict/{experiment}/{seed}.log",
    conda:
        "../../envs/tensorflow.yaml"
    threads: config["training_threads"]
    resources:
        mem_mb=2000,
    params:
        settings=lambda w: settings("predict.py", threads=config["training_threads"], **choices(w, "divide_by_255")),
    script:
        "../scripts/predict.py"


rule evaluate:
    input:
        probabilities="results/models/{experiment}/{seed}/probabilities.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    output:
        metrics="results/models/{experiment}/{seed}/metrics.json",
        confusion="results/models/{experiment}/{seed}/confusion.csv",
    log:
        "logs/evaluate/{experiment}/{seed}.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=lambda w: settings("evaluate.py", labels=config["dataset"]["labels"], **choices(w, "loss", "metrics")),
    script:
        "../scripts/evaluate.py"


rule first_ten:
    input:
        probabilities=f"results/models/baseline/{FIRST_SEED}/probabilities.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    output:
        csv="results/predictions/first_ten.csv",
        png="results/predictions/first_ten.png",
    log:
        "logs/first_ten.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("first_ten.py", labels=config["dataset"]["labels"]),
    script:
        "../scripts/first_ten.py"


rule summarise_accuracy:
    input:
        expand("results/models/{training}/metrics.json", training=TRAININGS),
    output:
        accuracy="results/accuracy.csv",
        summary="results/accuracy_summary.csv",
    log:
        "logs/summarise_accuracy.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        settings=settings("summarise_accuracy.py"),
    script:
        "../scripts/summarise_accuracy.py"
