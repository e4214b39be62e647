"""A page on which a reader draws a digit for the first network of baseline.

input:  that network, its predictions for the test images
output: results/try.html
"""


rule try_it:
    input:
        model=model_file(EXPERIMENTS, FIRST_TRAINING),
        probabilities=f"results/models/{FIRST_TRAINING}/probabilities.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    output:
        "results/try.html",
    log:
        "logs/try_it.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings(
            "try_it.py",
            labels=config["dataset"]["labels"],
            **{key: EXPERIMENTS["baseline"][key] for key in ("layers", "divide_by_255")},
        ),
    script:
        "../scripts/try_it.py"


REPRODUCIBLE += ["results/try.html"]
