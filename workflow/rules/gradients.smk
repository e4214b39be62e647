"""Gradients: the notebook's chain rule, and the backward pass of the network in NumPy, checked.

input:  results/data/, the first network
output: results/gradients/{chain_rule,gradient_check}.csv
"""

COMPARED = EXPERIMENTS[(LIKE_KERAS or ["baseline"])[0]]


rule chain_rule:
    """Check the chain rule three ways: by its factors, by GradientTape, by differences."""
    input:
        **data("x_test", "y_test"),
        model=f"results/models/{FIRST_TRAINING}/model.keras",
    output:
        report("results/gradients/chain_rule.csv", category="4 The chain rule"),
    conda:
        "../../envs/tensorflow.yaml"
    script:
        "../scripts/chain_rule.py"


rule check_gradients:
    """Compare the gradients and the training of the network in NumPy with Keras."""
    input:
        **data("x_train", "y_train"),
    output:
        report("results/gradients/gradient_check.csv", category="4 The chain rule"),
    conda:
        "../../envs/tensorflow.yaml"
    params:
        **settings(**pick(COMPARED, "divide_by_255", "layers", "optimizer", "loss", "batch_size")),
    script:
        "../scripts/check_gradients.py"


REPRODUCIBLE["gradients"] = [
    *(rules.chain_rule.output if BASELINE_IN_KERAS else []),
    *(rules.check_gradients.output if BASELINE_IN_KERAS and LIKE_KERAS else []),
]
