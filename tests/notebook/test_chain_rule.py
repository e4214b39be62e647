"""The claims about the chain rule, and about the training that follows from it."""

from claim_cases import verdict_test
from model_results import accuracies, spread, statement, table

COST = "timings/training_cost.csv"


def disagreement(chain: str, case: str):
    rows = f"chain == '{chain}' and case == '{case}' and method == 'GradientTape'"
    return table("gradients/chain_rule.csv", rows, ok=False)


def differences(mean: float, half_width: float):
    """The 90 % interval of the accuracy in NumPy minus that in Keras is mean ± half_width."""
    values = spread(mean, half_width / 0.7678)
    return accuracies(baseline=[0.97] * 5, from_scratch=[0.97 + value for value in values])


def training(engine: str, seconds: float, scaling_error: float = 0.01):
    """The interval of the time of the whole training ends, and begins, at these seconds."""
    step = seconds / (5 * 468.75)
    return table(COST, f"engine == '{engine}'", ci_low=step, ci_high=step, scaling_error=scaling_error)


test_verdicts = verdict_test(
    {
        "chain_rule_two_as_written": {"refuted": [statement("chain rule of two")]},
        "chain_rule_four_as_written": {"refuted": [statement("chain rule of four")]},
        "chain_rule_two": {"refuted": [disagreement("f(g(x))", case) for case in ("scalar", "vector")]},
        "chain_rule_four": {"refuted": [disagreement("f(g(h(j(x))))", case) for case in ("scalar", "vector")]},
        "chain_rule_network": {"refuted": [disagreement("network", "w2")]},
        "from_scratch_gradients": {
            "refuted": [table("gradients/gradient_check.csv", "case == 'gradient in float32'", ok=False)]
        },
        "from_scratch_accuracy": {
            "confirmed": [differences(0.001, 0.0039), differences(-0.001, 0.0039)],
            "refuted": [accuracies(baseline=[0.97] * 2, from_scratch=[value] * 2) for value in (0.9751, 0.9649)],
            "inconclusive": [differences(0.001, 0.0041), accuracies(baseline=0.98, from_scratch=[0.98])],
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
