"""The claims about the chain rule, and about the training that follows from it."""

from claim_cases import verdict_test
from model_results import accuracies, spread, statement, table

COST = "timings/training_cost.csv"


def disagreement(case: str):
    return table("gradients/chain_rule.csv", f"case == '{case}' and method == 'GradientTape'", ok=False)


def training(engine: str, seconds: float, scaling_error: float = 0.01):
    """The interval of the time of the whole training ends, and begins, at these seconds."""
    step = seconds / (5 * 468.75)
    return table(COST, f"engine == '{engine}'", ci_low=step, ci_high=step, scaling_error=scaling_error)


test_verdicts = verdict_test(
    {
        "chain_rule_two_as_written": {"refuted": [statement("chain rule of two")]},
        "chain_rule_four_as_written": {"refuted": [statement("chain rule of four")]},
        "chain_rule_two": {"refuted": [disagreement("scalar f(g(x))"), disagreement("vector f(g(x))")]},
        "chain_rule_four": {"refuted": [disagreement("scalar f(g(h(j(x))))"), disagreement("vector f(g(h(j(x))))")]},
        "chain_rule_network": {"refuted": [disagreement("network\\'s loss by w2")]},
        "from_scratch_gradients": {
            "refuted": [table("gradients/gradient_check.csv", "case == 'gradient in float32'", ok=False)]
        },
        "from_scratch_accuracy": {
            "confirmed": [accuracies(baseline=spread(0.98, 0.0099), from_scratch=spread(0.971, 0))],
            "refuted": [accuracies(baseline=spread(0.98, 0.0009), from_scratch=spread(0.979, 0.00009))],
            "inconclusive": [
                accuracies(baseline=spread(0.98, 0.0101), from_scratch=spread(0.98, 0)),
                accuracies(baseline=0.98, from_scratch=[0.98]),
            ],
            "not applicable": [accuracies(baseline=0.98)],
        },
        "training_by_loops": {
            "confirmed": [training("naive", 3601), training("naive_list", 3601, -0.099), training("keras", 59.9)],
            "refuted": [training("naive", 3599), training("naive_list", 3599), training("keras", 60.1)],
            "inconclusive": [
                training("naive", 3599, 0.101),
                training("naive_list", 3601, -0.101),
                table(COST, "engine == 'keras'", ci_low=0.02, ci_high=0.03),
            ],
            "not applicable": [table(COST, "engine == 'keras'", engine="other")],
        },
    }
)
