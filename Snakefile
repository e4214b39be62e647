"""The first network of every deep-learning course and the loops beside it, as an experiment that can be rerun and believed.

config.yaml says what is done, workflow/rules/ in which order, workflow/scripts/ how; results/ holds what came out.
"""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.basedir}/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/network.smk"
include: "workflow/rules/tensor_ops.smk"
include: "workflow/rules/gradients.smk"
include: "workflow/rules/claims.smk"


rule all:
    default_target: True
    input:
        expand("results/data/{array}.npy", array=["x_train", "y_train", "x_test", "y_test"]),
        "results/data/provenance.json",
        expand(
            "results/models/{training}/{file}",
            training=TRAININGS,
            file=["model.keras", "history.csv", "probabilities.npy", "metrics.json", "confusion.csv"],
        ),
        "results/accuracy.csv",
        "results/accuracy_summary.csv",
        "results/predictions/first_ten.csv",
        "results/predictions/first_ten.png",
        expand("results/timings/raw/{timing}.json", timing=TIMINGS),
        expand(
            "results/timings/{table}.csv",
            table=["samples", "timings", "unstable", "speedups", "limits", "cost_models", "throughput"],
        ),
        expand("results/timings/{plot}.png", plot=["timings", "speedups", "speedups_by_size", "roofline"]),
        "results/timings/limits.json",
        expand("results/tensors/raw/{operation}.json", operation=BROADCASTING),
        "results/tensors/broadcasting.csv",
        "results/tensors/views.csv",
        "results/tensors/relu.csv",
        "results/gradients/chain_rule.csv",
        "results/claims.csv",
        ["results/.claims_enforced"] if config["claims"]["strict"] else [],


onsuccess:
    found = [path for path in WORTH_A_LOOK if Path(path).exists()]
    if found:
        print(f"Done. Look at {', '.join(found)}; README.md says what else is there.", file=sys.stderr)
