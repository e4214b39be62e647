"""The claims about the matrix product and reshape."""

from claim_cases import verdict_test
from model_results import statement, table


def views(operation: str, method: str, **values):
    return table("tensors/views.csv", f"operation == '{operation}' and method == '{method}'", **values)


test_verdicts = verdict_test(
    {
        "matrix_products": {"refuted": [statement("products")]},
        "reshape_keeps_order": {"refuted": [views("reshape", "copy", same_order=False)]},
        "views_share_memory": {
            "refuted": [
                *(views(name, "view", shares_memory=False) for name in ("reshape", "transpose")),
                *(views(name, "copy", shares_memory=True) for name in ("reshape", "transpose")),
            ]
        },
    }
)
