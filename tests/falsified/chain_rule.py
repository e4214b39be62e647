"""The chain rule and training from scratch: changes of the model results that make the claims false or leave them open."""

from model_results import accuracies, statement, table

COST = "timings/training_cost.csv"
FALSIFIED = {
    "chain_rule_two_as_written": [statement("chain rule of two")],
    "chain_rule_two": [
        table("gradients/chain_rule.csv", "case == 'vector f(g(x))' and method == 'GradientTape'", ok=False)
    ],
    "chain_rule_four_as_written": [statement("chain rule of four")],
    "chain_rule_four": [table("gradients/chain_rule.csv", "case == 'scalar f(g(h(j(x))))'", ok=False)],
    "chain_rule_network": [table("gradients/chain_rule.csv", "case == 'network\\'s loss by w2'", ok=False)],
    "from_scratch_gradients": [table("gradients/gradient_check.csv", "case == 'gradient in float32'", ok=False)],
    "from_scratch_accuracy": [accuracies(baseline=0.98, from_scratch=0.975)],
    "training_by_loops": [
        table(COST, "engine == 'naive_list'", ci_low=0.5, ci_high=1.5),
        table(COST, "engine == 'keras'", ci_low=0.026, ci_high=0.2),
    ],
}
UNDECIDED = [
    ("from_scratch_accuracy", accuracies(baseline=0.98, from_scratch=[0.96, 0.99]), "needs more seeds"),
    ("from_scratch_accuracy", accuracies(baseline=0.98, from_scratch=[0.98]), "needs more seeds"),
    ("training_by_loops", table(COST, "engine == 'naive'", scaling_error=-0.11), "needs a quieter machine"),
    ("training_by_loops", table(COST, "engine == 'keras'", ci_low=0.02, ci_high=0.03), "needs a quieter machine"),
]
