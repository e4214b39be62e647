"""The notebook's chain rule, checked.

input:  the first network, the first test images
output: results/gradients/chain_rule.csv
"""


rule chain_rule:
    input:
        model=f"results/models/{FIRST_TRAINING}/model.keras",
        x_test="results/data/x_test.npy",
        y_test="results/data/y_test.npy",
    output:
        report_item("results/gradients/chain_rule.csv", "4 The chain rule", "the chain rule: table", "chain_rule"),
    log:
        "logs/chain_rule.log",
    conda:
        "../../envs/tensorflow.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
    params:
        **settings("chain_rule.py"),
    script:
        "../scripts/chain_rule.py"


REPRODUCIBLE += ["results/gradients/chain_rule.csv"]
