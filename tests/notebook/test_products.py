"""The claims about the matrix product and reshape."""

from claim_cases import verdict_test
from model_results import table


def checks(implementation: str, error: float):
    rows = f"operation == 'matrix_dot' and implementation == '{implementation}'"
    return table("timings/checks.csv", rows, max_abs_error=error)


def views(operation: str, method: str, **values):
    return table("tensors/views.csv", f"operation == '{operation}' and method == '{method}'", **values)


test_verdicts = verdict_test(
    {
        "matrix_products": {
            "confirmed": [checks("naive", 0.99e-10)],
            "refuted": [checks("naive", 1.01e-10), checks("naive_three_loops", 1.01e-10)],
        },
        "reshape_keeps_order": {"refuted": [views("reshape", "copy", same_order=False)]},
        "views_share_memory": {
            "refuted": [
                *(views(name, "view", shares_memory=False) for name in ("reshape", "transpose")),
                *(views(name, "copy", shares_memory=True) for name in ("reshape", "transpose")),
            ]
        },
    }
)
